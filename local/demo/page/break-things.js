// @ts-check
/** Ways to break a viewer's cookies, and the rotation of the signing key, which must not affect playback. */

import { ask, BackendError } from './backend.js';
import { byId, counted, make, say } from './dom.js';
import { isDenied } from './requests.js';

/**
 * @typedef {object} Choice
 * @property {string} how as the backend calls it
 * @property {string} label
 * @property {string} cookies what this browser has now
 * @property {string} done what was done, and what the viewer sees until the buffer is empty
 * @property {string} seen what the viewer sees when the edge has answered, and why
 */

/** @type {Choice[]} */
const CHOICES = [
  {
    how: 'expire',
    cookies: 'Cookies for this title that expire at once and are not renewed',
    label: 'Let the cookies expire',
    done: 'This browser has cookies that expire in four seconds and are not renewed. The video plays until its buffer is empty.',
    seen: 'The video stops: the policy has expired, and the edge checks that for every request.',
  },
  {
    how: 'tamper',
    cookies: 'Cookies for this title with a changed signature',
    label: 'Tamper with the signature',
    done: 'One character of the signature was changed. The video plays until its buffer is empty.',
    seen: 'The video stops: the signature does not match the policy, so the edge denies the request.',
  },
  {
    how: 'extend',
    cookies: 'Cookies for this title with a changed policy',
    label: 'Extend the policy by a year',
    done: 'The policy expires a year later, but its signature is the old one. The video plays until its buffer is empty.',
    seen: 'The video stops: anybody can change a policy, but only the backend can sign it.',
  },
  {
    how: 'other-book',
    cookies: 'Cookies of another title',
    label: 'Use cookies of another title',
    done: 'These cookies are valid, but for another title. The video plays until its buffer is empty.',
    seen: 'The video stops: the policy allows a different path.',
  },
  {
    how: 'drop',
    cookies: 'No cookies for this title',
    label: 'Delete the cookies',
    done: 'The cookies are deleted. The video plays until its buffer is empty.',
    seen: 'The video stops: the edge denies a request without cookies.',
  },
];
const ROTATE = 'Rotate the signing key';

/** @type {Choice | null} */
let chosen = null;
/** @type {{ bookId: () => string | null, onBreaking: () => Promise<void>, onBroken: (cookies: string) => void, onSignedOut: () => void }} */
let listeners = { bookId: () => null, onBreaking: async () => {}, onBroken: () => {}, onSignedOut: () => {} };
/** Requests since the rotation began. */
let tally = { isCounting: false, startedAt: '', allowed: 0, denied: 0 };

/** @param {typeof listeners} given */
export function offerBreakages(given) {
  listeners = given;
  const items = CHOICES.map((choice) => {
    const button = make('button', { text: choice.label });
    button.dataset.how = choice.how;
    button.addEventListener('click', () => breakCookies(choice));
    return make('li', { children: [withType(button)] });
  });
  const rotate = withType(make('button', { text: ROTATE }));
  rotate.id = 'rotate';
  rotate.addEventListener('click', startRotation);
  byId('choices').append(...items, make('li', { children: [rotate] }));
}

/** @param {boolean} isSignedIn */
export function allowBreakages(isSignedIn) {
  for (const button of byId('choices').querySelectorAll('button')) {
    if (button.id !== 'rotate') button.disabled = !isSignedIn;
  }
  byId('put-right').toggleAttribute('disabled', !isSignedIn);
  if (!isSignedIn) forgetBreakage();
}

/** @returns what the viewer sees now and why; empty when nothing was broken here */
export function consequence() {
  return chosen?.seen ?? '';
}

/** @param {string} [text] */
export function forgetBreakage(text = '') {
  mark(null);
  say('outcome', text);
}

/** @param {Choice} choice */
async function breakCookies(choice) {
  const bookId = listeners.bookId();
  if (bookId === null) return;
  await listeners.onBreaking();
  mark(choice);
  try {
    await ask('POST', `api/break/books/${bookId}/${choice.how}`);
    listeners.onBroken(choice.cookies);
    say('outcome', choice.done);
  } catch (error) {
    mark(null);
    complain('Nothing was changed', error);
  }
}

/**
 * @param {string} what
 * @param {unknown} error
 */
function complain(what, error) {
  if (error instanceof BackendError && error.status === 401) listeners.onSignedOut();
  say('outcome', `${what}: ${error instanceof Error ? error.message : error}.`);
}

/** @param {Choice | null} choice */
function mark(choice) {
  chosen = choice;
  for (const button of byId('choices').querySelectorAll('button')) {
    if (button.id !== 'rotate')
      button.setAttribute('aria-pressed', String(button.dataset.how === choice?.how));
  }
  byId('put-right').classList.toggle('primary', choice !== null);
}

async function startRotation() {
  try {
    await ask('POST', 'api/break/rotation');
    say(
      'outcome',
      'The same command rotates the key of production. Viewers are unaffected, because the edge trusts both keys until all cookies signed with the old key have expired.',
    );
  } catch (error) {
    complain('No rotation was started', error);
  }
}

/** @param {import('./requests.js').RotationProgress} progress */
export function showRotation({ status, startedAt = '', steps, line }) {
  const isRunning = status === 'running';
  if (isRunning && !tally.isCounting) tally = { isCounting: true, startedAt, allowed: 0, denied: 0 };
  tally.isCounting = isRunning;
  // Not disabled: the focus would be lost with it.
  byId('rotate').setAttribute('aria-disabled', String(isRunning || status === 'elsewhere'));
  byId('rotation').hidden = status === 'idle';
  byId('rotation').dataset.status = status;
  byId('rotation-steps').replaceChildren(
    ...steps.map(({ title, state }) => {
      const item = make('li', { className: state, text: title });
      const said = { done: 'done', running: isRunning ? 'running' : 'not finished', waiting: 'not started' };
      item.append(
        make('span', { className: 'step-state', text: said[/** @type {keyof typeof said} */ (state)] }),
      );
      return item;
    }),
  );
  byId('rotation-line').textContent = line;
  if (status === 'elsewhere' || status === 'changed') say('outcome', '');
  // A page that was opened later has not counted the requests before.
  if (tally.startedAt === startedAt) showTally(status);
  else byId('rotation-tally').textContent = '';
  if (status === 'done') {
    say(
      'outcome',
      `The key is rotated, and the edge denies everything signed with the old key${meanwhile()}.`,
    );
  }
  if (status === 'failed') say('outcome', 'The rotation has stopped. Rotate again to continue it.');
}

/** @param {import('./requests.js').EdgeLogEntry} entry */
export function countForRotation(entry) {
  // Who opens the page meanwhile is told of earlier requests too.
  if (!tally.isCounting || entry.at < tally.startedAt) return;
  tally[isDenied(entry) ? 'denied' : 'allowed'] += 1;
  showTally('running');
}

/** Said only where it was seen. */
function meanwhile() {
  if (tally.allowed === 0 || tally.denied > 0) return '';
  return `; none of the ${counted(tally.allowed, 'request')} during the rotation was denied`;
}

/** @param {string} status */
function showTally(status) {
  const when = status === 'running' ? 'Since it started' : 'While it ran';
  byId('rotation-tally').textContent =
    `${when}: ${counted(tally.allowed, 'request')} allowed, ${tally.denied} denied.`;
}

/** @param {HTMLElement} button */
function withType(button) {
  button.setAttribute('type', 'button');
  return button;
}
