/** Signatures that no signer would make: by hand, from CloudFront's pages, sharing nothing with the package. */
import { sign } from 'node:crypto';
import type { SigningPair } from './clinic.ts';

export interface SignedBy extends Pick<SigningPair, 'privateKey'> {
  readonly keyPairId: string;
}

export type SetOfThree = Readonly<Record<'Policy' | 'Signature' | 'Key-Pair-Id', string>>;

export function secondsFromNow(seconds: number): number {
  return Math.floor(Date.now() / 1000) + seconds;
}

export function policyFor(resource: string, condition: object = {}): string {
  const until = { DateLessThan: { 'AWS:EpochTime': secondsFromNow(300) } };
  return JSON.stringify({ Statement: [{ Resource: resource, Condition: { ...until, ...condition } }] });
}

/** @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-setting-signed-cookie-custom-policy.html */
export function signPolicy(policy: string, { keyPairId, privateKey }: SignedBy, hash = 'SHA1'): SetOfThree {
  const signature = sign(hash, Buffer.from(policy), privateKey);
  return { Policy: encode(Buffer.from(policy)), Signature: encode(signature), 'Key-Pair-Id': keyPairId };
}

/** @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-creating-signed-url-canned-policy.html */
export function cannedUrl(url: string, { keyPairId, privateKey }: SignedBy): string {
  const expires = secondsFromNow(300);
  const policy = `{"Statement":[{"Resource":"${url}","Condition":{"DateLessThan":{"AWS:EpochTime":${expires}}}}]}`;
  const signature = encode(sign('SHA1', Buffer.from(policy), privateKey));
  return `${url}?Expires=${expires}&Signature=${signature}&Key-Pair-Id=${keyPairId}`;
}

export function asCookies(fields: Readonly<Record<string, string>>): string {
  return Object.entries(fields)
    .map(([name, value]) => `CloudFront-${name}=${value}`)
    .join('; ');
}

function encode(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('+', '-').replaceAll('=', '_').replaceAll('/', '~');
}
