/** From what is to why: every cause that was found, the surest and earliest first. Pure. */
import type { Verdict } from '@storytime/signer/verify';
import { causeInBrowser, causesAtOrigin, originFindings } from './at-origin.ts';
import { behaviourFor, causesAtRequest, isServed } from './at-request.ts';
import { causeAtSignature } from './at-signature.ts';
import { type Cause, causeMaker } from './causes.ts';
import { type Claim, isSignedBy, judge, keyPairIdOf, signedVia } from './claim.ts';
import type { Behaviour, Distribution, Observation } from './observation.ts';
import { judgedUrl, type ViewerUrl } from './viewer-url.ts';
import { trustedKeysOf } from './whose-key.ts';

export interface Diagnosis {
  /** `undecided`: nothing found, and nothing that says that it is allowed. */
  readonly verdict: 'allowed' | 'denied' | 'undecided';
  /** Empty unless denied, but for what an allowed answer only owes to the cache. */
  readonly causes: readonly Cause[];
  readonly subject: Subject;
}

/** The request as CloudFront sees it, and the parts of the environment that it meets. */
export interface Subject {
  readonly url: ViewerUrl;
  readonly distribution: Distribution | null;
  readonly behaviour: Behaviour | null;
  readonly claim: Claim;
  /** Null where the behaviour asks for no signature. */
  readonly signature: Verdict | null;
  /** Null for an origin that is no bucket, and for a path that S3 cannot look up. */
  readonly target: { readonly bucket: string; readonly objectKey: string } | null;
}

/** What must be seen before it is known what to ask about the bucket, and whom to ask. */
type Beginning = Omit<
  Observation,
  'cors' | 'originAccess' | 'bucketPolicy' | 'object' | 'keyPolicy' | 'answer'
>;

export interface DiagnoseOptions {
  /** `storytime-dev` */
  readonly prefix: string;
  /** Port of a laptop's listener that stands for port 80. */
  readonly edgeHttpPort: number | null;
}

export function diagnose(observation: Observation, options: DiagnoseOptions): Diagnosis {
  const subject = subjectOf(observation, options);
  const { distribution, claim, signature } = subject;
  const atRequest = causesAtRequest(observation, subject.url);
  // What follows is about another distribution then.
  const isOurs = distribution !== null && isServed(subject.url.host, distribution);
  const isElsewhere = observation.distribution.seen && !isOurs;
  const atSignature =
    isElsewhere || signature === null
      ? null
      : causeAtSignature({ ...subject, observation, claim, prefix: options.prefix }, signature);
  const atOrigin =
    isOurs && subject.target !== null ? causesAtOrigin(observation, distribution, subject.target) : [];
  const inBrowser = isElsewhere ? null : causeInBrowser(observation);
  const found = [atSignature, ...atOrigin, inBrowser].filter((cause) => cause !== null);
  return decide(observation, { subject, causes: [...atRequest, ...found] });
}

export function subjectOf(
  observation: Beginning,
  { edgeHttpPort }: Pick<DiagnoseOptions, 'edgeHttpPort'>,
): Subject {
  const { viewer, now } = observation;
  const distribution = observation.distribution.seen ? observation.distribution.value : null;
  const asked = distribution === null ? viewer.url : judgedUrl(viewer.url, distribution, edgeHttpPort);
  const behaviour = distribution === null ? null : behaviourFor(distribution, asked);
  // A redirect to https comes before the signature: what is judged is the request after it.
  const isRedirected = asked.protocol === 'http' && behaviour?.viewerProtocolPolicy === 'redirect-to-https';
  const url = isRedirected ? { ...asked, protocol: 'https' as const } : asked;
  const bare: Claim = { url, cookies: viewer.cookies, ip: viewer.ip, now, trustedKeys: new Map() };
  const claim = { ...bare, trustedKeys: trustedOrCommitted(observation, behaviour, bare) };
  return {
    url,
    distribution,
    behaviour,
    claim,
    signature: behaviour !== null && behaviour.keyGroupIds === null ? null : judge(claim),
    target: targetOf(distribution, behaviour, url),
  };
}

/** Where the account's keys could not be seen, the committed one that made the signature stands for the id that came with it. */
function trustedOrCommitted(
  observation: Beginning,
  behaviour: Behaviour | null,
  claim: Claim,
): ReadonlyMap<string, string> {
  const { publicKeys, keyGroups, knownKeys, environment } = observation;
  if (publicKeys.seen && keyGroups.seen && behaviour !== null) return trustedKeysOf(observation, behaviour);
  const id = keyPairIdOf(claim);
  const ours = knownKeys.filter((key) => key.environment === environment && key.removedAt === null);
  const signer = ours.find(({ pem }) => isSignedBy(claim, pem)) ?? ours[0];
  return new Map(id === null || signer === undefined ? [] : [[id, signer.pem]]);
}

/** What CloudFront would ask of S3. */
function targetOf(
  distribution: Distribution | null,
  behaviour: Behaviour | null,
  { path }: ViewerUrl,
): Subject['target'] {
  const origin = distribution?.origins.find(({ id }) => id === behaviour?.originId);
  if (!origin?.bucket || distribution === null) return null;
  const asked = path === '/' ? `/${distribution.defaultRootObject}` : path;
  try {
    const objectKey = decodeURIComponent(`${origin.path}${asked}`).replace(/^\//, '');
    return objectKey === '' ? null : { bucket: origin.bucket, objectKey };
  } catch {
    return null;
  }
}

function decide(
  observation: Observation,
  { subject, causes }: { subject: Subject; causes: readonly Cause[] },
): Diagnosis {
  const { answer } = observation;
  const isAnswered = answer.kind === 'answered' && (answer.status < 300 || answer.status === 304);
  if (isAnswered) {
    // The one request was let in: what concerns every viewer alike can only be behind the cache, and what was a guess was wrong.
    const own = causes.filter((cause) => cause.certainty === 'certain' && isOfThisViewer(cause, observation));
    if (own.length > 0) return { verdict: 'denied', causes: own, subject };
    const behindCache = causes.filter(({ at }) => at === 'origin');
    const contradicted = causes.some(({ at, certainty }) => at !== 'origin' && certainty === 'certain');
    return {
      verdict: contradicted ? 'undecided' : 'allowed',
      causes: contradicted ? causes : behindCache,
      subject,
    };
  }
  if (causes.length > 0) {
    const sorted = [...causes].sort((one, other) => rank(one) - rank(other));
    return { verdict: 'denied', causes: sorted, subject };
  }
  const guess = likelyCause(observation, subject);
  return guess === null
    ? { verdict: 'undecided', causes: [], subject }
    : { verdict: 'denied', causes: [guess], subject };
}

/** What HEAD from this machine does not show: another place, method or page, and what S3 only refuses to a GET. */
function isOfThisViewer({ id, at }: Cause, { viewer, answer }: Observation): boolean {
  if (at === 'browser') return true;
  if (id === 'wrong-ip') return viewer.ip !== null;
  if (id === 'archived' || id === 'key-policy') return answer.kind === 'answered' && !answer.fromCache;
  return ['geo-blocked', 'method-not-allowed', 'https-only', 'cookies-not-sent'].includes(id);
}

/** Only a denial that nothing else explains is worth a guess. */
function likelyCause(
  observation: Observation,
  { distribution, behaviour, claim, target }: Subject,
): Cause | null {
  const { answer, environment } = observation;
  if (answer.kind !== 'answered' || answer.status !== 403 || distribution === null) return null;
  const cause = causeMaker(environment, answer.by === 'S3' ? 'origin' : 'request');
  if (answer.by === 'page of CloudFront') {
    if (distribution.webAcl !== null) {
      return cause('waf-blocked', 'a page of CloudFront’s refused it, and a web ACL is in front', 'likely');
    }
    const { type, countries } = distribution.geo;
    if (type !== 'none') {
      const rule = type === 'whitelist' ? 'only' : 'all but';
      return cause(
        'geo-blocked',
        `from here it is refused; allowed are ${rule} ${countries.join(', ')}`,
        'likely',
      );
    }
  }
  if (answer.by === 'S3' && target !== null) {
    const { bucketPolicy, keyPolicy } = originFindings(
      observation,
      distribution,
      target.bucket,
      target.objectKey,
    );
    if (bucketPolicy?.verdict === 'unread') {
      return cause('bucket-policy', `in the policy of ${target.bucket}, ${bucketPolicy.why}`, 'likely');
    }
    if (keyPolicy?.verdict === 'unread') {
      return cause(
        'key-policy',
        `in the policy of the KMS key of ${target.objectKey}, ${keyPolicy.why}`,
        'likely',
      );
    }
  }
  if (answer.by !== 'S3' && !distribution.isDeployed && signedVia(claim) !== null && behaviour !== null) {
    return cause(
      'deploying',
      `the signature is right by what is configured, and ${distribution.id} is being deployed`,
      'likely',
    );
  }
  return null;
}

const ORDER: readonly Cause['at'][] = ['request', 'signature', 'origin', 'browser'];

function rank({ certainty, at }: Cause): number {
  return (certainty === 'certain' ? 0 : ORDER.length) + ORDER.indexOf(at);
}
