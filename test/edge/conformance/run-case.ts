/** One case through the edge in process: its requests signed, judged and answered by the real parts. */
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import type { Distribution } from '../../../aws/cloudfront/distribution.ts';
import type { ViewerRequest } from '../../../aws/cloudfront/judge.ts';
import { createCache } from '../../../edge/cache.ts';
import { handleRequest } from '../../../edge/handle-request.ts';
import type { Origin } from '../../../edge/origin.ts';
import { behaviour, DOMAIN, distribution, NOW } from '../fixture.ts';
import type { RunKeys } from './keys.ts';
import { signedPairs, type WirePair } from './signing.ts';
import type { VectorCase, VectorDistribution, VectorRequest } from './vector-file.ts';

export interface Observed {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Decompressed. */
  readonly body: string;
  /** As they came. */
  readonly byteLength: number;
}

/** The distribution's own terms, the case's keys put in. */
export function distributionOf(
  vector: VectorDistribution,
  { keys, bucket }: { readonly keys: RunKeys; readonly bucket: string },
): Distribution {
  const usual = behaviour();
  return distribution({
    enabled: vector.enabled,
    aliases: vector.aliases,
    defaultRootObject: vector.defaultRootObject,
    geoRestriction: vector.geo,
    errorCachingSeconds: new Map(
      Object.entries(vector.errorCachingSeconds).map(([status, seconds]) => [Number(status), seconds]),
    ),
    behaviours: vector.behaviours.map((one) => ({
      ...usual,
      pathPattern: one.pathPattern,
      viewerProtocolPolicy: one.viewerProtocolPolicy,
      allowedMethods: one.allowedMethods,
      trustedKeys: one.keys && new Map(one.keys.map((label) => [keys[label].id, keys[label].publicPem])),
      origin: { bucket, path: one.originPath, signsRequests: true },
      compress: one.compress,
      caching: usual.caching && withoutAbsent({ ...usual.caching, ...one.caching }, usual.caching),
      ...(one.responseHeaders !== undefined && { responseHeaders: one.responseHeaders }),
    })),
  });
}

/** Sends the case's requests in order and gives the last answer. */
export async function runCase(
  { first, request }: Pick<VectorCase, 'first' | 'request'>,
  context: { readonly distribution: Distribution; readonly origin: Origin; readonly keys: RunKeys },
): Promise<Observed> {
  const cache = createCache();
  let observed: Observed | undefined;
  for (const each of [...first, request]) {
    const { response } = await handleRequest(viewerRequest(each, context.keys), {
      distribution: context.distribution,
      origin: context.origin,
      cache,
      now: clockOf(each),
      requestId: 'conformance-request',
      signal: new AbortController().signal,
    });
    const chunks: Buffer[] = [];
    // What HEAD omits is the adapter's work: the cases over a socket look at it.
    if (each.method === 'HEAD') destroyBody(response.body);
    else if (Buffer.isBuffer(response.body)) chunks.push(response.body);
    else for await (const chunk of response.body ?? []) chunks.push(chunk);
    const { status, headers } = response;
    observed = observe(status, headers, Buffer.concat(chunks));
  }
  if (!observed) throw new TypeError('a case has a request');
  return observed;
}

export function observe(status: number, headers: Observed['headers'], bytes: Buffer): Observed {
  const encoding = bytes.length === 0 ? undefined : headers['content-encoding'];
  const plain =
    encoding === 'gzip' ? gunzipSync(bytes) : encoding === 'br' ? brotliDecompressSync(bytes) : bytes;
  return { status, headers, body: plain.toString(), byteLength: bytes.length };
}

export const clockOf = ({ at }: VectorRequest) => new Date(NOW.getTime() + at * 1000);

/** The target with its signing parameters, and the headers with the cookies. */
export function signedRequest(
  request: VectorRequest,
  { keys, host = request.host ?? DOMAIN }: { readonly keys: RunKeys; readonly host?: string },
): { readonly target: string; readonly headers: Readonly<Record<string, string>> } {
  const { path: pathPadding = 0, header: headerPadding = 0 } = request.padding;
  const target = `${request.target}${'a'.repeat(pathPadding)}`;
  const context = { keys, nowSeconds: NOW.getTime() / 1000, url: `${request.protocol}://${host}${target}` };
  const parameters = pairsOf('url');
  const cookies = pairsOf('cookies');
  const joint = target.includes('?') ? '&' : '?';
  const cookie = [request.headers.cookie, ...cookies].filter((one) => one !== undefined).join('; ');
  return {
    target: parameters.length === 0 ? target : `${target}${joint}${parameters.join('&')}`,
    headers: {
      ...request.headers,
      ...(cookie !== '' && { cookie }),
      ...(headerPadding > 0 && { 'x-padding': 'a'.repeat(headerPadding) }),
    },
  };

  function pairsOf(via: 'url' | 'cookies'): string[] {
    const pairs: WirePair[] = request.sign
      .filter((one) => one.via === via)
      .flatMap((one) => signedPairs(one, context));
    return pairs.map(([name, value]) => `${name}=${value}`);
  }
}

function viewerRequest(request: VectorRequest, keys: RunKeys): ViewerRequest {
  const { target, headers } = signedRequest(request, { keys });
  const mark = target.indexOf('?');
  return {
    method: request.method,
    protocol: request.protocol,
    host: request.host ?? DOMAIN,
    path: mark === -1 ? target : target.slice(0, mark),
    query: mark === -1 ? '' : target.slice(mark + 1),
    headers,
    ip: request.ip,
    ...(request.country !== undefined && { country: request.country }),
  };
}

function destroyBody(body: Awaited<ReturnType<typeof handleRequest>>['response']['body']): void {
  if (body !== null && !Buffer.isBuffer(body)) body.destroy();
}

/** A field that a case omits keeps its usual value. */
function withoutAbsent<Value extends object>(overridden: object, usual: Value): Value {
  const given = Object.entries(overridden).filter(([, value]) => value !== undefined);
  return { ...usual, ...Object.fromEntries(given) };
}
