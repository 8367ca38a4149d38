/** What a diagnosis is about: the request as CloudFront sees it, and the parts of the environment that it meets. Pure. */
import type { Verdict } from '@storytime/signer/verify';
import type {
  BehaviourSummary,
  DistributionSummary,
  OriginSummary,
} from '../../aws/cloudfront/distribution.ts';
import { behaviourFor, isServed } from '../../aws/cloudfront/judge.ts';
import { type Claim, isSignedBy, judge, keyPairIdOf } from './claim.ts';
import type { EnvironmentObservation } from './observation.ts';
import { judgedUrl, type ViewerUrl } from './viewer-url.ts';
import { trustedKeysOf } from './whose-key.ts';

export interface Subject {
  readonly url: ViewerUrl;
  /** This environment's; null where it could not be seen and where there is none. */
  readonly distribution: DistributionSummary | null;
  /** Whether that distribution answers under the request's host. */
  readonly isOurs: boolean;
  readonly behaviour: BehaviourSummary | null;
  readonly origin: OriginSummary | null;
  readonly claim: Claim;
  /** Null where the behaviour asks for no signature. */
  readonly signature: Verdict | null;
  /** Null for an origin that is no bucket, and for a path that S3 cannot look up. */
  readonly target: Target | null;
}

/** What CloudFront would ask of S3. */
export interface Target {
  readonly bucket: string;
  /** Without leading slash. */
  readonly objectKey: string;
}

export interface SubjectOptions {
  /** Port of the local edge's listener that stands for port 80; null for CloudFront. */
  readonly edgeHttpPort: number | null;
}

/** Found once, between observing the environment and observing what the request would reach. */
export function subjectOf(observation: EnvironmentObservation, { edgeHttpPort }: SubjectOptions): Subject {
  const { viewer, now } = observation;
  const distribution = observation.distribution.seen ? observation.distribution.value : null;
  const asked = distribution === null ? viewer.url : judgedUrl(viewer.url, distribution, edgeHttpPort);
  const behaviour = distribution === null ? null : behaviourFor(distribution.behaviours, asked.path);
  const origin = distribution?.origins.find(({ id }) => id === behaviour?.originId) ?? null;
  // A redirect to https comes before the signature: what is judged is the request after it.
  const isRedirected = asked.protocol === 'http' && behaviour?.viewerProtocolPolicy === 'redirect-to-https';
  const url = isRedirected ? { ...asked, protocol: 'https' as const } : asked;
  const bare: Claim = { url, cookies: viewer.cookies, ip: viewer.ip, now, trustedKeys: new Map() };
  const claim = { ...bare, trustedKeys: trustedOrCommitted(observation, behaviour, bare) };
  return {
    url,
    distribution,
    isOurs: distribution !== null && isServed(url.host, distribution),
    behaviour,
    origin,
    claim,
    signature: behaviour !== null && behaviour.keyGroupIds === null ? null : judge(claim),
    target: targetOf(origin, url),
  };
}

/** Where the account's keys could not be seen, the committed one that made the signature stands for the id that came with it. */
function trustedOrCommitted(
  observation: EnvironmentObservation,
  behaviour: BehaviourSummary | null,
  claim: Claim,
): ReadonlyMap<string, string> {
  const { publicKeys, keyGroups, knownKeys, environment } = observation;
  if (publicKeys.seen && keyGroups.seen && behaviour !== null) return trustedKeysOf(observation, behaviour);
  const id = keyPairIdOf(claim);
  const ours = knownKeys.filter((key) => key.environment === environment && key.removedAt === null);
  const signer = ours.find(({ pem }) => isSignedBy(claim, pem)) ?? ours[0];
  return new Map(id === null || signer === undefined ? [] : [[id, signer.pem]]);
}

/** The list of distributions tells no default root object, and this stack has none. */
function targetOf(origin: OriginSummary | null, { path }: ViewerUrl): Target | null {
  if (!origin?.bucket) return null;
  try {
    const objectKey = decodeURIComponent(`${origin.path}${path}`).replace(/^\//, '');
    return objectKey === '' ? null : { bucket: origin.bucket, objectKey };
  } catch {
    return null;
  }
}
