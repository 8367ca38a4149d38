// @ts-check
/** The list of books: each a button with its thumbnail. */

import { ask } from './backend.js';
import { byId, make } from './dom.js';
import { resumeVideo, setUploadRules } from './upload.js';

/** @typedef {import('./backend.js').Book} Book */

/** A thumbnail's URL is signed for seconds and its picture is kept, so each button is made once. */
const buttons = /** @type {Map<string, HTMLButtonElement>} */ (new Map());

/**
 * @param {(book: Book) => void} onChosen
 * @returns {Promise<Book[]>} those that can be played
 */
export async function loadLibrary(onChosen) {
  const { books, uploads } = /** @type {{ books: Book[], uploads: import('./backend.js').UploadRules }} */ (
    await ask('GET', 'api/library')
  );
  setUploadRules(uploads);
  // What is under way since before this page was loaded.
  for (const book of books) {
    if (book.state.status === 'transcoding') resumeVideo(book, { onReady: () => loadLibrary(onChosen) });
  }
  const ready = books.filter(({ state }) => state.status === 'ready');
  for (const book of ready) {
    if (!buttons.has(book.id)) addButton(book, onChosen);
  }
  return ready;
}

/** @param {string} bookId */
export function markCurrent(bookId) {
  for (const [id, button] of buttons) {
    if (id === bookId) button.setAttribute('aria-current', 'true');
    else button.removeAttribute('aria-current');
  }
}

/**
 * @param {Book} book
 * @param {(book: Book) => void} onChosen
 */
function addButton(book, onChosen) {
  const thumbnail = /** @type {HTMLImageElement} */ (make('img'));
  thumbnail.alt = '';
  thumbnail.width = 128;
  thumbnail.height = 72;
  thumbnail.addEventListener('error', () => thumbnail.classList.add('missing'));
  thumbnail.src = book.posterUrl ?? '';
  const button = /** @type {HTMLButtonElement} */ (
    make('button', {
      children: [thumbnail, make('span', { className: 'book-title', text: book.title })],
    })
  );
  button.type = 'button';
  button.addEventListener('click', () => onChosen(book));
  buttons.set(book.id, button);
  byId('books').append(make('li', { children: [button] }));
}
