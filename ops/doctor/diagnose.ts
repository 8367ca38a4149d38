/** From what is to why: every cause that was found, the surest and earliest first. Pure. */
import { causeInBrowser, causesAtOrigin, originFindings } from './at-origin.ts';
import { causesAtRequest } from './at-request.ts';
import { causeAtSignature } from './at-signature.ts';
import { type Cause, causeMaker } from './causes.ts';
import { signedVia } from './claim.ts';
import type { Observation } from './observation.ts';
import type { Subject } from './subject.ts';

export interface Diagnosis {
  /** `inconclusive`: nothing found, nothing that says that it is allowed, or nothing that could be checked. */
  readonly verdict: 'allowed' | 'denied' | 'inconclusive';
  /** Empty unless denied, but for what an allowed answer only owes to the cache, and what speaks against an unclear one. */
  readonly causes: readonly Cause[];
  /** Why neither the distribution nor an answer could be checked; null when one of them could. */
  readonly unchecked: string | null;
  readonly subject: Subject;
}

export interface DiagnoseOptions {
  /** `storytime-dev` */
  readonly prefix: string;
}

/** @param subject - by `subjectOf`, of the same observation */
export function diagnose(observation: Observation, subject: Subject, { prefix }: DiagnoseOptions): Diagnosis {
  const { distribution, isOurs, signature, target } = subject;
  const atRequest = causesAtRequest(observation, subject);
  // What follows is about another distribution then.
  const isElsewhere = observation.distribution.seen && !isOurs;
  const atSignature =
    isElsewhere || signature === null
      ? null
      : causeAtSignature({ ...subject, observation, prefix }, signature);
  const atOrigin =
    isOurs && distribution !== null && target !== null
      ? causesAtOrigin(observation, distribution, target)
      : [];
  const inBrowser = isElsewhere ? null : causeInBrowser(observation);
  const found = [atSignature, ...atOrigin, inBrowser].filter((cause) => cause !== null);
  return decide(observation, { subject, causes: [...atRequest, ...found] });
}

function decide(
  observation: Observation,
  { subject, causes }: { subject: Subject; causes: readonly Cause[] },
): Diagnosis {
  const { answer, distribution } = observation;
  if (!distribution.seen && answer.kind !== 'answered') {
    // What the request itself shows may be wrong for the distribution that would answer it.
    return { verdict: 'inconclusive', causes, unchecked: `${distribution.why}; ${answer.why}`, subject };
  }
  const isAnswered = answer.kind === 'answered' && (answer.status < 300 || answer.status === 304);
  if (isAnswered) {
    // CloudFront allowed the one request: what concerns every viewer alike can only be behind the cache, and what was a guess was wrong.
    const own = causes.filter((cause) => cause.certainty === 'certain' && isOfThisViewer(cause, observation));
    if (own.length > 0) return { verdict: 'denied', causes: own, unchecked: null, subject };
    const behindCache = causes.filter(({ at }) => at === 'origin');
    const contradicted = causes.some(({ at, certainty }) => at !== 'origin' && certainty === 'certain');
    return {
      verdict: contradicted ? 'inconclusive' : 'allowed',
      causes: contradicted ? causes : behindCache,
      unchecked: null,
      subject,
    };
  }
  if (causes.length > 0) {
    const sorted = [...causes].sort((one, other) => rank(one) - rank(other));
    return { verdict: 'denied', causes: sorted, unchecked: null, subject };
  }
  const guess = likelyCause(observation, subject);
  return guess === null
    ? { verdict: 'inconclusive', causes: [], unchecked: null, subject }
    : { verdict: 'denied', causes: [guess], unchecked: null, subject };
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
  const cause = causeMaker(environment, answer.by === 's3' ? 'origin' : 'request');
  if (answer.by === 'cloudfront-page') {
    if (distribution.webAcl !== null) {
      return cause('waf-blocked', 'a page of CloudFront’s refused it, and a web ACL is in front', 'likely');
    }
    const { type, countries } = distribution.geoRestriction;
    if (type !== 'none') {
      const rule = type === 'whitelist' ? 'only' : 'all but';
      return cause(
        'geo-blocked',
        `from here it is refused; allowed are ${rule} ${countries.join(', ')}`,
        'likely',
      );
    }
  }
  if (answer.by === 's3' && target !== null) {
    const { bucketPolicy, keyPolicy } = originFindings(observation, distribution, target);
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
  const isPublic = behaviour?.keyGroupIds === null;
  const isInOrder = isPublic || signedVia(claim) !== null;
  if (answer.by !== 's3' && !distribution.isDeployed && isInOrder && behaviour !== null) {
    const configured = isPublic ? 'no signature is needed' : 'the signature is right';
    return cause(
      'deploying',
      `${configured} by what is configured, and ${distribution.id} is being deployed`,
      'likely',
    );
  }
  return null;
}

const ORDER: readonly Cause['at'][] = ['request', 'signature', 'origin', 'browser'];

function rank({ certainty, at }: Cause): number {
  return (certainty === 'certain' ? 0 : ORDER.length) + ORDER.indexOf(at);
}
