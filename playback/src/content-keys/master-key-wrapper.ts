/** Content keys wrapped by a key of the process's own, for development and for backends without AWS. */

import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { PlaybackError } from '../errors.ts';
import type { WrappedContentKey } from '../store/store.ts';
import { CONTENT_KEY_BYTES, CreatedKey, type KeyWrapper, takeKey } from './key-wrapper.ts';
import { additionalData, readTitleVersion, type TitleVersion } from './title-version.ts';

export interface MasterKeyWrapperOptions {
  /** 64 hexadecimal digits, 256 bits: `openssl rand -hex 32`. The customer's name for it is `MASTER_ENCRYPTION_KEY`. */
  readonly masterKey: string;
  /** @default - the system's clock */
  readonly now?: (() => Date) | undefined;
}

const CIPHER = 'aes-256-gcm';
const WRAPPED_BY = 'master-key';
/** The first byte of what this makes; another one is a form of a later release. */
const FORM = 1;
/** 96 bits, the length that GCM is made for. NIST SP 800-38D, section 5.2.1.1. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const WRAPPED_BYTES = 1 + NONCE_BYTES + CONTENT_KEY_BYTES + TAG_BYTES;

/**
 * Wraps with AES-256-GCM under a random nonce; title and version are authenticated with it. One master key is good for
 * 2³² content keys. It opens every stored key, so prefer `kmsKeyWrapper` in production.
 *
 * @throws PlaybackError `ERR_MASTER_KEY`
 * @see https://csrc.nist.gov/pubs/sp/800/38/d/final
 * @example
 * const { MASTER_ENCRYPTION_KEY = '' } = process.env;
 * const keys = masterKeyWrapper({ masterKey: MASTER_ENCRYPTION_KEY });
 * const { key, wrapped } = await keys.create({ titleId: '42', version: 1 });
 */
export function masterKeyWrapper({ masterKey, now = () => new Date() }: MasterKeyWrapperOptions): KeyWrapper {
  const secret = readMasterKey(masterKey);

  async function create(context: TitleVersion) {
    const { titleId, version } = readTitleVersion(context);
    const key = takeKey(randomBytes(CONTENT_KEY_BYTES));
    const wrappedKey = wrap(secret, key, additionalData({ titleId, version }));
    return new CreatedKey(key, { titleId, version, wrappedKey, wrappedBy: WRAPPED_BY, createdAt: now() });
  }

  async function unwrap(wrapped: WrappedContentKey): Promise<Uint8Array> {
    const context = readTitleVersion(wrapped);
    if (wrapped.wrappedBy !== WRAPPED_BY) {
      throw cannotUnwrap(`it was wrapped by ${JSON.stringify(wrapped.wrappedBy)}, not by a master key`);
    }
    return open(secret, wrapped.wrappedKey, additionalData(context));
  }

  return Object.freeze({ wrappedBy: WRAPPED_BY, create, unwrap });
}

function readMasterKey(masterKey: unknown): KeyObject {
  if (typeof masterKey !== 'string' || !/^[0-9a-f]{64}$/i.test(masterKey)) {
    const got = typeof masterKey === 'string' ? `${masterKey.length} characters` : typeof masterKey;
    throw new PlaybackError(
      'ERR_MASTER_KEY',
      `"masterKey" must be 64 hexadecimal digits, got ${got}; make one with: openssl rand -hex 32`,
    );
  }
  const bytes = Buffer.from(masterKey, 'hex');
  const secret = createSecretKey(bytes);
  bytes.fill(0);
  return secret;
}

function wrap(secret: KeyObject, key: Uint8Array, context: Buffer): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, secret, nonce, { authTagLength: TAG_BYTES }).setAAD(context);
  const encrypted = [cipher.update(key), cipher.final()];
  return new Uint8Array(Buffer.concat([Uint8Array.of(FORM), nonce, ...encrypted, cipher.getAuthTag()]));
}

function open(secret: KeyObject, wrappedKey: Uint8Array, context: Buffer): Uint8Array {
  if (!(wrappedKey instanceof Uint8Array) || wrappedKey.length !== WRAPPED_BYTES || wrappedKey[0] !== FORM) {
    throw cannotUnwrap(`it is not the ${WRAPPED_BYTES} bytes that a master key's wrapper makes`);
  }
  const nonce = wrappedKey.subarray(1, 1 + NONCE_BYTES);
  const decipher = createDecipheriv(CIPHER, secret, nonce, { authTagLength: TAG_BYTES })
    .setAAD(context)
    .setAuthTag(wrappedKey.subarray(-TAG_BYTES));
  const clear = decipher.update(wrappedKey.subarray(1 + NONCE_BYTES, -TAG_BYTES));
  try {
    decipher.final();
  } catch {
    // What came out is not authenticated, and nobody gets it.
    clear.fill(0);
    throw cannotUnwrap(
      'it was wrapped by another master key, for another title or version, or was changed since',
    );
  }
  return takeKey(clear);
}

function cannotUnwrap(why: string): PlaybackError {
  return new PlaybackError('ERR_CONTENT_KEY_UNWRAP', `this content key cannot be opened: ${why}`);
}
