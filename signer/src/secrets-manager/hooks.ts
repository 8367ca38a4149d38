/** What a refreshing source tells about itself. Ids and versions, never keys. */

import type { SignerError } from '../errors.ts';

/** Which version of a secret, without its value. */
export interface SecretVersion {
  /** Secrets Manager's id of the version. */
  readonly versionId: string;
  /** That of the version before; - absent where the source does not read it, or where there is none. */
  readonly previousVersionId?: string;
}

/** Which key, without the key. */
export interface KeyVersion extends SecretVersion {
  /** The id of the CloudFront public key. */
  readonly keyPairId: string;
}

export type RefreshEvent<Version extends SecretVersion = KeyVersion> = Version & {
  /** The version is another one than before, or the first. */
  readonly changed: boolean;
};

export interface RefreshErrorEvent<Failure extends Error = SignerError> {
  readonly error: Failure;
  /** Seconds since the key or the value in use was last confirmed; - absent while there is none. */
  readonly staleSeconds?: number;
  /** Before this instant a use of the source does not look again; `refreshNow()` does. */
  readonly retryAt: Date;
}

export interface RotateEvent<Version extends SecretVersion = KeyVersion> {
  readonly from: Version;
  readonly to: Version;
}

/**
 * Called as things happen and never waited for. What a hook throws, or a promise of its rejects with, is
 * ignored: signing continues.
 */
export interface RefreshHooks<
  Version extends SecretVersion = KeyVersion,
  Failure extends Error = SignerError,
> {
  /** After every look that found a usable version, the same or a new one. */
  readonly onRefresh?: ((event: RefreshEvent<Version>) => void) | undefined;
  /** After every look that failed. */
  readonly onError?: ((event: RefreshErrorEvent<Failure>) => void) | undefined;
  /** When a new version took the place of the one in use, after `onRefresh`. */
  readonly onRotate?: ((event: RotateEvent<Version>) => void) | undefined;
}

/** A hook is somebody else's code. */
export function tell<Event>(hook: ((event: Event) => unknown) | undefined, event: Event): void {
  try {
    Promise.resolve(hook?.(event)).catch(() => {});
  } catch {
    // Dropped, as RefreshHooks says.
  }
}
