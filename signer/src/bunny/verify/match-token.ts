/** Is this the token of this URL under one of these keys? */

import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { PARAMETERS } from '../wire.ts';
import type { BunnyClaim, Parameter } from './read-bunny-url.ts';
import type { ViewerAddress } from './viewer-address.ts';

/** What was signed in addition to the key: one of the readings that the URL allows. */
interface Reading {
  readonly path: string;
  readonly data: string;
}

interface Viewer {
  readonly viewer: ViewerAddress | null;
  /** Whether a token of the older form, which does not say, must bind the viewer's address. */
  readonly bindsAddress: boolean;
}

/** @returns which key it is, from 0; -1 for none of them */
export function findKey(claim: BunnyClaim, keys: readonly string[], viewer: Viewer): number {
  return keys.findIndex((key) => isSignedBy(key, claim, viewer));
}

function isSignedBy(key: string, claim: BunnyClaim, { viewer, bindsAddress }: Viewer): boolean {
  const { token, mac, expires } = claim;
  switch (token.form) {
    case 'embed':
      return idsOf(claim).some((id) => isSame(mac, sha256(key, `${id}${expires}`).toString('hex')));
    case 'sha256':
      return [...(bindsAddress ? [] : ['']), ...(viewer?.texts ?? [])].some((address) =>
        readingsOf(claim).some(({ path, data }) =>
          isSame(mac, sha256(key, `${path}${expires}${address}${data}`).toString('base64url')),
        ),
      );
    default:
      return addressesOf(claim, viewer).some((address) => isHmacOf(key, claim, address));
  }
}

export function isHmacOf(key: string, claim: BunnyClaim, address: Buffer): boolean {
  return readingsOf(claim).some(({ path, data }) =>
    isSame(claim.mac, hmac(key, [`${path}${claim.expires}`, address, data])),
  );
}

/** As the README of Bunny's signers describes it, which is out of date: the address last. */
export function isHmacWithAddressLast(key: string, claim: BunnyClaim, address: Buffer): boolean {
  return readingsOf(claim).some(({ path, data }) =>
    isSame(claim.mac, hmac(key, [`${path}${claim.expires}`, data, address])),
  );
}

function addressesOf({ token }: BunnyClaim, viewer: ViewerAddress | null): readonly Buffer[] {
  return token.bindsAddress === true ? (viewer?.bytes ?? []) : [Buffer.alloc(0)];
}

/** More than one only where `doubts` says that the signers differ. */
function readingsOf(claim: BunnyClaim): Reading[] {
  const { path, parameters, token } = claim;
  const paths = token.kind === 'directory' ? [token.opens] : unique([path, decoded(path)]);
  return paths.flatMap((one) => dataOf(parameters, token).map((data) => ({ path: one, data })));
}

function dataOf(parameters: readonly Parameter[], { ignoreParams, form }: BunnyClaim['token']): string[] {
  const signed = parameters.filter(
    ({ name, value }) =>
      (!ignoreParams || name === PARAMETERS.ignoreParams || name === PARAMETERS.tokenPath) &&
      // The older reference left empty values out.
      (form !== 'sha256' || value !== ''),
  );
  const spell = (pairs: readonly Parameter[]) => pairs.map(({ name, value }) => `${name}=${value}`).join('&');
  const byCode = signed.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const byLocale = signed.toSorted((a, b) => a.name.localeCompare(b.name, 'en'));
  const sorted = unique([spell(byCode), spell(byLocale)]);
  const withSpaces = [byCode, byLocale].map((pairs) =>
    spell(pairs.map(({ name, value }) => ({ name, value: value.replaceAll('+', ' ') }))),
  );
  return unique([...sorted, ...withSpaces]);
}

function idsOf({ token: { opens } }: BunnyClaim): string[] {
  return unique([opens, opens.toLowerCase()]);
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function sha256(key: string, text: string): Buffer {
  return createHash('sha256').update(key).update(text).digest();
}

function hmac(key: string, parts: readonly (string | Buffer)[]): string {
  const running = createHmac('sha256', key);
  for (const part of parts) running.update(part);
  return running.digest('base64url');
}

/** Both have the same length when they are compared. */
function isSame(given: string, expected: string): boolean {
  const a = Buffer.from(given);
  const b = Buffer.from(expected);
  return a.length === b.length && timingSafeEqual(a, b);
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
