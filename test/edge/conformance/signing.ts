/**
 * Signs what a case describes, as the developer guide says to and with nothing of `@storytime/signer`: policy text, hash,
 * signature, base64 with three characters replaced. Then spoils it as the case says.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-creating-signed-url-custom-policy.html
 */
import { sign } from 'node:crypto';
import { wireBase64 } from '../../support/wire-base64.ts';
import type { RunKeys } from './keys.ts';
import type { VectorSignature } from './vector-file.ts';

/** One parameter or cookie on the wire. */
export type WirePair = readonly [name: string, value: string];

export interface SigningContext {
  readonly keys: RunKeys;
  readonly nowSeconds: number;
  /** The URL that is asked for, without signing parameters. */
  readonly url: string;
}

/** The pairs in the order in which AWS's pages show them, under their names in a URL or a cookie. */
export function signedPairs(spec: VectorSignature, context: SigningContext): WirePair[] {
  const { text, expires } = policyOf(spec, context);
  const bytes = Buffer.from(text);
  const key = context.keys[spec.key];
  const hash = spec.key === 'ed25519' ? null : spec.hash;
  const hashSent = spec.hashSent === undefined ? (spec.hash === 'SHA1' ? null : spec.hash) : spec.hashSent;
  const fields: [string, string][] = [
    expires === null ? ['Policy', wireBase64(bytes)] : ['Expires', String(expires)],
    ['Signature', wireBase64(sign(hash, bytes, key.privateKey))],
    ['Key-Pair-Id', keyPairIdOf(spec, context)],
  ];
  if (hashSent !== null) fields.push(['Hash-Algorithm', hashSent]);
  const spoilt = spec.changes.reduce((pairs, change) => apply(pairs, change, spec), fields);
  return spec.via === 'url' ? spoilt : spoilt.map(([name, value]) => [cookieName(name), value]);
}

/** Fields go under their cookie names; a name that a case made up stays as it is. */
function cookieName(name: string): string {
  return /^(Expires|Policy|Signature|Key-Pair-Id|Hash-Algorithm)$/.test(name) ? `CloudFront-${name}` : name;
}

function policyOf(
  { canned, policy, policyText }: VectorSignature,
  { nowSeconds, url }: SigningContext,
): { readonly text: string; readonly expires: number | null } {
  if (canned) {
    const expires = nowSeconds + canned.expires;
    const resource = canned.resource ?? url;
    const text = `{"Statement":[{"Resource":"${resource}","Condition":{"DateLessThan":{"AWS:EpochTime":${expires}}}}]}`;
    return { text, expires };
  }
  if (policyText !== undefined) {
    const text = policyText.replace(/\{now([+-]\d+)?\}/g, (_, offset) =>
      String(nowSeconds + Number(offset ?? 0)),
    );
    return { text, expires: null };
  }
  if (!policy) throw new TypeError('a signature needs "canned", "policy" or "policyText"');
  const conditions = [
    `"DateLessThan":{"AWS:EpochTime":${nowSeconds + policy.lessThan}}`,
    ...(policy.greaterThan === undefined
      ? []
      : [`"DateGreaterThan":{"AWS:EpochTime":${nowSeconds + policy.greaterThan}}`]),
    ...(policy.ip === undefined ? [] : [`"IpAddress":{"AWS:SourceIp":"${policy.ip}"}`]),
  ];
  const resource = JSON.stringify(policy.resource);
  return {
    text: `{"Statement":[{"Resource":${resource},"Condition":{${conditions.join(',')}}}]}`,
    expires: null,
  };
}

function keyPairIdOf({ keyPairId, key }: VectorSignature, { keys }: SigningContext): string {
  if (keyPairId === undefined) return keys[key].id;
  return keyPairId in keys ? keys[keyPairId as keyof RunKeys].id : keyPairId;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-~';

function apply(
  pairs: [string, string][],
  change: VectorSignature['changes'][number],
  { via }: VectorSignature,
): [string, string][] {
  const { field } = change;
  const at = pairs.findIndex(([name]) => name === field);
  const known = at === -1 ? '' : (pairs[at]?.[1] ?? '');
  const changed: [string, string][] = change.remove
    ? []
    : [[change.name ?? field, changedValue(known, change, via)]];
  return at === -1 ? [...pairs, ...changed] : [...pairs.slice(0, at), ...changed, ...pairs.slice(at + 1)];
}

function changedValue(
  known: string,
  { set, append, changeAt, keep, standardBase64 }: VectorSignature['changes'][number],
  via: VectorSignature['via'],
): string {
  let value = set ?? known;
  if (keep !== undefined) value = value.slice(0, keep);
  if (changeAt !== undefined) {
    const at = changeAt < 0 ? value.length + changeAt : changeAt;
    // Two places on, so that the last character before padding does not change in spare bits alone.
    const other = ALPHABET[(ALPHABET.indexOf(value[at] ?? 'A') + 32) % ALPHABET.length] ?? 'A';
    value = `${value.slice(0, at)}${other}${value.slice(at + 1)}`;
  }
  if (append !== undefined) value += append;
  if (standardBase64) {
    const standard = value.replaceAll('-', '+').replaceAll('_', '=').replaceAll('~', '/');
    value = via === 'url' ? encodeURIComponent(standard) : standard;
  }
  return value;
}
