// @ts-check
/** Adds a user's own video: an upload form from the backend, the file straight to S3, then a MediaConvert job, with progress. */

import { ask, BackendError } from './backend.js';
import { byId, make, readableLength, readableSize, say } from './dom.js';

/** @typedef {import('./backend.js').UploadRules} UploadRules */

const POLL_MILLISECONDS = 500;
/** A length that a browser has not found by then, it need not say. */
const METADATA_MILLISECONDS = 2000;
/** What browsers leave empty: they know few names of Matroska. */
const TYPE_BY_ENDING = /** @type {Record<string, string>} */ ({
  mp4: 'video/mp4',
  m4v: 'video/mp4',
  mov: 'video/quicktime',
  mkv: 'video/x-matroska',
});
/** S3's own codes, as far as a person can do something about them. */
const REMEDIES = /** @type {Record<string, string>} */ ({
  EntityTooLarge: 'S3 refused the file, because it is larger than the limit. Export it smaller.',
  EntityTooSmall: 'S3 refused the file, because it is empty. Copy or export it again.',
  AccessDenied: 'S3 refused the upload form, because it has expired or was changed. Add the video again.',
});

/** @type {UploadRules} */
let rules = { contentTypes: [], maxBytes: 0, longestSeconds: 0 };
/** Books whose job has a card already. */
const followed = new Set();

/** @param {UploadRules} given */
export function setUploadRules(given) {
  rules = given;
  byId('upload-limits').textContent =
    `MP4, MOV or MKV, up to ${readableSize(given.maxBytes)} and ${readableLength(given.longestSeconds)}. The file goes from this browser straight to the bucket.`;
  byId('file').setAttribute(
    'accept',
    Object.keys(TYPE_BY_ENDING)
      .map((ending) => `.${ending}`)
      .join(','),
  );
}

/**
 * @param {File} file
 * @param {{ onReady: (bookId: string) => void, signIn: () => Promise<void> }} listeners
 */
export async function addVideo(file, { onReady, signIn }) {
  const card = showCard(file.name);
  try {
    const { bookId, ...form } = await askForForm(file);
    await sendToS3(file, form, (sent) => {
      card.progress(
        (sent / file.size) * 100,
        `Uploading: ${readableSize(sent)} of ${readableSize(file.size)}`,
      );
    });
    followed.add(bookId);
    await ask('POST', `api/books/${bookId}/transcode`);
    await followJob(bookId, card, onReady);
  } catch (error) {
    const isSignedOut = error instanceof BackendError && error.status === 401;
    if (isSignedOut) {
      // The file is still at hand.
      card.fail('You are signed out', {
        label: 'Sign in and add it',
        action: () => signIn().then(() => addVideo(file, { onReady, signIn })),
      });
      return;
    }
    card.fail(error instanceof Error ? error.message : String(error));
  }
}

/**
 * One that is under way since before this page was loaded.
 *
 * @param {import('./backend.js').Book} book
 * @param {{ onReady: (bookId: string) => void }} listeners
 */
export function resumeVideo(book, { onReady }) {
  if (followed.has(book.id)) return;
  followed.add(book.id);
  const card = showCard(book.title);
  followJob(book.id, card, onReady).catch((error) => card.fail(error.message));
}

/** @param {File} file */
async function askForForm(file) {
  const ending = file.name.split('.').pop()?.toLowerCase() ?? '';
  const contentType = rules.contentTypes.includes(file.type)
    ? file.type
    : (TYPE_BY_ENDING[ending] ?? file.type);
  const title = file.name.replace(/\.[^.]*$/, '').slice(0, 120) || 'Untitled';
  const durationSeconds = await durationOf(file);
  return /** @type {Promise<{ bookId: string, url: string, fields: Record<string, string> }>} */ (
    ask('POST', 'api/uploads', { title, contentType, bytes: file.size, durationSeconds })
  );
}

/**
 * Its length, so that nobody uploads for an hour what will be refused; undefined where this browser does not know the
 * container or the container does not say. The backend measures what has come by itself.
 *
 * @param {File} file
 * @returns {Promise<number | undefined>} seconds
 */
async function durationOf(file) {
  const video = document.createElement('video');
  const address = URL.createObjectURL(file);
  try {
    await new Promise((resolve) => {
      for (const event of ['loadedmetadata', 'error']) video.addEventListener(event, resolve, { once: true });
      setTimeout(resolve, METADATA_MILLISECONDS);
      video.preload = 'metadata';
      video.src = address;
    });
    return Number.isFinite(video.duration) && video.duration > 0 ? video.duration : undefined;
  } finally {
    video.removeAttribute('src');
    URL.revokeObjectURL(address);
  }
}

/**
 * XMLHttpRequest, because fetch tells nobody how much it has sent.
 *
 * @param {File} file
 * @param {{ url: string, fields: Record<string, string> }} form
 * @param {(sentBytes: number) => void} onProgress
 * @returns {Promise<void>}
 */
function sendToS3(file, { url, fields }, onProgress) {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  // S3 ignores every field after the file.
  body.append('file', file);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.upload.addEventListener('progress', ({ loaded }) => onProgress(Math.min(loaded, file.size)));
    request.addEventListener('load', () => {
      if (request.status < 300) return resolve();
      const code = /<Code>(\w+)<\/Code>/.exec(request.responseText)?.[1] ?? String(request.status);
      reject(new Error(REMEDIES[code] ?? `S3 refused the file (${code}). Add the video again.`));
    });
    request.addEventListener('error', () =>
      reject(
        new Error(
          'The upload stopped: S3 did not answer, or the CORS rules of the bucket do not name this page. Add the video again.',
        ),
      ),
    );
    request.open('POST', url);
    request.send(body);
  });
}

/**
 * @param {string} bookId
 * @param {ReturnType<typeof showCard>} card
 * @param {(bookId: string) => void} onReady
 */
async function followJob(bookId, card, onReady) {
  for (;;) {
    const { state } = /** @type {import('./backend.js').Book} */ (await ask('GET', `api/books/${bookId}`));
    if (state.status === 'failed') throw new BackendError(sentence(state.error), 0);
    if (state.status === 'ready') {
      card.remove();
      say('library-status', `${card.title} is ready to play.`);
      return onReady(bookId);
    }
    if (state.status === 'transcoding') card.progress(state.percent, `Transcoding: ${state.percent} %`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
  }
}

/** @param {string} title */
function showCard(title) {
  const bar = /** @type {HTMLProgressElement} */ (make('progress'));
  bar.max = 100;
  bar.value = 0;
  bar.setAttribute('aria-label', `Progress of ${title}`);
  const text = make('p', { className: 'small muted', text: 'Preparing the upload…' });
  const card = make('li', {
    className: 'upload',
    children: [make('p', { className: 'upload-title', text: title }), bar, text],
  });
  byId('uploads').append(card);
  say('library-status', `Adding ${title}.`);
  return {
    title,
    /**
     * @param {number} percent
     * @param {string} line
     */
    progress(percent, line) {
      bar.value = percent;
      bar.setAttribute('aria-valuetext', line);
      text.textContent = line;
    },
    /**
     * @param {string} line
     * @param {{ label: string, action: () => Promise<void> }} [retry]
     */
    fail(line, retry) {
      bar.remove();
      text.className = 'small denied-text';
      text.textContent = sentence(line);
      const dismiss = make('button', { text: 'Dismiss' });
      dismiss.setAttribute('type', 'button');
      dismiss.setAttribute('aria-label', `Dismiss ${title}`);
      dismiss.addEventListener('click', () => {
        card.remove();
        byId('add-video').focus();
      });
      if (retry !== undefined) {
        const again = make('button', { text: retry.label });
        again.setAttribute('type', 'button');
        again.addEventListener('click', () => {
          card.remove();
          retry.action().catch((error) => say('library-status', sentence(error.message)));
        });
        card.append(again);
      }
      card.append(dismiss);
      say('library-status', `${title} was not added. ${sentence(line)}`);
    },
    remove: () => card.remove(),
  };
}

/** @param {string} line */
function sentence(line) {
  const text = line.charAt(0).toUpperCase() + line.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
