/** What keeps CloudFront from the object, and what keeps a page from the answer. Pure. */
import { isOriginAllowed } from '../../aws/cloudfront/cors.ts';
import type { DistributionSummary } from '../../aws/cloudfront/distribution.ts';
import { type PolicyFinding, readAccess } from '../../aws/iam/cloudfront-read.ts';
import { mustBeRestored } from '../../aws/values/storage-classes.ts';
import { type Cause, causeMaker } from './causes.ts';
import type { Observation } from './observation.ts';
import type { Target } from './subject.ts';

export interface OriginFindings {
  readonly bucketPolicy: PolicyFinding | null;
  readonly keyPolicy: PolicyFinding | null;
}

/** Null for what could not be seen. */
export function originFindings(
  observation: Observation,
  distribution: DistributionSummary,
  { bucket, objectKey }: Target,
): OriginFindings {
  const { bucketPolicy, keyPolicy, object } = observation;
  const distributionArn = distribution.arn;
  const keyArn = object.seen && object.value !== 'missing' ? object.value.kmsKeyArn : null;
  return {
    bucketPolicy: bucketPolicy.seen
      ? readAccess(bucketPolicy.value, {
          action: 's3:GetObject',
          resource: `arn:aws:s3:::${bucket}/${objectKey}`,
          distributionArn,
        })
      : null,
    keyPolicy:
      keyPolicy.seen && keyArn !== null
        ? readAccess(keyPolicy.value, { action: 'kms:Decrypt', resource: keyArn, distributionArn })
        : null,
  };
}

export function causesAtOrigin(
  observation: Observation,
  distribution: DistributionSummary,
  target: Target,
): Cause[] {
  const { bucket, objectKey } = target;
  const { environment, pathPrefix, originAccess, object } = observation;
  const cause = causeMaker(environment, 'origin');
  const findings = originFindings(observation, distribution, target);
  const causes: Cause[] = [];
  if (originAccess.seen && !originAccess.value) {
    causes.push(cause('origin-unsigned', `CloudFront does not sign its requests to ${bucket}`));
  }
  const notInBucket = whyNotIn(findings.bucketPolicy, distribution);
  if (notInBucket !== null) causes.push(cause('bucket-policy', `the policy of ${bucket} ${notInBucket}`));
  if (object.seen && object.value === 'missing') {
    const elsewhere = objectKey.startsWith(`${pathPrefix}/`) ? '' : `, whose titles are below ${pathPrefix}/`;
    const found = `there is no ${objectKey} in ${bucket}${elsewhere}`;
    const withdrawal = withdrawalText(observation);
    causes.push(
      withdrawal === null
        ? cause('object-missing', `${found}${otherPlaylistText(observation, objectKey)}`)
        : cause('title-withdrawn', `${found}: ${withdrawal}`),
    );
  }
  if (object.seen && object.value !== 'missing') {
    const { storageClass } = object.value;
    if (mustBeRestored(storageClass)) {
      causes.push(cause('archived', `${objectKey} is in ${storageClass}`));
    }
    const notDecrypted = whyNotIn(findings.keyPolicy, distribution);
    if (notDecrypted !== null) {
      causes.push(cause('key-policy', `the policy of the KMS key of ${objectKey} ${notDecrypted}`));
    }
  }
  return causes;
}

/** Null for a title that is live, and for one that is not in the catalogue. */
function withdrawalText({ title }: Observation): string | null {
  if (!title.seen || title.value === null || title.value.state === 'live') return null;
  const { id, state, withdrawal } = title.value;
  const since = withdrawal === undefined ? '' : ` since ${withdrawal.at}`;
  return state === 'withdrawn'
    ? `the title ${JSON.stringify(id)} is withdrawn${since}`
    : `the title ${JSON.stringify(id)} was withdrawn, and is being restored`;
}

/** An earlier version is deleted when its time has come: a site that keeps addresses has an old one. */
function otherPlaylistText({ title }: Observation, objectKey: string): string {
  const playlist = title.seen ? title.value?.playlistPath : undefined;
  return playlist === undefined || playlist === objectKey
    ? ''
    : `; the catalogue says that the title plays at /${playlist}`;
}

/** A page gets an answer only if the behaviour's policy names its origin; CloudFront's own denials never carry CORS headers. */
export function causeInBrowser({ environment, viewer, cors }: Observation): Cause | null {
  const { origin, cookies } = viewer;
  if (origin === null || !cors.seen) return null;
  const cause = causeMaker(environment, 'browser');
  if (cors.value === null || !isOriginAllowed(origin, cors.value)) {
    const allowed = cors.value?.allowOrigins.join(', ') || 'none';
    return cause(
      'cors-refused',
      `the page’s origin is ${origin}; only pages of these origins may read the answer: ${allowed}`,
    );
  }
  if (cookies !== null && !cors.value.allowCredentials) {
    return cause(
      'cors-refused',
      'the page sends cookies, and the response headers policy allows no credentials',
    );
  }
  return null;
}

function whyNotIn(finding: PolicyFinding | null, { id, arn }: DistributionSummary): string | null {
  switch (finding?.verdict) {
    case 'denied':
      return `denies CloudFront in statement "${finding.sid}"`;
    case 'nobody':
      return 'does not allow CloudFront';
    case 'elsewhere':
      return `allows CloudFront for ${finding.sourceArns.map((one) => shortArn(one, arn)).join(', ')}, not for ${id}`;
    default:
      return null;
  }
}

/** The id alone, for a distribution of the same account. */
function shortArn(one: string, arn: string): string {
  const account = arn.slice(0, arn.lastIndexOf('/') + 1);
  return one.startsWith(account) ? one.slice(account.length) : one;
}
