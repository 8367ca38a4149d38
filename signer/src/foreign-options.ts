/** What other signing libraries call their options, and where the same is said here. */

import { type Message, message, option } from './message.ts';

/** Options of the same call, by the names that others give them. */
const OTHER_NAMES: Readonly<Record<string, { readonly name: string; readonly is: string | Message }>> = {
  ...named('expiresAt', message`a Date; or ${option('expiresIn')}, seconds from now`, [
    'dateLessThan',
    'expires',
    'expireTime',
    'expiry',
    'expiration',
  ]),
  ...named('startsAt', 'a Date', ['dateGreaterThan', 'startTime', 'activeFrom']),
  ...named('keyPairId', 'the id of the public key', ['keypairId']),
  ...named('privateKey', 'the text of the PEM', ['privateKeyString', 'privateKeyPath', 'key']),
  ...named('ipAddress', 'an address or a CIDR block', ['ipRange', 'ip', 'sourceIp']),
};

const KEY = 'belongs to the key: staticKey({ keyPairId, privateKey })';
const HASH = message`belongs to the key: staticKey, envKey and secretsManagerKey take it as ${option('hashAlgorithm')}`;
const COOKIE = 'is always set on cookies';

/** What is said elsewhere: in another call, or by no option. */
const ELSEWHERE: Readonly<Record<string, string | Message>> = {
  privateKey: KEY,
  privateKeyString: KEY,
  privateKeyPath: `${KEY}, with the text of the file`,
  keyPairId: KEY,
  keypairId: KEY,
  passphrase: 'belongs to the key: staticKey({ …, passphrase })',
  algorithm: HASH,
  hashAlgorithm: HASH,
  secure: COOKIE,
  httpOnly: COOKIE,
};
const OF_CREATE_SIGNER: readonly string[] = ['domain', 'cookieDomain', 'reuse', 'key', 'maxExpiresIn'];
const OF_RESOURCE: readonly string[] = ['url', 'resource'];

/**
 * The names of `@aws-sdk/cloudfront-signer`, of version 2 of the AWS SDK and of `aws-cloudfront-sign`, and options of one call
 * here that belong to another.
 *
 * @param names what the call takes
 * @returns what to say about an option that it does not take; empty where nothing is known of it
 */
export function foreignOption(name: string, names: readonly string[]): string | Message {
  const other = Object.hasOwn(OTHER_NAMES, name) ? OTHER_NAMES[name] : undefined;
  if (other !== undefined && names.includes(other.name)) {
    return message`, which is ${option(other.name)} here, ${other.is}`;
  }
  // A start is what signing for CloudFront takes, and nothing else does.
  const signs = names.includes('startsAt');
  if (signs && OF_CREATE_SIGNER.includes(name)) return ', which belongs to createSigner';
  if (signs && OF_RESOURCE.includes(name)) return ', which is the first argument here';
  const makesSigner = names.includes('reuse');
  const elsewhere = (signs || makesSigner) && Object.hasOwn(ELSEWHERE, name) ? ELSEWHERE[name] : undefined;
  return elsewhere === undefined ? '' : message`, which ${elsewhere}`;
}

function named(name: string, is: string | Message, others: readonly string[]) {
  return Object.fromEntries(others.map((other) => [other, { name, is }]));
}
