// @ts-check
/** The demo's backend as the page sees it: answers or one line that says what is wrong. */

import { byId } from './dom.js';

/** @typedef {{ id: string, title: string, playlistUrl: string, posterUrl?: string }} Book */
/** @typedef {{ contentTypes: string[], maxBytes: number, longestSeconds: number, underWay: { id: string, name: string }[] }} UploadRules */
/** @typedef {{ expiresIn: number, expiresAt: string, keyPairId: string }} Grant */

/** The backend refused or did not answer; the message is for the person at the page. */
export class BackendError extends Error {
  /**
   * @param {string} message
   * @param {number} status 0 when nobody answered
   * @param {boolean} [isIncomplete] of an upload: parts of it are missing
   */
  constructor(message, status, isIncomplete = false) {
    super(message);
    this.status = status;
    this.isIncomplete = isIncomplete;
  }
}

/**
 * @template T
 * @param {'GET' | 'POST' | 'DELETE'} method
 * @param {string} path
 * @param {unknown} [body]
 * @param {AbortSignal} [signal]
 * @returns {Promise<T>}
 * @throws {BackendError}; the signal's reason
 */
export async function ask(method, path, body, signal) {
  const init = { method, ...(signal && { signal }), ...(body !== undefined && withJson(body)) };
  const answer = await fetch(path, init).catch(() => null);
  signal?.throwIfAborted();
  showOffline(answer === null);
  if (answer === null) throw new BackendError('the demo does not answer', 0);
  const json = await answer.json().catch(() => ({}));
  signal?.throwIfAborted();
  if (answer.ok) return json;
  const message = json.error ?? `the backend answered ${answer.status}`;
  throw new BackendError(message, answer.status, json.isIncomplete === true);
}

/** @param {unknown} body */
function withJson(body) {
  return { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } };
}

/** @param {boolean} isOffline */
export function showOffline(isOffline) {
  const banner = byId('offline');
  if (banner.hidden === !isOffline) return;
  banner.hidden = !isOffline;
  banner.textContent = isOffline
    ? 'The demo has ended. Run npm start again in its terminal, then reload this page.'
    : '';
}
