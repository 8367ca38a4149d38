/** The signed-in users, and for which books they have cookies. A real backend keeps its own sessions. */

import { randomUUID } from 'node:crypto';
import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';

const SESSION_COOKIE = 'storytime-session';

export class Sessions {
  readonly #grantedById = new Map<string, Set<string>>();

  /** Signing in again keeps the titles that this browser has cookies for, so that signing out clears them. */
  start(context: Context): void {
    const before = getCookie(context, SESSION_COOKIE) ?? '';
    const id = randomUUID();
    this.#grantedById.set(id, this.#grantedById.get(before) ?? new Set());
    this.#grantedById.delete(before);
    setCookie(context, SESSION_COOKIE, id, { httpOnly: true, secure: true, sameSite: 'Strict', path: '/' });
  }

  /** Ids of the titles that this user has cookies for; undefined when signed out. */
  of(context: Context): Set<string> | undefined {
    return this.#grantedById.get(getCookie(context, SESSION_COOKIE) ?? '');
  }

  end(context: Context): void {
    this.#grantedById.delete(getCookie(context, SESSION_COOKIE) ?? '');
    deleteCookie(context, SESSION_COOKIE, { path: '/', secure: true });
  }
}
