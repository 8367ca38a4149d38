/**
 * May this viewer have this object? In CloudFront's order: geo restriction, behaviour, its protocol policy, its methods,
 * signature. Pure: clock, address and country come with the request.
 */
import { type Allowed, type Denied, explain } from '@storytime/signer/verify';
import type { Behaviour, Distribution, GeoRestriction } from './distribution.ts';
import { matchPathPattern, normalisePath } from './path-pattern.ts';

/** A request as CloudFront sees it. */
export interface ViewerRequest {
  readonly method: string;
  readonly protocol: 'https' | 'http';
  /** The host asked for, lower case, without port. */
  readonly host: string;
  /** Undecoded, starts with `/`. */
  readonly path: string;
  /** Undecoded, without `?`; empty when there is none. */
  readonly query: string;
  /** Lower case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly ip: string;
  /**
   * ISO 3166-1 alpha-2.
   * @default - not known; CloudFront serves viewers that it cannot place
   */
  readonly country?: string;
}

export type Judgement =
  | { readonly outcome: 'unknown-host' }
  | { readonly outcome: 'disabled' }
  | { readonly outcome: 'geo-blocked' }
  | { readonly outcome: 'redirect-to-https'; readonly behaviour: Behaviour }
  | { readonly outcome: 'https-only'; readonly behaviour: Behaviour }
  | { readonly outcome: 'method-not-allowed'; readonly behaviour: Behaviour }
  | { readonly outcome: 'denied'; readonly behaviour: Behaviour; readonly denied: Denied }
  /** `signature` is null where the behaviour has no key group. */
  | { readonly outcome: 'allowed'; readonly behaviour: Behaviour; readonly signature: Allowed | null };

/**
 * CloudFront's judgement before cache and origin are asked.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-trusted-signers.html
 */
export function judge(
  request: ViewerRequest,
  { distribution, now }: { readonly distribution: Distribution; readonly now: Date },
): Judgement {
  if (!hostsOf(distribution).some((host) => matchHost(host, request.host)))
    return { outcome: 'unknown-host' };
  if (!distribution.enabled) return { outcome: 'disabled' };
  if (isGeoBlocked(distribution.geoRestriction, request.country)) return { outcome: 'geo-blocked' };

  const path = normalisePath(request.path);
  const behaviour = distribution.behaviours.find(({ pathPattern }) => matchPathPattern(pathPattern, path));
  if (!behaviour) throw new TypeError('"distribution": wanted a default behaviour with the pattern "*"');
  if (request.protocol === 'http' && behaviour.viewerProtocolPolicy !== 'allow-all') {
    return { outcome: behaviour.viewerProtocolPolicy, behaviour };
  }
  if (!behaviour.allowedMethods.includes(request.method)) return { outcome: 'method-not-allowed', behaviour };

  if (!behaviour.trustedKeys) return { outcome: 'allowed', behaviour, signature: null };
  const verdict = explain({
    url: `${request.protocol}://${request.host}${request.path}${request.query && `?${request.query}`}`,
    ...(request.headers.cookie !== undefined && { cookies: request.headers.cookie }),
    ip: request.ip,
    now,
    trustedKeys: behaviour.trustedKeys,
  });
  return verdict.allowed
    ? { outcome: 'allowed', behaviour, signature: verdict }
    : { outcome: 'denied', behaviour, denied: verdict };
}

function hostsOf(distribution: Distribution): readonly string[] {
  return [distribution.domainName, ...distribution.aliases];
}

/** An alias `*.example.com` stands for one label and more, as CloudFront has it; labels hold nothing that ends a host. */
function matchHost(name: string, host: string): boolean {
  const wanted = name.toLowerCase();
  if (!wanted.startsWith('*.')) return host === wanted;
  const suffix = wanted.slice(1);
  return host.endsWith(suffix) && /^[a-z\d_-]+(?:\.[a-z\d_-]+)*$/.test(host.slice(0, -suffix.length));
}

function isGeoBlocked({ type, countries }: GeoRestriction, country: string | undefined): boolean {
  if (type === 'none' || country === undefined) return false;
  return countries.includes(country.toUpperCase()) !== (type === 'whitelist');
}
