/** Everything that keeps a viewer out, and what a person does about each. */

/** In the order in which CloudFront judges; each has a row in `docs/runbooks/403.md`. */
export const CAUSES = {
  'other-account':
    'run it again with credentials of that account: allowedAccountIds in envs/<environment>.ts, AWS_PROFILE here',
  'not-applied':
    'npm run apply -- <environment>, if it was never applied; else these credentials are of another account: aws sts get-caller-identity',
  'other-host':
    'ask the host that this environment serves, or run the doctor on the environment that the host is of',
  'distribution-disabled': 'npm run plan -- <environment> shows who switched it off; an apply switches it on',
  'waf-blocked': 'look for the request in the web ACL’s sampled requests; loosen the rule that took it',
  'geo-blocked':
    'add the country to geoAllowList in envs/<environment>.ts and apply, if the viewer may play there',
  'method-not-allowed':
    'players need GET and HEAD alone: take the header that makes the browser send OPTIONS out of the player',
  'https-only': 'ask by https://',
  'cookies-not-sent':
    'set the cookies with a Path and Domain that cover the request (signCookies does), and clear the others',
  unsigned:
    'sign in again; if that does not help, the player sends no cookies: withCredentials (hls.js), or a page on another site',
  'query-overrides-cookies':
    'ask for the address without these parameters: any of them makes CloudFront ignore the cookies',
  'incomplete-set':
    'set all three cookies together, with one Path and one Domain, or take the whole signed URL',
  'two-sets': 'clear the older set with its own Path and Domain (clearCookies), then sign in again',
  'stale-kind':
    'clear all five names (clearCookies), then sign in again: a set is canned or custom, never both',
  'retired-key':
    'sign in again; if it comes back, a backend still signs with the old key: restart it, or refreshNow()',
  'other-environment-key':
    'give the backend this environment’s secret and domain: npm run env -- <environment>',
  'key-not-in-group':
    'npm run keys -- status <environment> says which step is open; usually npm run apply -- <environment>',
  'other-key-group':
    'npm run plan -- <environment>: the behaviour trusts another key group than the environment’s',
  'wrong-key-pair-id':
    'give the backend key and id together, as one version of the secret has them: npm run keys -- status <environment>',
  'unknown-key':
    'look where this key pair id comes from: npm run keys -- status <environment> lists those of the environment',
  'malformed-policy':
    'let @storytime/signer make the policy; an encoded policy must not be encoded again or cut',
  'malformed-signature': 'send the signature as it was made: it must not be encoded again or cut',
  'wrong-hash':
    'name the hash that was signed with: CloudFront-Hash-Algorithm or Hash-Algorithm, SHA1 where there is none',
  'wrong-host': 'sign for the host that viewers ask, and ask that one',
  'wrong-scheme': 'sign for https:// and ask by it',
  'url-changed':
    'ask for the address exactly as it was signed; for more than one address sign a custom policy',
  'wrong-path': 'sign for what is asked: a title’s cookies open its directory alone',
  tampered:
    'sign in again; if it comes back, something between backend and player changes policy or signature',
  expired: 'sign in again; if new ones are old, the backend’s clock or its expiresIn is wrong',
  'not-yet-valid': 'wait; if it should be valid now, the backend’s clock is ahead: date -u there',
  'wrong-ip':
    'sign in again from the network that plays; for viewers that change networks do not sign for addresses',
  deploying: 'wait until the distribution says Deployed, and run this again',
  'origin-unsigned':
    'npm run plan -- <environment>: the origin has no access control, so that the bucket refuses CloudFront',
  'bucket-policy':
    'npm run apply -- <environment> puts the policy back; look in CloudTrail for who changed it',
  'object-missing': 'transcode the title again, or correct the address: S3 says 403 for what is not there',
  archived: 'restore the object and copy it back to STANDARD; nothing that is streamed may be archived',
  'key-policy':
    'npm run apply -- <environment> puts the policy of a KMS key of its own back, and npm run key-policy -- <environment> prints what one of yours must have (encryptionKeyArn); look in CloudTrail for who changed it',
  'cors-refused': 'add the page’s origin to playbackOrigins in envs/<environment>.ts and apply',
} as const satisfies Readonly<Record<string, string>>;

export type CauseId = keyof typeof CAUSES;

export interface Cause {
  readonly id: CauseId;
  /** What is, in a sentence without its full stop. Holds no signature, policy or cookie. */
  readonly found: string;
  readonly fix: string;
  /** `likely`: nothing else is left that could be it. */
  readonly certainty: 'certain' | 'likely';
  /** Where CloudFront comes upon it: with the request, at the signature, at the bucket, or only a browser does. */
  readonly at: 'request' | 'signature' | 'origin' | 'browser';
}

export function causeMaker(environment: string, at: Cause['at']) {
  return (id: CauseId, found: string, certainty: Cause['certainty'] = 'certain'): Cause => ({
    id,
    found,
    fix: CAUSES[id].replaceAll('<environment>', environment),
    certainty,
    at,
  });
}
