/** What other signing libraries call their options, and where the same is said here. */

const KEY = 'belongs to the key: staticKey({ keyPairId, privateKey })';
const PASSPHRASE = 'belongs to the key: staticKey({ …, passphrase })';
const EXPIRES_AT = 'is "expiresAt" here, a Date; or "expiresIn", seconds from now';
const STARTS_AT = 'is "startsAt" here, a Date';
const IP_ADDRESS = 'is "ipAddress" here';
const RESOURCE = 'is the first argument here';
const CREATE_SIGNER = 'belongs to createSigner';

/**
 * `@aws-sdk/cloudfront-signer`, version 2 of the AWS SDK (`url`, `expires`, `policy`), `aws-cloudfront-sign` (`keypairId`,
 * `privateKeyString`, `expireTime`, `dateGreaterThan`, `ipRange`), and the options of one call here that belong to another.
 */
const REMEDIES: ReadonlyMap<string, string> = new Map([
  ['dateLessThan', EXPIRES_AT],
  ['expires', EXPIRES_AT],
  ['expireTime', EXPIRES_AT],
  ['expiry', EXPIRES_AT],
  ['expiration', EXPIRES_AT],
  ['maxAgeSeconds', 'belongs to secretsManagerKey; a lifetime is "expiresIn"'],
  ['dateGreaterThan', STARTS_AT],
  ['startTime', STARTS_AT],
  ['activeFrom', STARTS_AT],
  ['ipRange', IP_ADDRESS],
  ['ip', IP_ADDRESS],
  ['sourceIp', IP_ADDRESS],
  ['url', RESOURCE],
  ['resource', RESOURCE],
  ['privateKey', KEY],
  ['privateKeyString', KEY],
  ['privateKeyPath', `${KEY}, with the file's text`],
  ['keyPairId', KEY],
  ['keypairId', KEY],
  ['keyPassphrase', PASSPHRASE],
  ['passphrase', PASSPHRASE],
  ['algorithm', 'is "hashAlgorithm" here, and belongs to the key'],
  ['hashAlgorithm', 'belongs to the key: staticKey, envKey and secretsManagerKey take it'],
  ['domain', CREATE_SIGNER],
  ['cookieDomain', CREATE_SIGNER],
  ['reuse', CREATE_SIGNER],
  ['key', CREATE_SIGNER],
  ['secure', 'is always set on cookies'],
  ['httpOnly', 'is always set on cookies'],
]);

/** @returns what to say about an option that a call does not have; empty where nothing is known of it */
export function foreignOption(name: string, names: readonly string[]): string {
  const remedy = REMEDIES.get(name);
  // "belongs to createSigner" would not help createSigner's caller.
  return remedy === undefined || (names.includes('reuse') && remedy === CREATE_SIGNER)
    ? ''
    : `, which ${remedy}`;
}
