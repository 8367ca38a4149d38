// @ts-check
/**
 * The demo page: asks its backend for cookies, plays from the edge, and shows each request as the edge judged it.
 *
 * A denial from CloudFront carries no CORS headers, so a page can never read why it was refused. What is
 * shown here comes from the edge's own log, through the backend.
 */

/** @typedef {{ id: string, title: string, playlistUrl: string, posterUrl: string }} Book */
/** @typedef {{ method: string, path: string, status: number, verdict: string, errorCode?: string, hint?: string, cache: string }} EdgeLogEntry */

const ROWS_SHOWN = 60;
/** Under this name the tab keeps the id of the book that it is signed in for. */
const SIGNED_IN = 'signed-in';

const video = /** @type {HTMLVideoElement} */ (byId('video'));
const counts = { allowed: 0, denied: 0 };
/** @type {{ destroy(): void } | null} */
let player = null;
/** @type {Promise<boolean>} */
let renewing = Promise.resolve(false);
/** @type {ReturnType<typeof setTimeout> | undefined} */
let nextRenewal;

const book = await firstBook();
byId('title').textContent = book.title;
video.poster = book.posterUrl;
document.title = `${book.title} · Storytime`;

byId('sign-in').addEventListener('click', async () => {
  if (await renewCookies()) play();
});
byId('forget').addEventListener('click', async () => {
  // One that is under way would bring the cookies back.
  await renewing;
  clearTimeout(nextRenewal);
  sessionStorage.removeItem(SIGNED_IN);
  if (!(await askBackend('DELETE'))) return;
  say('Cookies forgotten. What is buffered plays on; the next request to the edge will be refused.');
});
byId('reload').addEventListener('click', () => play());

followEdge();
// A reload is no sign-out: the cookies are out of scripts' sight, so the tab remembers that there are some.
if (sessionStorage.getItem(SIGNED_IN) === book.id) await renewCookies();
play();

/** Asks for cookies now and, while signed in, again at half their life: so no key has to outlive them for long. */
function renewCookies() {
  clearTimeout(nextRenewal);
  renewing = askForCookies();
  return renewing;
}

/** @returns {Promise<boolean>} whether there are new ones */
async function askForCookies() {
  const answer = await askBackend('POST');
  if (!answer) return false;
  if (!answer.ok) {
    say(`The backend gave no cookies: ${answer.status} ${answer.statusText}.`);
    return false;
  }
  const { expiresIn, expiresAt } = await answer.json();
  sessionStorage.setItem(SIGNED_IN, book.id);
  say(
    `Signed in: three cookies for this book, good until ${new Date(expiresAt).toLocaleTimeString()} and renewed before.`,
  );
  nextRenewal = setTimeout(renewCookies, (expiresIn / 2) * 1000);
  return true;
}

/** Plays from the start with whatever cookies the browser holds. */
function play() {
  player?.destroy();
  byId('denial').hidden = true;
  // What was refused before says nothing about this attempt.
  byId('denial-code').textContent = '';
  byId('denial-hint').textContent = '';
  document.documentElement.dataset.playback = 'loading';
  // @ts-expect-error: hls.js is a classic script, served from this page's own origin.
  const Hls = window.Hls;
  player = Hls?.isSupported() ? playWithHlsJs(Hls) : playNatively();
}

function playWithHlsJs(Hls) {
  document.documentElement.dataset.engine = 'hls.js';
  const hls = new Hls({
    // Cookies go to the edge only with credentials, and the edge's CORS answer names this origin exactly.
    xhrSetup: (request) => {
      request.withCredentials = true;
    },
  });
  hls.on(Hls.Events.MANIFEST_PARSED, started);
  hls.on(Hls.Events.ERROR, (_, error) => {
    if (error.fatal) refused(error.details);
  });
  hls.loadSource(book.playlistUrl);
  hls.attachMedia(video);
  return hls;
}

/** Safari on a phone has no Media Source Extensions and plays HLS by itself. */
function playNatively() {
  document.documentElement.dataset.engine = 'native';
  const controller = new AbortController();
  video.crossOrigin = 'use-credentials';
  video.addEventListener('loadedmetadata', started, { signal: controller.signal });
  video.addEventListener('error', () => refused('the browser could not load the playlist'), {
    signal: controller.signal,
  });
  video.src = book.playlistUrl;
  return { destroy: () => controller.abort() };
}

function started() {
  document.documentElement.dataset.playback = 'playing';
  video.play().catch((error) => {
    // Any other failure is a start that the next one has overtaken.
    if (error.name === 'NotAllowedError') say('Press play: this browser starts no video by itself.');
  });
}

/** @param {string} what */
function refused(what) {
  document.documentElement.dataset.playback = 'refused';
  byId('denial').hidden = false;
  if (byId('denial-code').textContent === '') byId('denial-code').textContent = what;
}

/**
 * Asks for cookies, or for their end.
 *
 * @param {'POST' | 'DELETE'} method
 * @returns {Promise<Response | null>} null when nobody answers any more
 */
async function askBackend(method) {
  try {
    return await fetch(`api/books/${book.id}/session`, { method });
  } catch {
    say('The demo has ended: run npm start again and reload this page.');
    return null;
  }
}

function followEdge() {
  const events = new EventSource('api/requests');
  events.addEventListener('request', (event) => show(JSON.parse(event.data)));
}

/** @param {EdgeLogEntry} entry */
function show(entry) {
  const denied = entry.verdict !== 'allowed';
  counts[denied ? 'denied' : 'allowed'] += 1;
  byId('allowed-count').textContent = String(counts.allowed);
  byId('denied-count').textContent = String(counts.denied);
  if (denied) {
    byId('denial-code').textContent = `${entry.status} ${entry.errorCode ?? entry.verdict}`;
    byId('denial-hint').textContent = entry.hint ?? '';
  }

  const row = document.createElement('tr');
  row.className = denied ? 'denied' : 'allowed';
  const verdict = denied ? `${entry.errorCode ?? ''} ${entry.hint ?? entry.verdict}`.trim() : 'allowed';
  for (const [className, text] of [
    ['code', String(entry.status)],
    ['path', entry.path.replace(`/books/${book.id}/`, '')],
    ['verdict', verdict],
    ['cache', entry.cache],
  ]) {
    const cell = row.insertCell();
    cell.className = className ?? '';
    cell.textContent = text ?? '';
  }
  row.title = `${entry.method} ${entry.path}`;
  const rows = byId('requests');
  rows.prepend(row);
  while (rows.childElementCount > ROWS_SHOWN) rows.lastElementChild?.remove();
}

/** @returns {Promise<Book>} */
async function firstBook() {
  const answer = await fetch('api/library');
  const { books } = await answer.json();
  return books[0];
}

/** @param {string} text */
function say(text) {
  byId('status').textContent = text;
}

/** @param {string} id */
function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`no element #${id}`);
  return element;
}
