/** What to do about each denial: the first thing that usually helps. */

import type { DenialReason, Denied } from '../verify/verdict.ts';

const SIGN_ANEW = 'clear all five cookies at every Path and Domain that they were set with, then sign again';
const SIGN_URL_ANEW = 'sign the URL again and pass it on unchanged, with each parameter once';
const COPY_WHOLE = 'copy the complete values; a proxy or tool that re-encodes "~", "-" or "_" breaks them';

const REMEDIES: Readonly<Record<DenialReason, string>> = {
  'malformed-url': 'give the URL as the player sent it, in quotes: https://<domain>/<path>?<query>',
  unsigned:
    "did the player send its cookies? Check their Domain and Path against this URL, and hls.js's xhr.withCredentials; " +
    'then pass them with --cookie-file',
  'missing-key-pair-id': SIGN_ANEW,
  'unknown-key':
    'compare the id with the key group (output cloudfront_public_key_ids); a backend that signs with a retired key ' +
    'must reload its secret',
  'unusable-key': 'trust an RSA 2048 or ECDSA P-256 public key',
  'duplicate-name': SIGN_ANEW,
  'mixed-policies': SIGN_ANEW,
  'missing-policy': SIGN_ANEW,
  'malformed-policy': COPY_WHOLE,
  'missing-signature': SIGN_ANEW,
  'malformed-signature': COPY_WHOLE,
  'unsupported-hash-algorithm': 'omit Hash-Algorithm for SHA-1, or sign with SHA256',
  'signature-mismatch':
    'does the private key belong to this key pair id? Is the policy byte for byte the one that was signed?',
  'resource-mismatch':
    'sign the requested path; a directory ends in "/*", and a signed URL gives access to one file',
  expired:
    "sign again, and make the backend renew signatures before they expire; check the signing host's clock",
  'not-yet-valid': "wait, or sign with an earlier start; check the signing host's clock",
  'ip-mismatch':
    'sign for the address that CloudFront sees; sign without an address for viewers that use IPv6 or change networks',
};

export function findRemedy({ reason, via }: Denied): string {
  const remedy = REMEDIES[reason];
  return remedy === SIGN_ANEW && via === 'url' ? SIGN_URL_ANEW : remedy;
}
