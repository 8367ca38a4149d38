// @ts-check
/**
 * Adds a user's own videos: each is read once for its checksums, its parts go straight to S3, and the backend makes a title of
 * it. What S3 has is kept, so that the same file continues where it stopped, after a reload too.
 */

import { ask, BackendError } from './backend.js';
import { byId, readableLength, readableRest, readableSize, say } from './dom.js';
import { hashFile } from './hash-file.js';
import { limiter } from './limiter.js';
import { InterruptedError, sendParts, UploadGoneError } from './send-parts.js';
import { sentence, showCard } from './upload-card.js';

/** @typedef {import('./backend.js').Book} Book */
/** @typedef {import('./backend.js').UploadRules} UploadRules */
/** @typedef {ReturnType<typeof showCard>} Card */
/** @typedef {{ uploadId: string, missing: number[], presentBytes: number, endsAt: string | null } | { book: Book }} Plan */
/** @typedef {{ status: 'sending' } | { status: 'checking' } | { status: 'transcoding', percent: number } | { status: 'ready', book: Book } | { status: 'failed', error: string }} UploadState */
/** @typedef {{ uploadId: string | null, bytes: number, endsAt: string | null }} Kept what S3 has of a file */
/** @typedef {{ onReady: (bookId: string) => void, signIn: () => Promise<void> }} Listeners */

const POLL_MILLISECONDS = 500;
/** A length that a browser has not found by then, it need not say. */
const METADATA_MILLISECONDS = 2000;
/** Before that, a rate says more about the first seconds than about the rest. */
const RATE_MILLISECONDS = 3000;
const FILES_AT_ONCE = 2;
/** Each ends with a master, or finds an upload that others have ended meanwhile. */
const MOST_PLANS = 6;
const PLAN_PAUSE_MS = 1000;
/** What browsers leave empty: they know few names of Matroska. */
const TYPE_BY_ENDING = /** @type {Record<string, string>} */ ({
  mp4: 'video/mp4',
  m4v: 'video/mp4',
  mov: 'video/quicktime',
  mkv: 'video/x-matroska',
});

/** @type {UploadRules} */
let rules = { contentTypes: [], maxBytes: 0, longestSeconds: 0, underWay: [] };
const place = limiter(FILES_AT_ONCE);
/** Uploads whose job has a row already. */
const followed = new Set();
let sendingCount = 0;

/** @param {UploadRules} given */
export function setUploadRules(given) {
  rules = given;
  byId('upload-limits').textContent =
    `MP4, MOV or MKV, up to ${readableSize(given.maxBytes)} and ${readableLength(given.longestSeconds)}. The file goes from this browser straight to the bucket. An upload that was stopped continues when you add the same file again.`;
  byId('file').setAttribute(
    'accept',
    Object.keys(TYPE_BY_ENDING)
      .map((ending) => `.${ending}`)
      .join(','),
  );
}

/**
 * @param {File} file
 * @param {Listeners} listeners
 */
export async function addVideo(file, listeners) {
  const stop = new AbortController();
  const card = showCard(file.name, { onCancel: () => stop.abort() });
  const again = (/** @type {string} */ label) => ({ label, action: () => void addVideo(file, listeners) });
  const kept = /** @type {Kept} */ ({ uploadId: null, bytes: 0, endsAt: null });
  try {
    const sent = await place(() => whileWarning(() => send(file, { card, kept, signal: stop.signal })));
    card.cannotCancel();
    if ('book' in sent) {
      card.stop(`this file is in the library already, as “${sent.book.title}”`);
      return listeners.onReady(sent.book.id);
    }
    followed.add(sent.uploadId);
    await followUpload(sent.uploadId, card, listeners.onReady);
  } catch (error) {
    if (stop.signal.aborted) {
      // The backend forgets it, whenever it hears of it; S3 keeps the parts.
      if (kept.uploadId !== null) ask('DELETE', `api/uploads/${kept.uploadId}`).catch(() => {});
      return card.stop(canceled(file, kept), again('Continue'));
    }
    if (error instanceof InterruptedError) {
      return card.fail(`the upload stopped: ${error.message}. ${keptLine(file, kept)}`, again('Continue'));
    }
    if (!(error instanceof BackendError)) {
      return card.fail(error instanceof Error ? error.message : String(error));
    }
    if (error.status === 401) {
      // The file is still at hand.
      return card.fail('You are signed out', {
        label: 'Sign in and add',
        action: () => {
          listeners
            .signIn()
            .then(() => addVideo(file, listeners))
            .catch((/** @type {Error} */ failure) => say('library-status', sentence(failure.message)));
        },
      });
    }
    const isRefusal = error.status === 422 || error.status === 409;
    card.fail(error.message, isRefusal ? undefined : again('Try again'));
  }
}

/**
 * One that the backend makes a title of since before this page was loaded.
 *
 * @param {{ id: string, name: string }} upload
 * @param {Pick<Listeners, 'onReady'>} listeners
 */
export function resumeVideo({ id, name }, { onReady }) {
  if (followed.has(id)) return;
  followed.add(id);
  const card = showCard(name);
  followUpload(id, card, onReady).catch((error) => card.fail(error.message));
}

/**
 * @param {File} file
 * @param {{ card: Card, kept: Kept, signal: AbortSignal }} options
 * @returns {Promise<{ uploadId: string } | { book: Book }>} an upload that the backend publishes, or the title that is there
 */
async function send(file, { card, kept, signal }) {
  signal.throwIfAborted();
  const described = await describe(file);
  signal.throwIfAborted();
  const { partBytes } = /** @type {{ partBytes: number }} */ (
    await ask('POST', 'api/uploads/check', described)
  );
  const hashes = await hashFile(file, {
    partBytes,
    signal,
    onRead: (bytes) => card.progress((bytes / file.size) * 100, `Reading: ${ofWhole(bytes, file)}`),
  });
  for (let plans = 1; ; plans += 1) {
    const plan = /** @type {Plan} */ (await ask('POST', 'api/uploads', { ...described, ...hashes }, signal));
    if ('book' in plan) return plan;
    try {
      await sendPlanned(file, { plan, partBytes, card, kept, signal });
      return plan;
    } catch (error) {
      if (!isAboutPlan(error) || plans === MOST_PLANS) throw error;
      await new Promise((resolve) => setTimeout(resolve, PLAN_PAUSE_MS));
    }
  }
}

/**
 * @param {File} file
 * @param {{ plan: Exclude<Plan, { book: Book }>, partBytes: number, card: Card, kept: Kept, signal: AbortSignal }} options
 */
async function sendPlanned(file, { plan, partBytes, card, kept, signal }) {
  const { uploadId, missing, presentBytes, endsAt } = plan;
  const startedAt = Date.now();
  Object.assign(kept, { uploadId, endsAt });
  /** @param {number} sentBytes */
  const onSent = (sentBytes) => {
    const bytes = presentBytes + sentBytes;
    kept.bytes = bytes;
    const line = `Uploading: ${ofWhole(bytes, file)}${rateLine(sentBytes, file.size - bytes, startedAt)}`;
    card.progress((bytes / file.size) * 100, line);
  };
  onSent(0);
  await sendParts({
    ...{ uploadId, file, partBytes, missing, signal, onSent },
    onTrouble: (why) => card.progress((kept.bytes / file.size) * 100, `${sentence(why)} Trying again…`),
  });
  card.progress(100, 'Uploaded');
  await ask('POST', `api/uploads/${uploadId}/complete`, undefined, signal);
}

/** The backend or S3 know the upload no more, or parts are missing after all. @param {unknown} error */
function isAboutPlan(error) {
  if (error instanceof UploadGoneError) return true;
  return error instanceof BackendError && (error.status === 404 || error.isIncomplete);
}

/** What the backend is told of a file before anybody reads it. @param {File} file */
async function describe(file) {
  const ending = file.name.split('.').pop()?.toLowerCase() ?? '';
  const contentType = rules.contentTypes.includes(file.type)
    ? file.type
    : (TYPE_BY_ENDING[ending] ?? file.type);
  const durationSeconds = await durationOf(file);
  return {
    name: file.name,
    contentType,
    bytes: file.size,
    ...(durationSeconds !== undefined && { durationSeconds }),
  };
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
 * @param {string} uploadId
 * @param {Card} card
 * @param {(bookId: string) => void} onReady
 */
async function followUpload(uploadId, card, onReady) {
  for (;;) {
    const { state } = /** @type {{ state: UploadState }} */ (await ask('GET', `api/uploads/${uploadId}`));
    if (state.status === 'failed') return card.fail(state.error);
    if (state.status === 'ready') {
      card.remove();
      say('library-status', `${card.name} is ready to play.`);
      return onReady(state.book.id);
    }
    if (state.status === 'transcoding') card.progress(state.percent, `Transcoding: ${state.percent} %`);
    else card.progress(0, 'Checking what was uploaded');
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
  }
}

/**
 * Leaving the page would stop what is being read or sent. The backend goes on with what it has.
 *
 * @template T
 * @param {() => Promise<T>} task
 * @returns {Promise<T>}
 */
async function whileWarning(task) {
  if (sendingCount === 0) addEventListener('beforeunload', warn);
  sendingCount += 1;
  try {
    return await task();
  } finally {
    sendingCount -= 1;
    // A listener that stays would keep browsers from showing the page at once on the way back.
    if (sendingCount === 0) removeEventListener('beforeunload', warn);
  }
}

/** @param {BeforeUnloadEvent} event */
function warn(event) {
  event.preventDefault();
}

/**
 * @param {File} file
 * @param {Kept} kept
 */
function canceled(file, kept) {
  return kept.bytes === 0 ? 'canceled: nothing was sent' : `canceled. ${keptLine(file, kept)}`;
}

/**
 * @param {File} file
 * @param {Kept} kept
 */
function keptLine(file, { endsAt }) {
  const until = endsAt === null ? '' : ` until ${new Date(endsAt).toLocaleString()}`;
  return `The parts of ${file.name} that arrived stay in S3${until}: add the same file to continue`;
}

/**
 * @param {number} bytes
 * @param {File} file
 */
function ofWhole(bytes, file) {
  return `${readableSize(bytes)} of ${readableSize(file.size)}`;
}

/**
 * @param {number} sentBytes
 * @param {number} restBytes
 * @param {number} startedAt
 */
function rateLine(sentBytes, restBytes, startedAt) {
  const milliseconds = Date.now() - startedAt;
  if (milliseconds < RATE_MILLISECONDS || sentBytes === 0) return '';
  const bytesPerSecond = (sentBytes / milliseconds) * 1000;
  return `, ${readableSize(bytesPerSecond)}/s, ${readableRest(restBytes / bytesPerSecond)} left`;
}
