/** The edge's parts wired together, wherever distribution and objects come from. */
import type { CloudFrontErrorCode, DenialReason } from '@storytime/signer/verify';
import { createCache } from './cache.ts';
import type { Distribution } from './distribution.ts';
import type { DistributionSource } from './from-aws-api.ts';
import { type HandledRequest, handleRequest } from './handle-request.ts';
import type { Judgement, ViewerRequest } from './judge.ts';
import type { Origin } from './origin.ts';
import type { CacheResult } from './serve-object.ts';
import { type Listener, type ListenerOptions, listen } from './server.ts';

export interface Edge {
  /** The listener that stands for CloudFront's TLS port, `http://127.0.0.1:<port>`. */
  readonly url: string;
  /** The listener that stands for port 80. */
  readonly httpUrl: string;
  /** What URLs and cookies are signed for: the first alias, or else the distribution's own name. */
  readonly domain: string;
  /** Of every key that some behaviour trusts, when the edge started. */
  readonly keyPairIds: readonly string[];
  /** Reads the distribution now. @throws when the AWS API does not answer */
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
  /** Called once per request, when its answer has been sent. @default - nobody is told */
  readonly onRequest?: (entry: EdgeLogEntry) => void;
  /** Told in one line when something outside a request goes wrong. @default - standard error */
  readonly onWarning?: (message: string) => void;
  /** @default - the current time */
  readonly now?: () => Date;
}

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

  const common = {
    distribution: () => source.current(),
    handle: (request, context) => handleRequest(request, { ...context, cache, origin, now: now() }),
    httpsPort: () => tls?.port ?? 0,
    onHandled: (request, handled, durationMs) =>
      options.onRequest?.(logEntry(request, handled, { at: now(), durationMs })),
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
    tls = await listen({ ...common, port: options.port ?? 0, protocol: 'https', label: 'the edge' });
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
    refresh: () => source.refresh(),
    close,
  };
}

function logEntry(
  request: ViewerRequest,
  { judgement, response, cache }: HandledRequest,
  { at, durationMs }: { at: Date; durationMs: number },
): EdgeLogEntry {
  const { method, path } = request;
  const entry = { at, method, path, status: response.status, cache, durationMs };
  if (judgement.outcome !== 'denied') return { ...entry, verdict: judgement.outcome };
  const { reason, errorCode, hint } = judgement.denied;
  return { ...entry, verdict: reason, errorCode, hint };
}
