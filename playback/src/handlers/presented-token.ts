/** The token that a request brings, by whichever way its player can. */

import { type CookieSettings, readCookies } from '../http/cookies.ts';
import { tokenCookieName } from './session.ts';

/** @returns that of `X-Video-Token`, or else of `Authorization: Bearer` */
export function tokenInHeaders({ headers }: Request): string | undefined {
  const [, bearer] = /^Bearer +(\S+)$/i.exec(headers.get('authorization') ?? '') ?? [];
  return headers.get('x-video-token') ?? bearer;
}

/** @returns that of a header, or else of `t` in the address, or else of the cookie; the first that is there decides */
export function presentedToken(request: Request, cookies: CookieSettings): string | undefined {
  const inUrl = new URL(request.url).searchParams.get('t') ?? undefined;
  return tokenInHeaders(request) ?? inUrl ?? readCookies(request, tokenCookieName(cookies))[0];
}
