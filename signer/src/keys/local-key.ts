/** A private key in this process, signing through the AWS signer. */

import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { getSignedCookies } from '@aws-sdk/cloudfront-signer';
import { assertOneOf } from '../arguments.ts';
import { SignerError } from '../errors.ts';
import { encodeBase64 } from '../policy/encode-base64.ts';
import { familyOf, type KeyFamily } from './key-family.ts';
import { assertKeyPairId } from './key-pair-id.ts';
import type { HashAlgorithm, SigningKey } from './key-source.ts';
import { readPrivateKey } from './private-key.ts';
import type { SignedPolicy } from './signed-policy.ts';

export interface LocalKeyInput {
  readonly keyPairId: unknown;
  /** PEM, or text that can be repaired into one, as a string or its bytes; or a private `KeyObject`. */
  readonly privateKey: unknown;
  /** What an encrypted PEM is encrypted with. */
  readonly passphrase?: unknown;
  readonly hashAlgorithm?: unknown;
  /** How messages call the private key's text: an option, a variable, a secret's field. */
  readonly where: string;
}

/**
 * Parses, checks and proves a key: the private key must sign what its public key verifies.
 *
 * @throws SignerError `ERR_KEY_PAIR_ID`, `ERR_KEY_ENCODING`, `ERR_KEY_TRUNCATED`, `ERR_KEY_KIND`,
 * `ERR_KEY_ENCRYPTED`, `ERR_KEY_UNSUPPORTED`, `ERR_KEY_BROKEN`
 */
export function createLocalKey(input: LocalKeyInput): SigningKey {
  const { keyPairId, privateKey, passphrase, hashAlgorithm, where } = input;
  assertKeyPairId(keyPairId);
  const parsed = readPrivateKey(privateKey, { passphrase, where });
  const hash = hashAlgorithm ?? 'SHA1';
  assertOneOf('hashAlgorithm', hash, ['SHA1', 'SHA256']);
  const family = familyOf(parsed, where);

  return new LocalKey(keyPairId, family, hash, proveKey(parsed, keyPairId, hash, where));
}

/** Printed, it shows its id and algorithm. */
export class LocalKey implements SigningKey {
  readonly keyPairId: string;
  readonly algorithm: SigningKey['algorithm'];
  /** A function of its own, for callers that take it off the key. */
  readonly sign: (bytes: Uint8Array) => Uint8Array;
  readonly #privateKey: UsableKey;
  readonly #hash: HashAlgorithm;
  readonly #isRsa: boolean;

  constructor(keyPairId: string, family: KeyFamily, hash: HashAlgorithm, privateKey: UsableKey) {
    this.keyPairId = keyPairId;
    this.algorithm = `${family}-${hash}` as const;
    this.#privateKey = privateKey;
    this.#hash = hash;
    this.#isRsa = family === 'RSA';
    this.sign = (bytes) => fromWire(this.signPolicy(utf8.decode(bytes)).signature);
    Object.freeze(this);
  }

  /** By its private field: an object that only inherits from a local key has a `sign` of its own to ask. */
  static is(key: object): key is LocalKey {
    return #privateKey in key;
  }

  /** The policy and its signature as the AWS signer writes them. */
  signPolicy(text: string): SignedPolicy {
    return signThroughAws(text, this.#privateKey, this.keyPairId, this.#hash);
  }

  /**
   * The same on Node's thread pool, for RSA; at once for P-256, which takes 25 µs: less than the way to another thread and
   * back.
   */
  signPolicyOnThreadPool(text: string): SignedPolicy | Promise<SignedPolicy> {
    const key = this.#privateKey;
    return this.#isRsa && typeof key !== 'string'
      ? signRsaOnThreadPool(text, key, this.#hash)
      : this.signPolicy(text);
  }
}

/** A key in the form that the AWS signer takes here: parsed, or the PEM of it. */
type UsableKey = KeyObject | string;

/**
 * Only the policy and a key go into the AWS signer: its own dates, wildcards and URL encoding let through what
 * CloudFront refuses, and a PEM would be parsed again for every signature. It takes a KeyObject at run time, which its
 * types do not say.
 */
function signThroughAws(
  policy: string,
  privateKey: UsableKey,
  keyPairId: string,
  algorithm: HashAlgorithm,
): SignedPolicy {
  const signed = getSignedCookies({
    policy,
    keyPairId,
    privateKey: privateKey as string,
    algorithm,
  }) as { 'CloudFront-Policy': string; 'CloudFront-Signature': string };
  return { policy: signed['CloudFront-Policy'], signature: signed['CloudFront-Signature'] };
}

/** PKCS #1 v1.5 has one signature for a text and a key, so this one is the AWS signer's, bit by bit. */
function signRsaOnThreadPool(
  text: string,
  privateKey: KeyObject,
  hash: HashAlgorithm,
): Promise<SignedPolicy> {
  const bytes = Buffer.from(text);
  return new Promise((resolve, reject) => {
    sign(hash, bytes, privateKey, (error, signature) => {
      if (error) reject(error);
      else resolve({ policy: encodeBase64(bytes), signature: encodeBase64(signature) });
    });
  });
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function fromWire(text: string): Uint8Array {
  return Buffer.from(text.replaceAll('-', '+').replaceAll('~', '/').replaceAll('_', '='), 'base64');
}

/**
 * Cloudflare's workerd has no `Sign` that takes a parsed key, and takes its PEM: that costs the parsing at every signature.
 *
 * @returns the key in the first form that signs what its public key verifies
 * @throws SignerError `ERR_KEY_BROKEN` when there is none
 */
function proveKey(parsed: KeyObject, keyPairId: string, hash: HashAlgorithm, where: string): UsableKey {
  const publicKey = createPublicKey(parsed);
  let cause: unknown;
  for (const form of [() => parsed, () => parsed.export({ type: 'pkcs8', format: 'pem' }).toString()]) {
    try {
      const key = form();
      const { signature } = signThroughAws(PROBE, key, keyPairId, hash);
      if (verify(hash, Buffer.from(PROBE), publicKey, fromWire(signature))) return key;
      throw brokenKey(`${where}: the private key does not belong to the public key that is stored with it`);
    } catch (error) {
      if (error instanceof SignerError) throw error;
      cause ??= error;
    }
  }
  throw brokenKey(`${where} can be parsed but cannot sign`, cause);
}

const PROBE = 'storytime';

function brokenKey(message: string, cause?: unknown): SignerError {
  return new SignerError('ERR_KEY_BROKEN', message, cause === undefined ? undefined : { cause });
}
