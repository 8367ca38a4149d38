/** What a refreshing source tells about itself. Ids and versions, never keys. */

import type { SignerError } from '../errors.ts';

/** Which key, without the key. */
export interface KeyVersion {
  /** The id of the CloudFront public key. */
  readonly keyPairId: string;
  /** Secrets Manager's id of the version. */
  readonly versionId: string;
}

export interface RefreshEvent extends KeyVersion {
  /** The version is another one than before, or the first. */
  readonly changed: boolean;
}

export interface RefreshErrorEvent {
  readonly error: SignerError;
  /** Seconds since the key in use was last confirmed; - absent while there is no key. */
  readonly staleSeconds?: number;
  /** Before this instant a use of the source does not look again; `refreshNow()` does. */
  readonly retryAt: Date;
}

export interface RotateEvent {
  readonly from: KeyVersion;
  readonly to: KeyVersion;
}

/**
 * Called as things happen and never waited for. What a hook throws, or a promise of its rejects with, is
 * ignored: signing continues.
 */
export interface RefreshHooks {
  /** After every look that found a usable key, the same or a new one. */
  readonly onRefresh?: ((event: RefreshEvent) => void) | undefined;
  /** After every look that failed. */
  readonly onError?: ((event: RefreshErrorEvent) => void) | undefined;
  /** When a new version took the place of the one in use, after `onRefresh`. */
  readonly onRotate?: ((event: RotateEvent) => void) | undefined;
}

/** A hook is somebody else's code. */
export function tell<Event>(hook: ((event: Event) => unknown) | undefined, event: Event): void {
  try {
    Promise.resolve(hook?.(event)).catch(() => {});
  } catch {
    // Dropped, as RefreshHooks says.
  }
}
