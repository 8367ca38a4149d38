/** Everything for which a viewer is denied, and what to do about each. */

/** What to do, where need be in the words of one environment. */
type Fix = string | ((environment: string) => string);

/** In the order in which CloudFront judges; each has a row in `docs/runbooks/403.md`. */
export const CAUSES = {
  'other-account': (environment) =>
    `run it again with credentials for that account (set AWS_PROFILE; allowedAccountIds in envs/${environment}.ts names the account)`,
  'not-applied': (environment) =>
    `npm run apply -- ${environment}, if it was never applied; otherwise these credentials belong to another account (aws sts get-caller-identity)`,
  'other-host':
    'request the host of this environment, or run the doctor on the environment that the host belongs to',
  'distribution-disabled': (environment) =>
    `npm run plan -- ${environment} shows the change; npm run apply -- ${environment} enables it again`,
  'waf-blocked':
    'find the request in the sampled requests of the web ACL, and relax the rule that blocked it',
  'geo-blocked': (environment) =>
    `add the country to geoAllowList in envs/${environment}.ts and apply, if the viewer may play there`,
  'method-not-allowed':
    'players need only GET and HEAD; remove the request header that makes the browser send OPTIONS from the player',
  'https-only': 'request it by https://',
  'cookies-not-sent':
    'set the cookies with a Path and Domain that cover the request (signCookies does), and clear the others',
  unsigned:
    'sign in again; if that does not help, the player sends no cookies: set withCredentials (hls.js), and serve the page and CloudFront from one site',
  'query-overrides-cookies':
    'request the URL without these parameters, because any of them makes CloudFront ignore the cookies',
  'incomplete-set':
    'set all three cookies together, with one Path and one Domain, or use the whole signed URL',
  'two-sets': 'clear the older set with its own Path and Domain (clearCookies), then sign in again',
  'stale-kind':
    'clear all five cookie names (clearCookies), then sign in again: a set has a canned or a custom policy, never both',
  'retired-key':
    'sign in again; if it happens again, a backend still signs with the old key: restart it, or call refreshNow()',
  'other-environment-key': (environment) =>
    `configure the backend with the secret and the domain of this environment: npm run env -- ${environment}`,
  'key-not-in-group': (environment) =>
    `npm run keys -- status ${environment} shows the next step; usually npm run apply -- ${environment}`,
  'other-key-group': (environment) =>
    `npm run plan -- ${environment} shows the change: the behaviour trusts a key group that is not the environment’s`,
  'wrong-key-pair-id': (environment) =>
    `configure the backend with the key and the key pair id of one version of the secret: npm run keys -- status ${environment}`,
  'unknown-key': (environment) =>
    `find out where this key pair id comes from; npm run keys -- status ${environment} lists those of the environment`,
  'malformed-policy': 'let @storytime/signer make the policy, and do not encode or cut it afterwards',
  'malformed-signature': 'send the signature as it was made; do not encode or cut it',
  'wrong-hash':
    'send the name of the hash that the signature was made with (CloudFront-Hash-Algorithm or Hash-Algorithm; without it CloudFront uses SHA1)',
  'wrong-host': 'sign for the host that viewers request',
  'wrong-scheme': 'sign for https://, and request by https://',
  'url-changed': 'request the URL exactly as it was signed; for more than one URL sign a custom policy',
  'wrong-path': 'sign for the requested path; the cookies of a title are valid for its directory only',
  tampered:
    'sign in again; if it happens again, something between backend and player changes the policy or the signature',
  expired:
    'sign in again; if new signatures have expired already, the clock or the expiresIn of the backend is wrong',
  'not-yet-valid': 'wait; if it should be valid now, the clock of the backend is ahead (run date -u there)',
  'wrong-ip':
    'sign in again from the network in which the video plays; do not sign for IP addresses if viewers change networks',
  deploying: 'wait until CloudFront reports the distribution as Deployed, then run this again',
  'origin-unsigned': (environment) =>
    `npm run plan -- ${environment} shows the change: the origin has no access control, so the bucket denies CloudFront`,
  'bucket-policy': (environment) =>
    `npm run apply -- ${environment} restores the policy; CloudTrail shows who changed it`,
  'title-withdrawn': (environment) =>
    `nothing, if it is meant to stay off the air; npm run restore -- ${environment} <id> puts it back`,
  'object-missing':
    'transcode the title again, or correct the URL; S3 answers 403 for an object that does not exist',
  archived: 'restore the object and copy it to STANDARD; CloudFront cannot serve an archived object',
  'key-policy': (environment) =>
    `npm run apply -- ${environment} restores the policy of the environment’s own KMS key; for your own key (encryptionKeyArn) npm run key-policy -- ${environment} prints the statements that it needs; CloudTrail shows who changed it`,
  'cors-refused': (environment) =>
    `add the page’s origin to playbackOrigins in envs/${environment}.ts and apply`,
} as const satisfies Readonly<Record<string, Fix>>;

export type CauseId = keyof typeof CAUSES;

export interface Cause {
  readonly id: CauseId;
  /** What was found: a sentence without its full stop, and without any signature, policy or cookie. */
  readonly found: string;
  readonly fix: string;
  /** `likely`: by elimination, since nothing else explains the denial. */
  readonly certainty: 'certain' | 'likely';
  /** Where it shows: at the request, at the signature, at the bucket, or in a browser only. */
  readonly at: 'request' | 'signature' | 'origin' | 'browser';
}

export function causeMaker(environment: string, at: Cause['at']) {
  return (id: CauseId, found: string, certainty: Cause['certainty'] = 'certain'): Cause => ({
    id,
    found,
    fix: fixOf(id, environment),
    certainty,
    at,
  });
}

function fixOf(id: CauseId, environment: string): string {
  const fix: Fix = CAUSES[id];
  return typeof fix === 'string' ? fix : fix(environment);
}
