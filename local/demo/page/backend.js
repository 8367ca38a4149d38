// @ts-check
/** The demo's backend as the page sees it: answers or one line that says what is wrong. */

import { byId } from './dom.js';

/** @typedef {{ status: 'uploading' | 'ready' } | { status: 'transcoding', percent: number } | { status: 'failed', error: string }} BookState */
/** @typedef {{ id: string, title: string, state: BookState, playlistUrl?: string, posterUrl?: string }} Book */
/** @typedef {{ contentTypes: string[], maxBytes: number, longestSeconds: number }} UploadRules */
/** @typedef {{ expiresIn: number, expiresAt: string, keyPairId: string }} Grant */

/** The backend refused or did not answer; the message is for the person at the page. */
export class BackendError extends Error {
  /**
   * @param {string} message
   * @param {number} status 0 when nobody answered
   */
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/**
 * @template T
 * @param {'GET' | 'POST' | 'DELETE'} method
 * @param {string} path
 * @param {unknown} [body]
 * @returns {Promise<T>}
 * @throws {BackendError}
 */
export async function ask(method, path, body) {
  const init = { method, ...(body !== undefined && withJson(body)) };
  const answer = await fetch(path, init).catch(() => null);
  showOffline(answer === null);
  if (answer === null) throw new BackendError('the demo does not answer', 0);
  const json = await answer.json().catch(() => ({}));
  if (!answer.ok)
    throw new BackendError(json.error ?? `the backend answered ${answer.status}`, answer.status);
  return json;
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
