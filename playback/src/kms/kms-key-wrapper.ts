/** Content keys made and wrapped by AWS KMS, so that only a caller with its grant opens a stored one. */

import { DecryptCommand, GenerateDataKeyCommand, KMSClient, type KMSClientConfig } from '@aws-sdk/client-kms';
import { withoutResponse } from '@storytime/signer/errors';
import { CONTENT_KEY_BYTES, CreatedKey, type KeyWrapper, takeKey } from '../content-keys/key-wrapper.ts';
import { encryptionContext, readTitleVersion, type TitleVersion } from '../content-keys/title-version.ts';
import { PlaybackError } from '../errors.ts';
import type { WrappedContentKey } from '../store/store.ts';

interface KmsKeyWrapperBase {
  /**
   * Key id, key ARN or alias of a symmetric key: the environment's `PLAYBACK_KEY_ARN`. Nothing else decrypts, whatever a
   * stored key names, so prefer the ARN: an alias that moves to another key closes all keys stored before.
   */
  readonly keyId: string;
  /**
   * Seconds after which one call to KMS, its retries included, is given up.
   * @default 5
   */
  readonly timeoutSeconds?: number | undefined;
  /** @default - the system's clock */
  readonly now?: (() => Date) | undefined;
}

/** Give a client you have, or the configuration of one to be made here; without both, the SDK's defaults. */
export type KmsKeyWrapperOptions = KmsKeyWrapperBase &
  (
    | { readonly client?: KMSClient | undefined; readonly config?: never }
    | { readonly client?: never; readonly config?: KMSClientConfig | undefined }
  );

/** KMS says so when context, key or bytes are not those of the encryption. */
const NOT_OURS = new Set(['InvalidCiphertextException', 'IncorrectKeyException']);

/**
 * Wraps by `GenerateDataKey`, with title and version as encryption context, and unwraps by `Decrypt` with the same key and
 * context. Needs `kms:GenerateDataKey` where titles are uploaded and `kms:Decrypt` where keys are handed out.
 *
 * @throws PlaybackError `ERR_ARGUMENT`
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKey.html
 * @example
 * const { PLAYBACK_KEY_ARN = '' } = process.env;
 * const keys = kmsKeyWrapper({ keyId: PLAYBACK_KEY_ARN });
 * const { key, wrapped } = await keys.create({ titleId: '42', version: 1 });
 */
export function kmsKeyWrapper(options: KmsKeyWrapperOptions): KeyWrapper {
  const { keyId, timeoutSeconds = 5, now = () => new Date() } = options;
  if (typeof keyId !== 'string' || keyId === '') {
    throw new PlaybackError('ERR_ARGUMENT', '"keyId" must be the id, the ARN or an alias of a KMS key');
  }
  if (!(timeoutSeconds > 0 && timeoutSeconds <= 3_600)) {
    throw new PlaybackError('ERR_ARGUMENT', '"timeoutSeconds" must be more than 0 and at most 3600');
  }
  if (options.client !== undefined && options.config !== undefined) {
    throw new PlaybackError('ERR_ARGUMENT', 'pass "client" or "config", not both');
  }
  const client = options.client ?? new KMSClient(options.config ?? {});
  const abortSignal = () => AbortSignal.timeout(timeoutSeconds * 1_000);

  async function create(given: TitleVersion) {
    const context = readTitleVersion(given);
    const command = new GenerateDataKeyCommand({
      KeyId: keyId,
      NumberOfBytes: CONTENT_KEY_BYTES,
      EncryptionContext: encryptionContext(context),
    });
    const made = await client.send(command, { abortSignal: abortSignal() }).catch((error) => {
      throw callFailed(`making a content key with ${keyId}`, error);
    });
    const key = readPlaintext(made.Plaintext, `making a content key with ${keyId}`);
    const { CiphertextBlob: wrappedKey, KeyId: wrappedBy } = made;
    if (wrappedKey === undefined || wrappedBy === undefined) {
      key.fill(0);
      throw new PlaybackError('ERR_KMS_CALL', `making a content key with ${keyId} gave no wrapped key`);
    }
    return new CreatedKey(key, {
      ...context,
      wrappedKey: new Uint8Array(wrappedKey),
      wrappedBy,
      createdAt: now(),
    });
  }

  async function unwrap({ wrappedKey, wrappedBy, ...given }: WrappedContentKey): Promise<Uint8Array> {
    const context = readTitleVersion(given);
    if (typeof wrappedBy !== 'string' || !wrappedBy.startsWith('arn:')) {
      throw cannotUnwrap(`it was wrapped by ${JSON.stringify(wrappedBy)}, not by KMS`);
    }
    const command = new DecryptCommand({
      KeyId: keyId,
      CiphertextBlob: wrappedKey,
      EncryptionContext: encryptionContext(context),
    });
    const opened = await client.send(command, { abortSignal: abortSignal() }).catch((error) => {
      const cause = withoutResponse(error);
      if (!NOT_OURS.has(cause.name)) throw callFailed(`opening a content key with ${keyId}`, error);
      throw cannotUnwrap(
        `${keyId} did not wrap it (${wrappedBy} did), or it belongs to another title or version, or was changed since`,
        cause,
      );
    });
    return readPlaintext(opened.Plaintext, `opening a content key with ${keyId}`);
  }

  return Object.freeze({ wrappedBy: keyId, create, unwrap });
}

function readPlaintext(plaintext: Uint8Array | undefined, what: string): Uint8Array {
  if (plaintext?.length === CONTENT_KEY_BYTES) return takeKey(plaintext);
  plaintext?.fill(0);
  throw new PlaybackError(
    'ERR_KMS_CALL',
    `${what} gave ${plaintext?.length ?? 0} bytes, expected ${CONTENT_KEY_BYTES}`,
  );
}

function callFailed(what: string, error: unknown): PlaybackError {
  const cause = withoutResponse(error);
  return new PlaybackError(
    'ERR_KMS_CALL',
    `${what} failed: ${cause.name}; check the id, the region and the grants`,
    { cause },
  );
}

function cannotUnwrap(why: string, cause?: unknown): PlaybackError {
  return new PlaybackError('ERR_CONTENT_KEY_UNWRAP', `this content key cannot be opened: ${why}`, { cause });
}
