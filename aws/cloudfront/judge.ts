/**
 * May this viewer have this object? In CloudFront's order: geo restriction, behaviour, its protocol policy, its methods,
 * signature. Pure: clock, address and country come with the request.
 */
import { type Allowed, type Denied, explain } from '@storytime/signer/verify';
import type {
  Behaviour,
  BehaviourHead,
  Distribution,
  DistributionHead,
  GeoRestriction,
} from './distribution.ts';
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
  | Obstacle<Behaviour>
  | { readonly outcome: 'denied'; readonly behaviour: Behaviour; readonly denied: Denied }
  /** `signature` is null where the behaviour has no key group. */
  | { readonly outcome: 'allowed'; readonly behaviour: Behaviour; readonly signature: Allowed | null };

/** What keeps a request out, or sends it elsewhere, before anybody looks at a signature. */
export type Obstacle<B> =
  | { readonly outcome: 'unknown-host' | 'disabled' | 'geo-blocked' }
  | { readonly outcome: 'redirect-to-https' | 'https-only' | 'method-not-allowed'; readonly behaviour: B };

/**
 * CloudFront's judgement before cache and origin are asked.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-trusted-signers.html
 */
export function judge(
  request: ViewerRequest,
  { distribution, now }: { readonly distribution: Distribution; readonly now: Date },
): Judgement {
  const { behaviour, obstacles } = beforeSignature(request, distribution);
  const [first] = obstacles;
  if (first) return first;
  if (!behaviour) throw new TypeError('"distribution": expected a default behaviour with the pattern "*"');

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

/**
 * The behaviour that a request falls under, and every obstacle in CloudFront's order: it answers with the first one, and
 * a user who asks for the reason wants all of them. Where the distribution does not answer under the host, that is the only one.
 */
export function beforeSignature<B extends BehaviourHead>(
  request: Pick<ViewerRequest, 'method' | 'protocol' | 'host' | 'path' | 'country'>,
  distribution: DistributionHead & { readonly behaviours: readonly B[] },
): { readonly behaviour: B | null; readonly obstacles: readonly Obstacle<B>[] } {
  const behaviour = behaviourFor(distribution.behaviours, request.path);
  if (!isServed(request.host, distribution)) return { behaviour, obstacles: [{ outcome: 'unknown-host' }] };
  const obstacles: Obstacle<B>[] = [];
  if (!distribution.enabled) obstacles.push({ outcome: 'disabled' });
  if (isGeoBlocked(distribution.geoRestriction, request.country)) obstacles.push({ outcome: 'geo-blocked' });
  if (!behaviour) return { behaviour, obstacles };
  const { viewerProtocolPolicy: policy, allowedMethods } = behaviour;
  if (request.protocol === 'http' && policy !== 'allow-all') obstacles.push({ outcome: policy, behaviour });
  if (!allowedMethods.includes(request.method)) obstacles.push({ outcome: 'method-not-allowed', behaviour });
  return { behaviour, obstacles };
}

/** The first behaviour whose pattern covers the path; null only where there is no default one. */
export function behaviourFor<B extends BehaviourHead>(behaviours: readonly B[], path: string): B | null {
  const normal = normalisePath(path);
  return behaviours.find(({ pathPattern }) => matchPathPattern(pathPattern, normal)) ?? null;
}

type Names = Pick<DistributionHead, 'domainName' | 'aliases'>;

/** The names that a distribution answers under, lower case. */
export function hostsOf({ domainName, aliases }: Names): string[] {
  return [domainName, ...aliases].map((name) => name.toLowerCase());
}

/** Whether a distribution answers under this name, which is lower case. */
export function isServed(host: string, distribution: Names): boolean {
  return hostsOf(distribution).some((name) => matchHost(name, host));
}

/** An alias `*.example.com` stands for one label and more, as CloudFront has it; labels hold nothing that ends a host. */
function matchHost(name: string, host: string): boolean {
  if (!name.startsWith('*.')) return host === name;
  const suffix = name.slice(1);
  return host.endsWith(suffix) && /^[a-z\d_-]+(?:\.[a-z\d_-]+)*$/.test(host.slice(0, -suffix.length));
}

/** CloudFront serves viewers that it cannot place. */
export function isGeoBlocked({ type, countries }: GeoRestriction, country: string | undefined): boolean {
  if (type === 'none' || country === undefined) return false;
  return countries.includes(country.toUpperCase()) !== (type === 'whitelist');
}
