/**
 * The edge's memory: whole objects with CloudFront's expiry rules, least recently used out first. Pure but for holding them.
 */
import { LRUCache } from 'lru-cache';
import type { Behaviour, CachePolicy, KeyPart } from '../aws/cloudfront/distribution.ts';
import { type CachedObject, invalidationMatcher } from '../aws/cloudfront/invalidation.ts';

/** An answer of the origin, held whole. */
export interface StoredAnswer {
  readonly status: number;
  /** Lower case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

interface CachedAnswer extends StoredAnswer {
  readonly ageSeconds: number;
}

interface Entry {
  readonly answer: StoredAnswer;
  readonly storedAt: number;
  readonly freshUntil: number;
}

export interface EdgeCache {
  /** Above this an object is streamed and not kept. */
  readonly maxObjectBytes: number;
  /** What is kept and still good. */
  get(key: string, now: Date): CachedAnswer | null;
  /** An object kept beyond its time that can be asked about: it has an ETag or a time of change. */
  stale(key: string): StoredAnswer | null;
  /** Called before the origin is asked: what it answers may be from before an invalidation that comes meanwhile. */
  begin(key: string): Fill;
  /** Forgets what the paths name, errors included; fills under way that they name will not be kept. */
  invalidate(paths: readonly string[]): void;
  /** Forgets everything; no fill under way will be kept. */
  clear(): void;
}

/** An answer of the origin on its way into the cache. */
export interface Fill {
  /** Keeps the answer for a while, in place of an earlier one; zero seconds keeps nothing. */
  keep(answer: StoredAnswer, options: { readonly ttlSeconds: number; readonly now: Date }): void;
  /** Called when the origin has been asked, whatever became of it. */
  end(): void;
}

interface UnderWay {
  readonly key: string;
  isInvalidated: boolean;
}

/** As much as CloudFront compresses at most. */
const MAX_CACHED_OBJECT_BYTES = 10_000_000;
const MAX_CACHE_BYTES = 96 * 1024 * 1024;
/** What an entry weighs beside its body. */
const ENTRY_OVERHEAD_BYTES = 1024;
/** CloudFront's default for errors that the distribution does not mention. */
const DEFAULT_ERROR_CACHING_SECONDS = 10;
/** 416 is never kept, whatever the distribution says. */
const CACHED_ERRORS: ReadonlySet<number> = new Set([400, 403, 404, 405, 410, 414, 500, 501, 502, 503, 504]);
/** Not kept where the origin says `no-store`, `no-cache` or `private`; at the others CloudFront does not listen to that. */
const UNCACHEABLE_ERRORS: ReadonlySet<number> = new Set([404, 410, 414, 501]);

/** An empty cache of at most `maxBytes` bytes; with 0 it keeps nothing. */
export function createCache({ maxBytes = MAX_CACHE_BYTES }: { readonly maxBytes?: number } = {}): EdgeCache {
  const maxObjectBytes = Math.min(maxBytes, MAX_CACHED_OBJECT_BYTES);
  // Times are the caller's: an expired object that can be asked about is kept.
  const entries = new LRUCache<string, Entry>({
    maxSize: Math.max(1, maxBytes),
    sizeCalculation: ({ answer }) => answer.body.length + ENTRY_OVERHEAD_BYTES,
  });
  // As many as requests wait for the origin: an answer from the cache looks at none of them.
  const underWay = new Set<UnderWay>();
  return {
    maxObjectBytes,
    get(key, now) {
      const entry = entries.get(key);
      if (!entry) return null;
      if (now.getTime() >= entry.freshUntil) {
        if (!canRevalidate(entry.answer)) entries.delete(key);
        return null;
      }
      return { ...entry.answer, ageSeconds: Math.floor((now.getTime() - entry.storedAt) / 1000) };
    },
    stale(key) {
      const entry = entries.peek(key);
      return entry && canRevalidate(entry.answer) ? entry.answer : null;
    },
    begin(key) {
      const fill: UnderWay = { key, isInvalidated: false };
      underWay.add(fill);
      return {
        keep(answer, { ttlSeconds, now }) {
          // What is there now came after the invalidation.
          if (fill.isInvalidated) return;
          entries.delete(key);
          if (ttlSeconds <= 0 || answer.body.length > maxObjectBytes) return;
          const storedAt = now.getTime();
          entries.set(key, { answer, storedAt, freshUntil: storedAt + ttlSeconds * 1000 });
        },
        end: () => void underWay.delete(fill),
      };
    },
    invalidate(paths) {
      const isNamed = invalidationMatcher(paths);
      for (const fill of underWay) if (isNamed(objectIn(fill.key))) fill.isInvalidated = true;
      for (const key of [...entries.keys()]) if (isNamed(objectIn(key))) entries.delete(key);
    },
    clear() {
      for (const fill of underWay) fill.isInvalidated = true;
      entries.clear();
    },
  };
}

/**
 * Seconds that an object stays, by the cache policy and the origin's own headers.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/Expiration.html#ExpirationDownloadDist
 */
export function objectTtlSeconds(
  headers: Readonly<Record<string, string>>,
  policy: CachePolicy,
  now: Date,
): number {
  const directives = (headers['cache-control'] ?? '').toLowerCase();
  if (isUncacheable(directives)) return policy.minTtlSeconds;
  const stated = statedSeconds(headers, directives, now);
  if (stated !== null) return clamp(stated, policy);
  return Math.max(policy.minTtlSeconds, policy.defaultTtlSeconds);
}

/**
 * Seconds that an error of the origin stays: the greater of what the origin says and the error caching minimum.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/custom-error-pages-expiration.html
 */
export function errorTtlSeconds(
  { status, headers }: Pick<StoredAnswer, 'status' | 'headers'>,
  {
    configured,
    maxTtlSeconds,
    now,
  }: { readonly configured: ReadonlyMap<number, number>; readonly maxTtlSeconds: number; readonly now: Date },
): number {
  if (!CACHED_ERRORS.has(status)) return 0;
  const directives = (headers['cache-control'] ?? '').toLowerCase();
  if (isUncacheable(directives) && UNCACHEABLE_ERRORS.has(status)) return 0;
  const minimum = configured.get(status) ?? DEFAULT_ERROR_CACHING_SECONDS;
  const stated = isUncacheable(directives) ? null : statedSeconds(headers, directives, now);
  return Math.max(minimum, Math.min(stated ?? 0, maxTtlSeconds));
}

function canRevalidate({ status, headers }: StoredAnswer): boolean {
  return status === 200 && (headers.etag !== undefined || headers['last-modified'] !== undefined);
}

function isUncacheable(directives: string): boolean {
  return /\b(no-store|no-cache|private)\b/.test(directives);
}

/** What the origin asks for, s-maxage before max-age before Expires; null when it does not say. */
function statedSeconds(
  headers: Readonly<Record<string, string>>,
  directives: string,
  now: Date,
): number | null {
  const stated = /\bs-maxage=(\d+)/.exec(directives)?.[1] ?? /\bmax-age=(\d+)/.exec(directives)?.[1];
  if (stated !== undefined) return Number(stated);
  const expiresAt = Date.parse(headers.expires ?? '');
  return Number.isNaN(expiresAt) ? null : (expiresAt - now.getTime()) / 1000;
}

/** What a cache key is made of. */
export interface KeyedRequest {
  readonly origin: Behaviour['origin'];
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Viewers that take different encodings have different entries, as CloudFront normalises Accept-Encoding. */
  readonly encoding: string | null;
}

/**
 * What makes two requests the same: the origin, the path as sent, and what the policy names of query, headers and
 * cookies. A JSON text, so that no value can pass for the end of another, whatever characters a viewer puts into it.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/understanding-the-cache-key.html
 */
export function cacheKey(
  { origin, path, query, headers, encoding }: KeyedRequest,
  policy: CachePolicy,
): string {
  // CloudFront takes its own parameters and cookies out before it looks anything up.
  const parameters = query === '' ? [] : keptPairs(query.split('&'), policy.queryStrings, SIGNING_PARAMETERS);
  const cookies =
    policy.cookies.kind === 'none' || headers.cookie === undefined
      ? []
      : keptPairs(headers.cookie.split(/; */), policy.cookies, SIGNING_COOKIES).sort();
  const named = policy.headers.map((name) => headers[name] ?? null);
  const place = [origin.bucket, origin.path, origin.signsRequests];
  return JSON.stringify([place, path, encoding, parameters, cookies, named]);
}

/** What an invalidation goes by in a key: neither encodings nor cookies nor headers. */
function objectIn(key: string): CachedObject {
  const [, path, , parameters]: [unknown, string, unknown, string[]] = JSON.parse(key);
  return { path, query: parameters.join('&') };
}

const SIGNING_PARAMETERS = ['Expires', 'Policy', 'Signature', 'Key-Pair-Id', 'Hash-Algorithm'];
const SIGNING_COOKIES = SIGNING_PARAMETERS.map((name) => `CloudFront-${name}`);

function keptPairs(pairs: readonly string[], { kind, names }: KeyPart, never: readonly string[]): string[] {
  if (kind === 'none') return [];
  return pairs.filter((pair) => {
    const name = pair.split('=', 1)[0] ?? '';
    if (name === '' || never.includes(name)) return false;
    return kind === 'all' || names.includes(name) === (kind === 'whitelist');
  });
}

function clamp(seconds: number, policy: CachePolicy): number {
  return Math.min(Math.max(seconds, policy.minTtlSeconds), policy.maxTtlSeconds);
}
