/** The local Bunny edge on a socket: a folder behind tokens, and the player's pages. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ViewerRequest } from '../../aws/cloudfront/judge.ts';
import { createDirectoryOrigin } from '../../edge/directory-origin.ts';
import { COUNTRY_HEADER, type EdgeLogEntry, explained } from '../../edge/run-edge.ts';
import { selfSignedCertificate } from '../../edge/self-signed.ts';
import { listen } from '../../edge/server.ts';
import { type HandledBunnyRequest, handleBunnyRequest } from './handle-request.ts';
import type { Zone } from './judge.ts';
import { BUNNY_VOICE } from './pages.ts';
import { isServed, loggedPath, zoneDistribution } from './zone.ts';

/** One request and what became of it; holds no token. */
export type BunnyLogEntry = Pick<
  EdgeLogEntry,
  'at' | 'method' | 'path' | 'status' | 'bytes' | 'durationMs'
> & {
  /** `allowed`, `unknown-host`, `method-not-allowed`, or the reason of `explainBunny`. */
  readonly verdict: string;
  /** The cause in plain words. @default - absent where the file was sent */
  readonly hint?: string;
  readonly cache: 'Miss' | 'Error';
};

export interface BunnyEdgeOptions {
  readonly zone: Zone;
  /** The zone's root: `<directory>/<video id>/playlist.m3u8` is a video. */
  readonly directory: string;
  /** @default 0, any free port */
  readonly port?: number;
  /** As the edge's own. @default - plain HTTP/1.1 */
  readonly https?: { readonly key: string; readonly cert: string } | 'self-signed';
  /** Where every viewer is, ISO 3166-1 alpha-2. @default - unknown */
  readonly country?: string;
  /** Whether a viewer's `x-storytime-country` says where it is instead. @default false */
  readonly countryHeader?: boolean;
  /** Whether every answer says in `x-storytime-explain` how it was judged. @default false */
  readonly explain?: boolean;
  readonly onRequest?: (entry: BunnyLogEntry) => void;
  readonly onWarning: (message: string) => void;
  readonly now: () => Date;
}

/** @throws TypeError for a folder that cannot be read; Error in one line when the port is taken */
export async function startBunnyEdge(options: BunnyEdgeOptions) {
  const { zone, directory, now } = options;
  const distribution = zoneDistribution(zone.host);
  const origin = createDirectoryOrigin({ directory, access: { mayRead: isServed, mayList: true } });
  const playerScript = readFileSync(fileURLToPath(import.meta.resolve('hls.js/dist/hls.min.js')));
  const tls = options.https === 'self-signed' ? await selfSignedCertificate(now()) : options.https;
  return listen<HandledBunnyRequest>({
    ...(tls && { tls }),
    port: options.port ?? 0,
    protocol: 'https',
    label: 'the edge',
    voice: BUNNY_VOICE,
    distribution: () => distribution,
    handle: async (seen, { requestId, signal }) => {
      const request = placed(seen, options);
      const context = { zone, distribution, origin, playerScript, now: now(), requestId, signal };
      const handled = await handleBunnyRequest(request, context);
      return options.explain ? explained(handled) : handled;
    },
    httpsPort: () => 0,
    onHandled: (request, handled, sent) =>
      options.onRequest?.(logEntry(request, handled, { at: now(), ...sent })),
    onFailure: (cause) =>
      options.onWarning(cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)),
  });
}

function placed(
  request: ViewerRequest,
  { country: everywhere, countryHeader }: Pick<BunnyEdgeOptions, 'country' | 'countryHeader'>,
): ViewerRequest {
  const country = (countryHeader ? request.headers[COUNTRY_HEADER] : undefined) ?? everywhere;
  return country === undefined ? request : { ...request, country: country.toUpperCase() };
}

function logEntry(
  { method, path }: ViewerRequest,
  { judgement, response }: HandledBunnyRequest,
  sent: { readonly at: Date; readonly durationMs: number; readonly bytes: number },
): BunnyLogEntry {
  const { status } = response;
  const cache = status >= 400 ? 'Error' : 'Miss';
  const entry = { ...sent, method, path: loggedPath(path), status, cache } as const;
  switch (judgement.outcome) {
    case 'denied':
      return { ...entry, verdict: judgement.denied.reason, hint: judgement.denied.hint };
    case 'unknown-host':
      return {
        ...entry,
        verdict: judgement.outcome,
        hint: "neither the pull zone's host nor a player's page",
      };
    case 'method-not-allowed':
      return { ...entry, verdict: judgement.outcome };
    case 'allowed': {
      const verdict = judgement.outcome;
      return status === 404
        ? { ...entry, verdict, hint: 'the token is valid, but the file does not exist' }
        : { ...entry, verdict };
    }
  }
}
