/** What keeps a request out before its signature is looked at, in CloudFront's order. Pure. */
import { matchPathPattern, normalisePath } from '../../aws/cloudfront/path-pattern.ts';
import { type Cause, causeMaker } from './causes.ts';
import type { Behaviour, Distribution, Observation } from './observation.ts';
import type { ViewerUrl } from './viewer-url.ts';

/**
 * @param url - as CloudFront judges it
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/http-403-permission-denied.html
 */
export function causesAtRequest(observation: Observation, url: ViewerUrl): Cause[] {
  const { environment, viewer, distribution: seen, otherDistributions } = observation;
  const cause = causeMaker(environment, 'request');
  if (!seen.seen) return [];
  const distribution = seen.value;
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
  if (!isServed(url.host, distribution)) {
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
  if (viewer.country !== null && isGeoBlocked(distribution.geo, viewer.country)) {
    const { type, countries } = distribution.geo;
    const rule = type === 'whitelist' ? 'only' : 'all but';
    causes.push(
      cause('geo-blocked', `the viewer is in ${viewer.country}; allowed are ${rule} ${countries.join(', ')}`),
    );
  }
  const behaviour = behaviourFor(distribution, url);
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

/** The behaviour that a path falls under; null only where a distribution has no default one. */
export function behaviourFor(
  { behaviours }: Pick<Distribution, 'behaviours'>,
  { path }: Pick<ViewerUrl, 'path'>,
): Behaviour | null {
  const normal = normalisePath(path);
  return behaviours.find(({ pathPattern }) => matchPathPattern(pathPattern, normal)) ?? null;
}

/** Whether a distribution answers under this name; an alias may be `*.example.com`. */
export function isServed(host: string, distribution: Pick<Distribution, 'domainName' | 'aliases'>): boolean {
  return hostsOf(distribution).some((name) =>
    name.startsWith('*.') ? host.endsWith(name.slice(1)) && host.length > name.length - 1 : host === name,
  );
}

export function isGeoBlocked({ type, countries }: Distribution['geo'], country: string): boolean {
  if (type === 'none') return false;
  return countries.includes(country.toUpperCase()) !== (type === 'whitelist');
}

function hostsOf({ domainName, aliases }: Pick<Distribution, 'domainName' | 'aliases'>): string[] {
  return [domainName, ...aliases].map((name) => name.toLowerCase());
}
