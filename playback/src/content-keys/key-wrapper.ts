/** Content keys, and what wraps them: a random key for each version of a title, stored only encrypted. */

import type { WrappedContentKey } from '../store/store.ts';
import type { TitleVersion } from './title-version.ts';

/** AES-128, the only cipher that every HLS player has. RFC 8216, section 4.3.2.4. */
export const CONTENT_KEY_BYTES = 16;

/** A new key, once in clear and once wrapped. Printing it, as JSON or by `util.inspect`, shows the wrapped form alone. */
export interface CreatedContentKey {
  /** 16 bytes in memory of their own: give them to the job, then `key.fill(0)`. */
  readonly key: Uint8Array;
  /** For the store, before a job gets the key: `store.putContentKey(wrapped)`. */
  readonly wrapped: WrappedContentKey;
}

/** Makes content keys and opens them again; `kmsKeyWrapper` and `masterKeyWrapper` are the two here. */
export interface KeyWrapper {
  /** What wraps: the id of a KMS key as it was given, or `master-key`. */
  readonly wrappedBy: string;
  /**
   * A random key for this version of this title. Every call makes another one.
   *
   * @throws PlaybackError `ERR_ARGUMENT`, `ERR_KMS_CALL`
   */
  create(context: TitleVersion): Promise<CreatedContentKey>;
  /**
   * @returns the 16 bytes, in memory of their own
   * @throws PlaybackError `ERR_CONTENT_KEY_UNWRAP` for a key that was wrapped by something else, for another title or
   * version, or was changed since; `ERR_ARGUMENT`, `ERR_KMS_CALL`
   */
  unwrap(wrapped: WrappedContentKey): Promise<Uint8Array>;
}

/** The key is behind a getter of the prototype, which neither JSON nor `util.inspect` reads. */
export class CreatedKey implements CreatedContentKey {
  readonly wrapped: WrappedContentKey;
  readonly #key: Uint8Array;

  constructor(key: Uint8Array, wrapped: WrappedContentKey) {
    this.#key = key;
    this.wrapped = wrapped;
  }

  get key(): Uint8Array {
    return this.#key;
  }
}

/** Into memory of its own: a client's answer is often part of a pool that other values share. The source is wiped. */
export function takeKey(source: Uint8Array): Uint8Array {
  const key = new Uint8Array(source);
  source.fill(0);
  return key;
}
