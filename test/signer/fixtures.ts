/** Real keys, made once per test file; one fixed clock; a signer over both. */

import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import {
  createSigner,
  type HashAlgorithm,
  type Signer,
  type SignerOptions,
  staticKey,
} from '../../signer/src/index.ts';
import { type ExplainRequest, explain } from '../../signer/src/verify/index.ts';

export { cookieHeader } from '../support/cookie-header.ts';
export { wireBase64 as toWire } from '../support/wire-base64.ts';

export const DOMAIN = 'd111111abcdef8.cloudfront.net';
export const KEY_PAIR_ID = 'K2JCJMDEHXQW5F';
/** 2026-11-20T12:00:00Z */
export const NOW = new Date(1_795_176_000_000);
export const NOW_SECONDS = NOW.getTime() / 1000;

export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** PKCS #8 */
  readonly privatePem: string;
  /** SPKI */
  readonly publicPem: string;
}

export function makeRsa(modulusLength = 2048): KeyPair {
  return withPems(generateKeyPairSync('rsa', { modulusLength }));
}

export function makeEc(namedCurve = 'P-256'): KeyPair {
  return withPems(generateKeyPairSync('ec', { namedCurve }));
}

function withPems({ privateKey, publicKey }: { privateKey: KeyObject; publicKey: KeyObject }): KeyPair {
  return {
    privateKey,
    publicKey,
    privatePem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}

/** One of each kind; making an RSA key takes a while. */
export const rsa = makeRsa();
export const ec = makeEc();

export function signerWith(
  pair: KeyPair,
  options: Partial<SignerOptions> & { readonly hashAlgorithm?: HashAlgorithm } = {},
): Signer {
  const { hashAlgorithm = 'SHA1', ...rest } = options;
  return createSigner({
    key: staticKey({ keyPairId: KEY_PAIR_ID, privateKey: pair.privatePem, hashAlgorithm }),
    domain: DOMAIN,
    now: () => NOW,
    ...rest,
  });
}

export const trusting = (pair: KeyPair): ExplainRequest['trustedKeys'] =>
  new Map([[KEY_PAIR_ID, pair.publicKey]]);

/** Judges against one pair at `NOW` unless told otherwise. */
export function judge(pair: KeyPair, request: Partial<ExplainRequest> & { readonly url: string }) {
  return explain({ trustedKeys: trusting(pair), now: NOW, ...request });
}

/** What a client sends of a URL: a fragment stays with it (RFC 9110, section 4.2.5). */
export function asSent(url: string): string {
  return url.replace(/#.*$/s, '');
}

/** CloudFront's base64, the slow and obvious way. */
export function fromWire(text: string): Buffer {
  return Buffer.from(text.split('-').join('+').split('_').join('=').split('~').join('/'), 'base64');
}

/** The error's code and message, for asserting both at once. */
export async function failureOf(
  action: () => unknown,
): Promise<{ name: string; code: unknown; message: string; error: Error }> {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { name: error.name, code: (error as { code?: unknown }).code, message: error.message, error };
  }
  throw new Error('expected a failure, and it succeeded');
}
