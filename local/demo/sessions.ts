/** The signed-in users, and what each has. A real backend keeps its own sessions. */

import { randomUUID } from 'node:crypto';
import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import type { PageUpload } from './uploads.ts';

const SESSION_COOKIE = 'storytime-session';

export interface Session {
  /** Ids of the titles that this user has cookies for. */
  readonly granted: Set<string>;
  /** By their ids: nobody else can name them. */
  readonly uploads: Map<string, PageUpload>;
}

export class Sessions {
  readonly #byId = new Map<string, Session>();

  /** Signing in again keeps what this browser has, so that signing out clears the cookies of every title. */
  start(context: Context): void {
    const before = getCookie(context, SESSION_COOKIE) ?? '';
    const id = randomUUID();
    this.#byId.set(id, this.#byId.get(before) ?? { granted: new Set(), uploads: new Map() });
    this.#byId.delete(before);
    setCookie(context, SESSION_COOKIE, id, { httpOnly: true, secure: true, sameSite: 'Strict', path: '/' });
  }

  /** Undefined when signed out. */
  of(context: Context): Session | undefined {
    return this.#byId.get(getCookie(context, SESSION_COOKIE) ?? '');
  }

  end(context: Context): void {
    this.#byId.delete(getCookie(context, SESSION_COOKIE) ?? '');
    deleteCookie(context, SESSION_COOKIE, { path: '/', secure: true });
  }
}
