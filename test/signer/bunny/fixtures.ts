/** One zone, one library, one clock, and a second implementation of Bunny's tokens. */

import {
  type BunnySigner,
  type BunnySignerOptions,
  createBunnySigner,
  type ExplainBunnyRequest,
  explainBunny,
} from '@storytime/signer/bunny';
import { NOW, NOW_SECONDS } from '../fixtures.ts';

export const HOST = 'vz-1234abcd-567.b-cdn.net';
export const TOKEN_KEY = 'b0a3f7d6-4c1e-4b0e-9a55-0c1d2e3f4a5b';
export const EMBED_KEY = '4742a81b-bf15-42fe-8b1c-8fcb9024c550';
export const API_KEY = '6f1c2a9e-77aa-4a61-a0b5f0c1d2e3-9c1e-4d1b';
export const VIDEO = 'eb1c4f77-0cda-46be-b47d-1118ad7c2ffe';
export const OTHER_VIDEO = '32d140e2-e4f4-4eec-9d53-20371e9be607';

export function bunnySigner(options: Partial<BunnySignerOptions> = {}): BunnySigner {
  return createBunnySigner({
    pullZoneHost: HOST,
    tokenKey: TOKEN_KEY,
    embedTokenKey: EMBED_KEY,
    libraryId: 759,
    apiKey: API_KEY,
    now: () => NOW,
    ...options,
  });
}

/** Judges by all keys at `NOW` unless told otherwise. */
export function judgeBunny(url: string, request: Partial<ExplainBunnyRequest> = {}) {
  return explainBunny({ url, tokenKey: TOKEN_KEY, embedTokenKey: EMBED_KEY, now: NOW, ...request });
}

export const at = (seconds: number) => new Date((NOW_SECONDS + seconds) * 1000);

/** Straight from Bunny's page on advanced token authentication, by WebCrypto: no line of it is shared with the package. */
export async function documentedToken(
  key: string,
  signaturePath: string,
  expires: number,
  parameters: Readonly<Record<string, string>>,
  addressHex = '',
): Promise<string> {
  const signingData = Object.keys(parameters)
    .sort()
    .map((name) => `${name}=${parameters[name]}`)
    .join('&');
  const text = new TextEncoder();
  const message = [
    ...text.encode(`${signaturePath}${expires}`),
    ...(addressHex.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16)),
    ...text.encode(signingData),
  ];
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const imported = await crypto.subtle.importKey('raw', text.encode(key), algorithm, false, ['sign']);
  const mac = new Uint8Array(await crypto.subtle.sign('HMAC', imported, Uint8Array.from(message)));
  const base64 = btoa(String.fromCharCode(...mac));
  const base64url = base64.split('+').join('-').split('/').join('_').split('=').join('');
  return `HS256-${addressHex === '' ? '' : '1-'}${base64url}`;
}
