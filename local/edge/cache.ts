/**
 * The edge's memory: whole objects with CloudFront's expiry rules, least recently used out first. Pure but for holding them.
 */
import type { CachePolicy } from './distribution.ts';

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

export interface EdgeCache {
  get(key: string, now: Date): CachedAnswer | null;
  /** Keeps an answer for a while; zero seconds keeps nothing. */
  put(key: string, answer: StoredAnswer, options: { readonly ttlSeconds: number; readonly now: Date }): void;
}

/** Above this an object is streamed and not kept. */
export const MAX_CACHED_OBJECT_BYTES = 8 * 1024 * 1024;
const MAX_CACHE_BYTES = 96 * 1024 * 1024;
/** What an entry weighs beside its body. */
const ENTRY_OVERHEAD_BYTES = 1024;
/** CloudFront's default for errors that the distribution does not mention. */
const DEFAULT_ERROR_CACHING_SECONDS = 10;
const CACHED_ERRORS: ReadonlySet<number> = new Set([400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504]);

/** An empty cache of at most `maxBytes` bytes. */
export function createCache({ maxBytes = MAX_CACHE_BYTES }: { readonly maxBytes?: number } = {}): EdgeCache {
  const entries = new Map<string, { answer: StoredAnswer; storedAt: number; freshUntil: number }>();
  let bytes = 0;
  const weigh = (answer: StoredAnswer) => answer.body.length + ENTRY_OVERHEAD_BYTES;
  const drop = (key: string) => {
    const entry = entries.get(key);
    if (!entry) return;
    bytes -= weigh(entry.answer);
    entries.delete(key);
  };
  return {
    get(key, now) {
      const entry = entries.get(key);
      if (!entry) return null;
      if (now.getTime() >= entry.freshUntil) {
        drop(key);
        return null;
      }
      // A Map iterates in order of insertion: putting it back makes it the youngest.
      entries.delete(key);
      entries.set(key, entry);
      return { ...entry.answer, ageSeconds: Math.floor((now.getTime() - entry.storedAt) / 1000) };
    },
    put(key, answer, { ttlSeconds, now }) {
      drop(key);
      if (ttlSeconds <= 0 || answer.body.length > MAX_CACHED_OBJECT_BYTES) return;
      const storedAt = now.getTime();
      entries.set(key, { answer, storedAt, freshUntil: storedAt + ttlSeconds * 1000 });
      bytes += weigh(answer);
      for (const oldest of entries.keys()) {
        if (bytes <= maxBytes) break;
        drop(oldest);
      }
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
  if (/\b(no-store|no-cache|private)\b/.test(directives)) return policy.minTtlSeconds;
  const stated = /\bs-maxage=(\d+)/.exec(directives)?.[1] ?? /\bmax-age=(\d+)/.exec(directives)?.[1];
  if (stated !== undefined) return clamp(Number(stated), policy);
  const expiresAt = Date.parse(headers.expires ?? '');
  if (!Number.isNaN(expiresAt)) return clamp((expiresAt - now.getTime()) / 1000, policy);
  return Math.max(policy.minTtlSeconds, policy.defaultTtlSeconds);
}

/** Seconds that an error of the origin stays. */
export function errorTtlSeconds(status: number, configured: ReadonlyMap<number, number>): number {
  if (!CACHED_ERRORS.has(status)) return 0;
  return configured.get(status) ?? DEFAULT_ERROR_CACHING_SECONDS;
}

/** What makes two requests the same: the path as sent, and the part of the query that the policy names. */
export function cacheKey(path: string, query: string, { queryStrings }: CachePolicy): string {
  const { kind, names } = queryStrings;
  if (kind === 'none' || query === '') return path;
  const kept = query.split('&').filter((pair) => {
    const name = pair.split('=', 1)[0] ?? '';
    // CloudFront takes its own parameters out before it looks anything up.
    if (['Expires', 'Policy', 'Signature', 'Key-Pair-Id', 'Hash-Algorithm'].includes(name)) return false;
    if (kind === 'all') return true;
    return names.includes(name) === (kind === 'whitelist');
  });
  return kept.length > 0 ? `${path}?${kept.join('&')}` : path;
}

function clamp(seconds: number, policy: CachePolicy): number {
  return Math.min(Math.max(seconds, policy.minTtlSeconds), policy.maxTtlSeconds);
}
