// @ts-check
/** Ways to break a viewer's cookies, and the rotation of the key, which breaks nothing. */

import { ask } from './backend.js';
import { byId, make, say } from './dom.js';
import { isDenied } from './requests.js';

/**
 * @typedef {object} Choice
 * @property {string} how as the backend calls it
 * @property {string} label
 * @property {string} done what has been done, and what the viewer sees meanwhile
 * @property {string} seen what the viewer sees once the edge has answered, and why
 */

/** @type {Choice[]} */
const CHOICES = [
  {
    how: 'expire',
    label: 'Let the cookies expire',
    done: 'This browser has cookies that are good for four seconds and are not renewed; the picture goes on while they last.',
    seen: 'The picture stops at the end of what was buffered: the policy’s date has passed, and the edge checks it at every request.',
  },
  {
    how: 'tamper',
    label: 'Tamper with the signature',
    done: 'One letter of the signature is another; the picture goes on with what is buffered.',
    seen: 'The picture stops: the signature no longer fits the policy, so the edge takes neither.',
  },
  {
    how: 'extend',
    label: 'Extend the policy by a year',
    done: 'The policy’s date is a year later, under the old signature; the picture goes on with what is buffered.',
    seen: 'The picture stops: a policy can be read and rewritten by anybody, but not signed again.',
  },
  {
    how: 'other-book',
    label: 'Use another book’s cookies',
    done: 'These cookies are whole and well signed, for another book; the picture goes on with what is buffered.',
    seen: 'The picture stops: the policy opens another path than the one that is asked for.',
  },
  {
    how: 'drop',
    label: 'Drop the cookies',
    done: 'The cookies are gone; the picture goes on with what is buffered.',
    seen: 'The picture stops: a request without cookies says nothing about who asks, so the edge gives nothing.',
  },
];
const ROTATE = 'Rotate the signing key';

/** @type {Choice | null} */
let chosen = null;
/** @type {{ bookId: () => string | null, onBroken: () => Promise<void> }} */
let listeners = { bookId: () => null, onBroken: async () => {} };
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
  await listeners.onBroken();
  mark(choice);
  try {
    await ask('POST', `api/break/books/${bookId}/${choice.how}`);
    say('outcome', choice.done);
  } catch (error) {
    mark(null);
    say('outcome', `Nothing was broken: ${error instanceof Error ? error.message : error}.`);
  }
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
      'The same command rotates production’s key; the viewer sees nothing of it, since the edge trusts both keys until the old one’s cookies have run out.',
    );
  } catch (error) {
    say('outcome', `No rotation was begun: ${error instanceof Error ? error.message : error}.`);
  }
}

/** @param {import('./requests.js').RotationProgress} progress */
export function showRotation({ status, startedAt = '', steps, line }) {
  const isRunning = status === 'running';
  if (isRunning && !tally.isCounting) tally = { isCounting: true, startedAt, allowed: 0, denied: 0 };
  tally.isCounting = isRunning;
  // Not disabled: the focus would be lost with it.
  byId('rotate').setAttribute('aria-disabled', String(isRunning));
  byId('rotation').hidden = status === 'idle';
  byId('rotation').dataset.status = status;
  byId('rotation-steps').replaceChildren(
    ...steps.map(({ title, state }) => {
      const item = make('li', { className: state, text: title });
      const said = { done: 'done', running: isRunning ? 'under way' : 'not finished', waiting: 'to come' };
      item.append(
        make('span', { className: 'step-state', text: said[/** @type {keyof typeof said} */ (state)] }),
      );
      return item;
    }),
  );
  byId('rotation-line').textContent = line;
  // A page that was not there knows nothing of what came meanwhile.
  if (tally.startedAt === startedAt) showTally(status);
  else byId('rotation-tally').textContent = '';
  if (status === 'done') {
    say('outcome', `The key is rotated: the old one opens nothing any more${meanwhile()}.`);
  }
  if (status === 'failed')
    say('outcome', 'The rotation has stopped. Rotate again: it goes on from where it is.');
}

/** @param {import('./requests.js').EdgeLogEntry} entry */
export function countForRotation(entry) {
  // Who opens the page meanwhile is told of earlier requests too.
  if (!tally.isCounting || entry.at < tally.startedAt) return;
  tally[isDenied(entry) ? 'denied' : 'allowed'] += 1;
  showTally('running');
}

/** What was seen, and not what was hoped for. */
function meanwhile() {
  if (tally.allowed === 0 || tally.denied > 0) return '';
  return `, and none of the ${tally.allowed} requests meanwhile was denied`;
}

/** @param {string} status */
function showTally(status) {
  const when = status === 'running' ? 'Since it began' : 'While it ran';
  byId('rotation-tally').textContent = `${when}: ${tally.allowed} requests allowed, ${tally.denied} denied.`;
}

/** @param {HTMLElement} button */
function withType(button) {
  button.setAttribute('type', 'button');
  return button;
}
