// @ts-check
/** Keeps the cookies of the book that is being watched fresh: at half their life they are asked for again. */

import { ask } from './backend.js';

/** @type {ReturnType<typeof setTimeout> | undefined} */
let next;
/** Each start and each stop has its own number: what an earlier one still has under way counts for nothing. */
let run = 0;
/** @type {Promise<unknown>} */
let underWay = Promise.resolve();

/**
 * Asks now, and again until `stopRenewing`.
 *
 * @param {string} bookId
 * @param {{ onGranted: (grant: import('./backend.js').Grant) => void, onFailure: (error: Error) => void }} listeners
 * @throws {import('./backend.js').BackendError} when there are no cookies at the first time
 */
export async function keepCookies(bookId, listeners) {
  stopRenewing();
  const mine = run;
  await renew();

  async function renew() {
    const asked = ask('POST', `api/books/${bookId}/cookies`);
    underWay = asked.catch(() => {});
    const grant = /** @type {import('./backend.js').Grant} */ (await asked);
    if (mine !== run) return;
    listeners.onGranted(grant);
    next = setTimeout(() => renew().catch(listeners.onFailure), (grant.expiresIn / 2) * 1000);
  }
}

/** @returns when none is under way that would bring cookies back */
export function stopRenewing() {
  run += 1;
  clearTimeout(next);
  return underWay;
}
