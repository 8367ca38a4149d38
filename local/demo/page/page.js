// @ts-check
/** The demo page: who is signed in, which title plays, and how the edge answers. */

import { ask, BackendError } from './backend.js';
import {
  allowBreakages,
  consequence,
  countForRotation,
  forgetBreakage,
  offerBreakages,
  showRotation,
} from './break-things.js';
import { keepCookies, stopRenewing } from './cookies.js';
import { byId, make, say } from './dom.js';
import { loadLibrary, markCurrent } from './library.js';
import { isFed, isInTrouble, listenToPlayer, play, stop } from './player.js';
import { followEdge, isDenied } from './requests.js';
import { addVideo } from './upload.js';

/** @typedef {import('./backend.js').Book} Book */

const video = /** @type {HTMLVideoElement} */ (byId('video'));

/** @type {Book | null} */
let book = null;
let isSignedIn = false;
/** Each choice of a title has its own number. */
let choice = 0;
/** Earlier denials are about cookies that this browser no longer has. */
let askedAt = Date.now();
/** @type {import('./requests.js').EdgeLogEntry | null} */
let denied = null;

const otherTabs = new BroadcastChannel('storytime-session');
otherTabs.addEventListener('message', () => reported(followSession));
// A tab that was asleep has missed the message.
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState !== 'visible') return;
  reported(followSession);
  // A terminal may have published something meanwhile.
  reported(refreshLibrary);
});
addEventListener('popstate', () => {
  const bookId = askedFor();
  if (bookId !== null && bookId !== book?.id) reported(() => choose(bookId));
});
byId('sign-in').addEventListener('click', () => reported(signIn));
byId('sign-in-and-play').addEventListener('click', () => reported(signIn));
byId('sign-out').addEventListener('click', () => reported(signOut));
byId('ask-anyway').addEventListener('click', () => start());
byId('put-right').addEventListener('click', () => reported(putRight));
byId('add-video').addEventListener('click', () => {
  if (isSignedIn) byId('file').click();
  else say('status', 'Sign in first: adding a video needs a signed-in user.');
});
byId('file').addEventListener('change', () => {
  const input = /** @type {HTMLInputElement} */ (byId('file'));
  const files = [...(input.files ?? [])];
  // The same file may be chosen again after a failure.
  input.value = '';
  for (const file of files)
    addVideo(file, { onReady: () => reported(refreshLibrary), signIn: () => signIn() });
});
listenToPlayer({
  onTrouble: showDenial,
  // What was asked for with the cookies from before may be denied, and told of, a moment after the new ones came.
  onFed: () => {
    if (consequence() === '') hideDenial();
  },
  onBlocked: () => say('status', 'Press play: this browser does not start videos by itself.'),
});
offerBreakages({
  bookId: () => book?.id ?? null,
  onBreaking: async () => {
    await stopRenewing();
    hideDenial();
  },
  onBroken: (cookies) => say('cookies', cookies),
  onSignedOut: () => signedOutElsewhere(),
});
followEdge({
  onRequest: (entry) => {
    countForRotation(entry);
    if (!isDenied(entry) || new Date(entry.at).getTime() < askedAt || !isOfThisBook(entry)) return;
    // The first one says why; those after it are the player's own tries.
    denied ??= entry;
    // The edge's log has requests of others too, and nobody is told of those while all is well here.
    if (consequence() !== '' || isInTrouble()) showDenial();
  },
  onRotation: showRotation,
});

await reported(async () => {
  const session = /** @type {{ signedIn: boolean }} */ (await ask('GET', 'api/session'));
  isSignedIn = session.signedIn;
  showAccount();
  const books = await loadLibrary(onChosen);
  const asked = books.find(({ id }) => id === askedFor());
  const first = asked ?? books[0];
  if (first === undefined) return;
  await choose(first.id);
  if (asked !== undefined) return;
  history.replaceState(null, '', addressOf(first.id));
});

/** The title that the address names. */
function askedFor() {
  return new URLSearchParams(location.search).get('file');
}

/** @param {string} bookId */
function addressOf(bookId) {
  return `?${new URLSearchParams({ file: bookId })}`;
}

/** @param {Book} chosen */
function onChosen(chosen) {
  if (chosen.id !== askedFor()) history.pushState(null, '', addressOf(chosen.id));
  reported(() => choose(chosen.id));
}

/** @param {string} bookId */
async function choose(bookId) {
  stop();
  stopRenewing();
  forgetBreakage();
  hideDenial();
  choice += 1;
  const mine = choice;
  // Asked again, because its poster is signed for seconds.
  const found = /** @type {Book} */ (await ask('GET', `api/books/${encodeURIComponent(bookId)}`));
  // Another title was chosen while the backend was asked.
  if (mine !== choice) return;
  book = found;
  say('title', book.title);
  document.title = `${book.title} · Storytime`;
  video.poster = book.posterUrl ?? '';
  markCurrent(book.id);
  showAccount();
  if (isSignedIn) await playWithCookies(0);
}

async function signIn() {
  await ask('POST', 'api/session');
  isSignedIn = true;
  otherTabs.postMessage('session');
  showAccount();
  byId('player').focus();
  await playWithCookies(0);
}

async function signOut() {
  await stopRenewing();
  await ask('DELETE', 'api/session');
  otherTabs.postMessage('session');
  showSignedOut();
  byId('sign-in').focus();
  say('status', 'Signed out: the backend has deleted the cookies of every title.');
}

function showSignedOut() {
  isSignedIn = false;
  stop();
  hideDenial();
  showAccount();
}

/** In another tab, or because the backend's memory has ended with it. */
function signedOutElsewhere() {
  stopRenewing();
  showSignedOut();
  say('status', 'You were signed out in another tab. Sign in to go on.');
}

/** What another tab has done to the session, which all tabs share. */
async function followSession() {
  const { signedIn } = /** @type {{ signedIn: boolean }} */ (await ask('GET', 'api/session'));
  if (signedIn === isSignedIn) return;
  if (!signedIn) return signedOutElsewhere();
  isSignedIn = true;
  showAccount();
  say('status', '');
  await playWithCookies(0);
}

async function putRight() {
  hideDenial();
  await renewCookies();
  if (!isSignedIn) return;
  // Those that came meanwhile are about the cookies from before.
  hideDenial();
  // A video that gets what it asks for goes on; another is started anew where it is.
  if (!isFed()) start(video.currentTime);
  forgetBreakage('Access is restored: this browser has new cookies, which are renewed before they expire.');
}

/** @param {number} fromSeconds */
async function playWithCookies(fromSeconds) {
  await renewCookies();
  // Signed out while the backend was asked.
  if (isSignedIn) start(fromSeconds);
}

async function renewCookies() {
  if (book === null) return;
  await keepCookies(book.id, {
    onGranted: ({ expiresAt, keyPairId }) => {
      askedAt = Date.now();
      const until = new Date(expiresAt).toLocaleTimeString([], { hour12: false });
      say('cookies', `Cookies for this title until ${until}, signed with key ${keyPairId}`);
    },
    onFailure: (error) => {
      if (error instanceof BackendError && error.status === 401) signedOutElsewhere();
      else say('status', `The cookies were not renewed: ${error.message}.`);
    },
  });
}

/** Plays with whatever cookies the browser holds. */
function start(fromSeconds = 0) {
  if (!book?.playlistUrl) return;
  askedAt = Date.now();
  hideDenial();
  cover(false);
  say('status', '');
  play(book.playlistUrl, fromSeconds);
}

async function refreshLibrary() {
  await loadLibrary(onChosen);
  if (book) markCurrent(book.id);
}

function showAccount() {
  say('account-state', isSignedIn ? 'Signed in' : 'Signed out');
  byId('sign-in').hidden = isSignedIn;
  byId('sign-out').hidden = !isSignedIn;
  cover(!isSignedIn && book !== null);
  if (!isSignedIn) say('cookies', 'No cookies');
  allowBreakages(isSignedIn);
}

/** @param {boolean} isCovered with a cover on it, the video has no controls that a keyboard could reach */
function cover(isCovered) {
  byId('signed-out').hidden = !isCovered;
  video.controls = !isCovered;
}

/** What the player met, in the edge's words as soon as its log has them. */
function showDenial() {
  const what = denied === null ? 'No answer' : `${denied.status} ${denied.errorCode ?? denied.verdict}`;
  const why =
    denied === null ? 'the player could not read an answer from the edge' : (denied.hint ?? denied.verdict);
  const text = `${what} ${why}`;
  const denial = byId('denial');
  if (denial.textContent === text) return;
  denial.replaceChildren(make('p', { children: [make('strong', { text: what }), new Text(` ${why}`)] }));
  // Offers to sign in, in place of a video that would try forever.
  if (!isSignedIn) cover(true);
  const consequences = consequence();
  if (consequences !== '') say('outcome', consequences);
}

function hideDenial() {
  denied = null;
  byId('denial').replaceChildren();
}

/** @param {import('./requests.js').EdgeLogEntry} entry */
function isOfThisBook(entry) {
  if (!book?.playlistUrl) return false;
  return entry.path.startsWith(new URL('.', book.playlistUrl).pathname);
}

/** @param {() => Promise<void>} action */
async function reported(action) {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof BackendError)) throw error;
    if (error.status === 401) return signedOutElsewhere();
    if (book === null) say('title', 'The library cannot be loaded');
    say('status', `${error.message.charAt(0).toUpperCase()}${error.message.slice(1)}.`);
  }
}
