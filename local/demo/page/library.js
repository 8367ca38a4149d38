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
 * @returns {Promise<Book[]>} as the catalogue has them now
 */
export async function loadLibrary(onChosen) {
  const { books, uploads } = /** @type {{ books: Book[], uploads: import('./backend.js').UploadRules }} */ (
    await ask('GET', 'api/library')
  );
  setUploadRules(uploads);
  for (const upload of uploads.underWay) resumeVideo(upload, { onReady: () => loadLibrary(onChosen) });
  const ids = new Set(books.map(({ id }) => id));
  for (const [id, button] of buttons) {
    if (ids.has(id)) continue;
    button.closest('li')?.remove();
    buttons.delete(id);
  }
  for (const book of books) {
    const button = buttons.get(book.id);
    if (button === undefined) addButton(book, onChosen);
    // Somebody may have renamed it.
    else button.querySelector('.book-title')?.replaceChildren(book.title);
  }
  return books;
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
  if (book.posterUrl === undefined) thumbnail.classList.add('missing');
  else thumbnail.src = book.posterUrl;
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
