// @ts-check
/**
 * Each request as the edge judged it. A denial of CloudFront carries no CORS headers, so a page can never read why it was
 * refused: what is shown here comes from the edge's own log, through the backend.
 */

import { showOffline } from './backend.js';
import { byId, make } from './dom.js';

/** @typedef {{ at: string, method: string, path: string, status: number, verdict: string, errorCode?: string, hint?: string, cache: string }} EdgeLogEntry */
/** @typedef {{ status: 'idle' | 'running' | 'done' | 'failed' | 'elsewhere' | 'changed', startedAt?: string, steps: { title: string, state: string }[], line: string }} RotationProgress */

const ROWS_SHOWN = 80;
const counts = { allowed: 0, denied: 0 };

/** @param {{ onRequest: (entry: EdgeLogEntry) => void, onRotation: (progress: RotationProgress) => void }} listeners */
export function followEdge({ onRequest, onRotation }) {
  const events = new EventSource('api/events');
  events.addEventListener('error', () => {
    showOffline(true);
    // What answers after a break is another run, with books, sessions and a key of its own.
    events.addEventListener('open', () => location.reload());
  });
  events.addEventListener('request', (event) => {
    const entry = /** @type {EdgeLogEntry} */ (JSON.parse(event.data));
    show(entry);
    onRequest(entry);
  });
  events.addEventListener('rotation', (event) => onRotation(JSON.parse(event.data)));
}

/** @param {EdgeLogEntry} entry */
export function isDenied(entry) {
  return entry.verdict !== 'allowed' && entry.verdict !== 'redirect-to-https';
}

byId('denied-only').addEventListener('change', (event) => {
  const { checked } = /** @type {HTMLInputElement} */ (event.target);
  byId('requests').classList.toggle('denied-only', checked);
});

/** @param {EdgeLogEntry} entry */
function show(entry) {
  const denied = isDenied(entry);
  counts[denied ? 'denied' : 'allowed'] += 1;
  byId('allowed-count').textContent = String(counts.allowed);
  byId('denied-count').textContent = String(counts.denied);
  byId('no-rows').hidden = true;

  const file = make('td', { className: 'file', text: fileOf(entry.path) });
  file.title = `${entry.method} ${entry.path}`;
  const row = make('tr', {
    className: denied ? 'denied' : 'allowed',
    children: [
      make('td', { className: 'code', text: String(entry.status) }),
      file,
      make('td', { className: 'verdict', text: denied ? 'denied' : entry.verdict }),
      make('td', { className: 'wide', text: entry.cache }),
      make('td', { className: 'wide', text: new Date(entry.at).toLocaleTimeString([], { hour12: false }) }),
    ],
  });
  const rows = byId('rows');
  const reason = reasonOf(entry);
  rows.prepend(...(reason === null ? [row] : [row, reason]));
  while (rows.childElementCount > ROWS_SHOWN) rows.lastElementChild?.remove();
}

/**
 * Why it was denied, or what else is to be said.
 *
 * @param {EdgeLogEntry} entry
 */
function reasonOf(entry) {
  const { errorCode, hint, verdict, status } = entry;
  const reason = make('td');
  reason.setAttribute('colspan', '4');
  if (isDenied(entry)) {
    if (errorCode !== undefined) reason.append(make('strong', { text: errorCode }), ' ');
    reason.append(hint ?? verdict);
    return make('tr', { className: 'denied reason', children: [make('td'), reason] });
  }
  if (status !== 403 && status !== 404) return null;
  // S3 says 403 where it may not say that there is nothing, and it looks like a denial.
  reason.append('The signature was accepted; the bucket has no such object.');
  return make('tr', { className: 'allowed reason', children: [make('td'), reason] });
}

/** What is below the folder of a title, whose id is a UUID. @param {string} path */
function fileOf(path) {
  if (path.includes('/key-probe-')) return 'probe of a key rotation';
  return path.split(/\/[\da-f]{8}-[\da-f-]{27}\//)[1] || path;
}
