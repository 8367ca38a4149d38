/** What tokens are signed with: one secret, or two while one retires. */

import { base64url, type CryptoKey } from 'jose';
import { isObject } from '../arguments.ts';
import { PlaybackError } from '../errors.ts';

/** A secret as a key. Printing it shows no secret: a `CryptoKey` that cannot be exported. */
export interface TokenSecret {
  /** Names the secret in the header of its tokens; it follows from the secret. */
  readonly kid: string;
  readonly key: CryptoKey;
}

/** Gives the trusted secrets, the one to sign with first. Called for every token, so it answers from memory when it can. */
export interface TokenSecretSource {
  get(): Promise<readonly TokenSecret[]>;
  /**
   * Looks for a new secret now: called for a token whose secret is not known, at most every 10 seconds.
   * @default - secrets that never change
   */
  refreshNow?(): Promise<readonly TokenSecret[]>;
}

/** As text, whose UTF-8 bytes count, or as bytes: 32 to 1,024 of them. */
export type SecretValue = string | Uint8Array;

/** RFC 7518, section 3.2: a key at least as long as the hash. */
const LEAST_BYTES = 32;
const MOST_BYTES = 1_024;
/** With fewer it is a pattern: of 10¹² random texts of 32 hexadecimal digits not one has so few. */
const LEAST_DIFFERENT_BYTES = 6;
const MOST_SECRETS = 2;
/** Of the customer's own page; everybody can read it. */
const EXAMPLES: ReadonlySet<string> = new Set(['your-super-secret-jwt-key-for-video-tokens']);
const HMAC = { name: 'HMAC', hash: 'SHA-256' } as const;
const KID_TEXT = 'storytime playback token secret';
const KID_BYTES = 9;

/**
 * @param where how messages call the secrets
 * @returns the bytes of one or two secrets
 * @throws PlaybackError `ERR_TOKEN_SECRET`
 */
export function readSecrets(where: string, values: readonly unknown[]): Uint8Array<ArrayBuffer>[] {
  if (values.length < 1 || values.length > MOST_SECRETS) {
    throw weak(`${where} must be one secret, or two while one retires, got ${values.length}`);
  }
  return values.map((value) => readSecret(where, value));
}

/** @throws PlaybackError `ERR_TOKEN_SECRET` */
function readSecret(where: string, value: unknown): Uint8Array<ArrayBuffer> {
  if (typeof value !== 'string' && !(value instanceof Uint8Array)) {
    throw weak(`${where} must be text or bytes, got ${typeof value}`);
  }
  if (typeof value === 'string' && EXAMPLES.has(value)) {
    throw weak(`${where} is the example of a document that everybody can read; make one of your own`);
  }
  // Into memory of its own: the caller may wipe what it passed.
  const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : new Uint8Array(value);
  if (bytes.length < LEAST_BYTES || bytes.length > MOST_BYTES) {
    throw weak(`${where} must have ${LEAST_BYTES} to ${MOST_BYTES} bytes, got ${bytes.length}`);
  }
  if (new Set(bytes).size < LEAST_DIFFERENT_BYTES) {
    throw weak(`${where} repeats a few characters, so it can be guessed`);
  }
  return bytes;
}

export async function importSecrets(secrets: readonly Uint8Array<ArrayBuffer>[]): Promise<TokenSecret[]> {
  return Promise.all(secrets.map(importSecret));
}

async function importSecret(secret: Uint8Array<ArrayBuffer>): Promise<TokenSecret> {
  const key = await crypto.subtle.importKey('raw', secret, HMAC, false, ['sign', 'verify']);
  const digest = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(KID_TEXT));
  return Object.freeze({ kid: base64url.encode(new Uint8Array(digest, 0, KID_BYTES)), key });
}

export function isSecretSource(value: unknown): value is TokenSecretSource {
  return isObject(value) && typeof value.get === 'function';
}

function weak(message: string): PlaybackError {
  return new PlaybackError('ERR_TOKEN_SECRET', `${message}; make one with: openssl rand -base64 48`);
}
