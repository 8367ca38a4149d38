/** What keeps a request out before its signature is looked at, in CloudFront's order. Pure. */
import type { GeoRestriction } from '../../aws/cloudfront/distribution.ts';
import { type Cause, causeMaker } from './causes.ts';
import type { Observation } from './observation.ts';
import { hostsOf, isServed, type Subject } from './subject.ts';

/**
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/http-403-permission-denied.html
 */
export function causesAtRequest(observation: Observation, subject: Subject): Cause[] {
  const { environment, viewer, otherDistributions } = observation;
  const { distribution, isOurs, behaviour, url } = subject;
  const cause = causeMaker(environment, 'request');
  if (!observation.distribution.seen) return [];
  if (distribution === null) {
    const { wanted, got } = observation.accounts;
    return [
      got !== null && got !== wanted
        ? cause(
            'other-account',
            `these credentials are of account ${got}, and "${environment}" lives in ${wanted}`,
          )
        : cause(
            'not-applied',
            `this account has no distribution of "${environment}", which lives in ${wanted}`,
          ),
    ];
  }
  if (!isOurs) {
    const owner = otherDistributions.find((other) => isServed(url.host, other));
    if (owner !== undefined) {
      const found = `${url.host} is of ${owner.id} (${owner.comment}), "${environment}" is ${distribution.id}`;
      return [cause('other-host', found)];
    }
    const other = observation.otherEnvironments.get(url.host);
    const ours = hostsOf(distribution).join(', ');
    const found =
      other === undefined
        ? `${url.host} is neither an alias of ${distribution.id} nor its own name (${ours})`
        : `${url.host} is that of "${other}", and "${environment}" is ${ours}`;
    return [cause('other-host', found)];
  }
  const causes: Cause[] = [];
  if (!distribution.enabled) causes.push(cause('distribution-disabled', `${distribution.id} is disabled`));
  if (viewer.country !== null && isGeoBlocked(distribution.geoRestriction, viewer.country)) {
    const { type, countries } = distribution.geoRestriction;
    const rule = type === 'whitelist' ? 'only' : 'all but';
    causes.push(
      cause('geo-blocked', `the viewer is in ${viewer.country}; allowed are ${rule} ${countries.join(', ')}`),
    );
  }
  if (behaviour === null) return causes;
  if (url.protocol === 'http' && behaviour.viewerProtocolPolicy === 'https-only') {
    causes.push(cause('https-only', `${behaviour.pathPattern} answers https alone`));
  }
  if (!behaviour.allowedMethods.includes(viewer.method)) {
    causes.push(
      cause(
        'method-not-allowed',
        `the request is ${viewer.method}; ${behaviour.pathPattern} takes ${behaviour.allowedMethods.join(', ')}`,
      ),
    );
  }
  return causes;
}

export function isGeoBlocked({ type, countries }: GeoRestriction, country: string): boolean {
  if (type === 'none') return false;
  return countries.includes(country.toUpperCase()) !== (type === 'whitelist');
}
