/**
 * May this viewer have this? Host, method, then the token: `explainBunny` judges the request as it was sent. Pure: clock,
 * address and country come with the request.
 */
import { type BunnyDenied, explainBunny } from '@storytime/signer/bunny';
import type { ViewerRequest } from '../../aws/cloudfront/judge.ts';
import type { BunnyKeys } from './keys.ts';
import { PLAYER_SCRIPT_PATH } from './pages.ts';
import { PLAYER_HOSTS, playerPageOf } from './zone.ts';

export interface Zone extends Pick<BunnyKeys, 'tokenKey' | 'embedTokenKey'> {
  /** What playlists are signed for: `vz-1234.b-cdn.net`. */
  readonly host: string;
  readonly libraryId: string;
}

export type BunnyJudgement =
  | { readonly outcome: 'unknown-host' | 'method-not-allowed' }
  | { readonly outcome: 'denied'; readonly denied: BunnyDenied }
  | { readonly outcome: 'allowed'; readonly wanted: Wanted };

export type Wanted =
  /** Undecoded, without the token that stood before it. */
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'player'; readonly libraryId: string; readonly videoId: string }
  | { readonly kind: 'script' };

/**
 * The judgement before any file is looked for.
 *
 * @see https://docs.bunny.net/cdn/security/token-authentication/advanced
 * @see https://docs.bunny.net/stream/token-authentication
 */
export function judgeBunny(
  request: ViewerRequest,
  { zone, now }: { readonly zone: Zone; readonly now: Date },
): BunnyJudgement {
  const isPlayerHost = PLAYER_HOSTS.some((host) => host === request.host);
  if (!isPlayerHost && request.host !== zone.host) return { outcome: 'unknown-host' };
  if (request.method !== 'GET' && request.method !== 'HEAD') return { outcome: 'method-not-allowed' };
  if (request.path === PLAYER_SCRIPT_PATH) return { outcome: 'allowed', wanted: { kind: 'script' } };

  const page = playerPageOf(request.path);
  if (page === null && isPlayerHost) return { outcome: 'unknown-host' };
  const verdict = explainBunny({
    url: `https://${page ? PLAYER_HOSTS[0] : zone.host}${request.path}${request.query && `?${request.query}`}`,
    // One key each: a token that was made with the other one is not taken.
    ...(page ? { embedTokenKey: zone.embedTokenKey } : { tokenKey: zone.tokenKey }),
    ip: request.ip,
    ...(request.country !== undefined && { country: request.country }),
    now,
  });
  if (!verdict.allowed) return { outcome: 'denied', denied: verdict };
  return {
    outcome: 'allowed',
    wanted: page ? { kind: 'player', ...page } : { kind: 'file', path: verdict.path },
  };
}
