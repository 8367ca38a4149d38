/** The edge's parts wired together, wherever distribution and objects come from. */
import type { CloudFrontErrorCode, DenialReason } from '@storytime/signer/verify';
import type { Distribution } from '../aws/cloudfront/distribution.ts';
import type { Judgement, ViewerRequest } from '../aws/cloudfront/judge.ts';
import { createCache } from './cache.ts';
import type { DistributionSource } from './from-aws-api.ts';
import { type HandledRequest, handleRequest } from './handle-request.ts';
import { type InvalidationWatch, watchInvalidations } from './invalidation-watch.ts';
import type { Origin } from './origin.ts';
import type { EdgeResponse } from './response.ts';
import { selfSignedCertificate } from './self-signed.ts';
import type { CacheResult } from './serve-object.ts';
import { type Listener, type ListenerOptions, listen } from './server.ts';

export interface Edge {
  /** The listener that stands for CloudFront's TLS port, `http://127.0.0.1:<port>`; `https:` with `https`. */
  readonly url: string;
  /** The listener that stands for port 80. */
  readonly httpUrl: string;
  /** What URLs and cookies are signed for: the first alias, or else the distribution's own name. */
  readonly domain: string;
  /** Of every key that some behaviour trusts, when the edge started. */
  readonly keyPairIds: readonly string[];
  /** Reads the distribution and its invalidations now. @throws when the AWS API does not answer */
  refresh(): Promise<void>;
  /** Ends both listeners with every open connection; a second call does nothing more. */
  close(): Promise<void>;
}

/** How an edge runs, wherever its distribution comes from. */
export interface RunOptions {
  /** @default 0, any free port */
  readonly port?: number;
  /** @default 0, any free port */
  readonly httpPort?: number;
  /**
   * Whether objects and errors are kept, as the cache policies say.
   * @default true
   */
  readonly cache?: boolean;
  /**
   * TLS with HTTP/2 on the main listener: key and certificate (PEM), or one made for this run, which clients must be told
   * to accept.
   * @default - plain HTTP/1.1
   */
  readonly https?: { readonly key: string; readonly cert: string } | 'self-signed';
  /**
   * Whether every answer says in `x-storytime-explain` how it was judged. For people: it tells a stranger what is wrong
   * with a forged signature.
   * @default false
   */
  readonly explain?: boolean;
  /**
   * Whether a viewer's `x-storytime-country` (ISO 3166-1 alpha-2) says where it is; for tests of geo restrictions.
   * @default false
   */
  readonly countryHeader?: boolean;
  /** Called once per request, when its answer has been sent. @default - nobody is told */
  readonly onRequest?: (entry: EdgeLogEntry) => void;
  /** Told in one line when something outside a request goes wrong. @default - standard error */
  readonly onWarning?: (message: string) => void;
  /** @default - the current time */
  readonly now?: () => Date;
  /**
   * What the time since invalidations were read is measured by: milliseconds since any moment that never go back.
   * @default - this machine's clock, which nobody sets
   */
  readonly elapsedMs?: () => number;
}

const EXPLAIN_HEADER = 'x-storytime-explain';
export const COUNTRY_HEADER = 'x-storytime-country';

/** One request and what became of it; holds no query, cookie or signature. */
export interface EdgeLogEntry {
  readonly at: Date;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly status: number;
  readonly verdict: 'allowed' | DenialReason | Exclude<Judgement['outcome'], 'allowed' | 'denied'>;
  /** CloudFront's code in the XML body; absent where it sends none. */
  readonly errorCode?: CloudFrontErrorCode;
  /** The cause of a signature denial in plain words. */
  readonly hint?: string;
  readonly cache: CacheResult;
  /** Of the signature that was found good. @default - absent where none was */
  readonly keyPairId?: string;
  /** Bytes of the body that were handed over. */
  readonly bytes: number;
  readonly durationMs: number;
}

/**
 * Starts both listeners on 127.0.0.1; takes the source and the origin over and closes them.
 *
 * @throws Error in one line when a port is taken
 */
export async function runEdge(
  source: DistributionSource,
  origin: Origin,
  options: RunOptions & Required<Pick<RunOptions, 'now' | 'onWarning'>>,
): Promise<Edge> {
  const { now, onWarning } = options;
  const cache = createCache(options.cache === false ? { maxBytes: 0 } : {});
  let watch: InvalidationWatch | undefined;

  const tlsOptions = options.https === 'self-signed' ? await selfSignedCertificate(now()) : options.https;
  const common = {
    distribution: () => source.current(),
    handle: async (seen, context) => {
      const request = options.countryHeader ? withCountry(seen) : seen;
      const handled = await handleRequest(request, {
        distribution: context.distribution,
        requestId: context.requestId,
        signal: context.signal,
        cache,
        isUpToDate: () => watch?.isUpToDate() ?? true,
        origin,
        now: now(),
      });
      return options.explain ? explained(handled) : handled;
    },
    httpsPort: () => tls?.port ?? 0,
    httpsScheme: tlsOptions ? 'https' : 'http',
    onHandled: (request, handled, sent) =>
      options.onRequest?.(logEntry(request, handled, { at: now(), ...sent })),
    onFailure: (cause) => onWarning(cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)),
  } satisfies Partial<ListenerOptions>;
  let distribution: Distribution;
  let tls: Listener | undefined;
  let plain: Listener | undefined;
  const close = async () => {
    await Promise.all([tls?.close(), plain?.close()]);
    origin.close();
    source.close();
  };
  try {
    distribution = await source.current();
    // Before the first request, while there is nothing in the cache that could be from before.
    if (source.invalidations) {
      const { elapsedMs } = options;
      watch = await watchInvalidations(source.invalidations, cache, {
        onWarning,
        ...(elapsedMs !== undefined && { elapsedMs }),
      });
    }
    tls = await listen({
      ...common,
      ...(tlsOptions && { tls: tlsOptions }),
      port: options.port ?? 0,
      protocol: 'https',
      label: 'the edge',
    });
    plain = await listen({
      ...common,
      port: options.httpPort ?? 0,
      protocol: 'http',
      label: "the edge's redirects",
    });
  } catch (error) {
    await close();
    throw error;
  }
  const { aliases, domainName, behaviours } = distribution;
  return {
    url: tls.url,
    httpUrl: plain.url,
    domain: aliases[0] ?? domainName,
    keyPairIds: [...new Set(behaviours.flatMap(({ trustedKeys }) => [...(trustedKeys?.keys() ?? [])]))],
    refresh: async () => {
      await Promise.all([source.refresh(), watch?.refresh()]);
    },
    close,
  };
}

function logEntry(
  request: ViewerRequest,
  { judgement, response, cache }: HandledRequest,
  sent: { readonly at: Date; readonly durationMs: number; readonly bytes: number },
): EdgeLogEntry {
  const { method, path } = request;
  const { at, durationMs, bytes } = sent;
  const entry = { at, method, path, status: response.status, cache, bytes, durationMs };
  if (judgement.outcome === 'allowed' && judgement.signature) {
    return { ...entry, verdict: 'allowed', keyPairId: judgement.signature.keyPairId };
  }
  if (judgement.outcome !== 'denied') return { ...entry, verdict: judgement.outcome };
  const { reason, errorCode, hint } = judgement.denied;
  return { ...entry, verdict: reason, errorCode, hint };
}

/** What the edge of any provider came to. */
interface Explainable {
  readonly judgement: {
    readonly outcome: string;
    readonly denied?: { readonly reason: string; readonly hint: string };
  };
  readonly response: EdgeResponse;
}

/** The same with how it was judged in a header of the answer. */
export function explained<Handled extends Explainable>(handled: Handled): Handled {
  const { judgement, response } = handled;
  const { outcome, denied } = judgement;
  const text = denied === undefined ? outcome : `${denied.reason}; ${denied.hint}`;
  // A hint may name a path, and a header takes no line break and nothing beyond ASCII.
  const headers = { ...response.headers, [EXPLAIN_HEADER]: text.replace(/[^\x20-\x7e]/g, '?') };
  return { ...handled, response: { ...response, headers } };
}

function withCountry(request: ViewerRequest): ViewerRequest {
  const country = request.headers[COUNTRY_HEADER];
  return country === undefined ? request : { ...request, country };
}
