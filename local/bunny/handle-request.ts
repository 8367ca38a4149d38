/** A viewer's request through the local Bunny edge: judgement, folder, headers. No sockets, no clock of its own. */
import { randomBytes } from 'node:crypto';
import { createBunnySigner } from '@storytime/signer/bunny';
import type { Distribution } from '../../aws/cloudfront/distribution.ts';
import type { ViewerRequest } from '../../aws/cloudfront/judge.ts';
import { createCache } from '../../edge/cache.ts';
import { handleRequest } from '../../edge/handle-request.ts';
import type { Origin } from '../../edge/origin.ts';
import type { EdgeResponse } from '../../edge/response.ts';
import { type BunnyJudgement, judgeBunny, type Wanted, type Zone } from './judge.ts';
import { errorPage, playerPage, scriptAnswer } from './pages.ts';

/** How long the playlist plays that a player's page is given; the page's own token may end before. */
const PLAYER_SECONDS = 6 * 3600;

export interface BunnyContext {
  readonly zone: Zone;
  readonly distribution: Distribution;
  readonly origin: Origin;
  /** hls.js, for the player's page. */
  readonly playerScript: Buffer;
  readonly now: Date;
  readonly requestId: string;
  /** Aborted when the viewer goes away. */
  readonly signal: AbortSignal;
}

export interface HandledBunnyRequest {
  readonly judgement: BunnyJudgement;
  readonly response: EdgeResponse;
}

const NOTHING_KEPT = createCache({ maxBytes: 0 });

/** Answers one request. Never throws for what a viewer sends. */
export async function handleBunnyRequest(
  request: ViewerRequest,
  context: BunnyContext,
): Promise<HandledBunnyRequest> {
  const judgement = judgeBunny(request, context);
  return { judgement, response: await respond(judgement, request, context) };
}

async function respond(
  judgement: BunnyJudgement,
  request: ViewerRequest,
  context: BunnyContext,
): Promise<EdgeResponse> {
  switch (judgement.outcome) {
    case 'denied':
    case 'unknown-host':
      return errorPage(403);
    case 'method-not-allowed': {
      const page = errorPage(405);
      return { ...page, headers: { ...page.headers, allow: 'GET, HEAD' } };
    }
    case 'allowed':
      return serve(judgement.wanted, request, context);
  }
}

async function serve(wanted: Wanted, request: ViewerRequest, context: BunnyContext): Promise<EdgeResponse> {
  switch (wanted.kind) {
    case 'script':
      return scriptAnswer(context.playerScript);
    case 'player':
      return wanted.libraryId === context.zone.libraryId ? player(wanted.videoId, context) : errorPage(404);
    case 'file':
      return file(wanted.path, request, context);
  }
}

/** Tokens are for the zone's own judge: the folder is asked for a path and nothing else. */
async function file(path: string, request: ViewerRequest, context: BunnyContext): Promise<EdgeResponse> {
  const { distribution, origin, now, requestId, signal } = context;
  const asked = { ...request, host: distribution.domainName, path, query: '' };
  const { response } = await handleRequest(asked, {
    ...{ distribution, origin, now, requestId, signal, cache: NOTHING_KEPT },
  });
  if (response.status >= 400) return fileError(response);
  const { 'x-cache': _, ...headers } = response.headers;
  return { ...response, headers: { ...headers, 'cdn-cache': 'MISS' } };
}

/** A folder answers as S3 does, and says 403 for what it does not show: here both are a file that is not there. */
function fileError({ status, headers }: EdgeResponse): EdgeResponse {
  const page = errorPage(status === 403 ? 404 : status);
  const range = headers['content-range'];
  return range === undefined ? page : { ...page, headers: { ...page.headers, 'content-range': range } };
}

/** The page gets a playlist of its own, as Bunny's player does in a zone that wants tokens. */
async function player(videoId: string, { zone, now }: BunnyContext): Promise<EdgeResponse> {
  const signer = createBunnySigner({ pullZoneHost: zone.host, tokenKey: zone.tokenKey, now: () => now });
  const { url } = await signer.signPlaylistUrl(videoId, { expiresIn: PLAYER_SECONDS });
  return playerPage({
    playlistPath: url.slice(`https://${zone.host}`.length),
    nonce: randomBytes(16).toString('base64'),
  });
}
