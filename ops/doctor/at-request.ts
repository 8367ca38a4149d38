/** Why a request is denied before its signature is checked, in CloudFront's order. Pure. */
import type { BehaviourSummary, DistributionSummary } from '../../aws/cloudfront/distribution.ts';
import { beforeSignature, hostsOf, isServed, type Obstacle } from '../../aws/cloudfront/judge.ts';
import { type Cause, causeMaker } from './causes.ts';
import type { Observation } from './observation.ts';
import type { Subject } from './subject.ts';

/**
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/http-403-permission-denied.html
 */
export function causesAtRequest(observation: Observation, { distribution, url }: Subject): Cause[] {
  const { environment, viewer } = observation;
  const cause = causeMaker(environment, 'request');
  if (!observation.distribution.seen) return [];
  if (distribution === null) {
    const { wanted, got } = observation.accounts;
    return [
      got !== null && got !== wanted
        ? cause(
            'other-account',
            `these credentials belong to account ${got}, but "${environment}" is in account ${wanted}`,
          )
        : cause('not-applied', `this account (${wanted}) has no distribution of "${environment}"`),
    ];
  }
  const country = viewer.country === null ? {} : { country: viewer.country };
  const { obstacles } = beforeSignature({ ...url, method: viewer.method, ...country }, distribution);
  const causeOf = (obstacle: Obstacle<BehaviourSummary>): Cause | null => {
    switch (obstacle.outcome) {
      case 'unknown-host':
        return cause('other-host', whoseHost(observation, url.host, distribution));
      case 'disabled':
        return cause('distribution-disabled', `${distribution.id} is disabled`);
      case 'geo-blocked': {
        const { type, countries } = distribution.geoRestriction;
        const rule = type === 'whitelist' ? 'only' : 'all but';
        const found = `the viewer is in ${viewer.country}; the distribution allows ${rule} ${countries.join(', ')}`;
        return cause('geo-blocked', found);
      }
      case 'https-only':
        return cause('https-only', `${obstacle.behaviour.pathPattern} accepts https only`);
      case 'redirect-to-https':
        // The subject is the request after the redirect.
        return null;
      case 'method-not-allowed': {
        const { pathPattern, allowedMethods } = obstacle.behaviour;
        const found = `the request method is ${viewer.method}; ${pathPattern} allows ${allowedMethods.join(', ')}`;
        return cause('method-not-allowed', found);
      }
    }
  };
  return obstacles.flatMap((obstacle) => causeOf(obstacle) ?? []);
}

function whoseHost(
  { environment, otherDistributions, otherEnvironments, keyHost }: Observation,
  host: string,
  distribution: DistributionSummary,
): string {
  if (host === keyHost) {
    return `${host} is where your backend answers with content keys (playback.keyUrl): CloudFront never gets such a request`;
  }
  const owner = otherDistributions.find((other) => isServed(host, other));
  if (owner !== undefined) {
    return `${host} belongs to ${owner.id} (${owner.comment}), but "${environment}" is ${distribution.id}`;
  }
  const other = otherEnvironments.get(host);
  const ours = hostsOf(distribution).join(', ');
  return other === undefined
    ? `${host} is neither an alias of ${distribution.id} nor its own name (${ours})`
    : `${host} belongs to "${other}"; "${environment}" is ${ours}`;
}
