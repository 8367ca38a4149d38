// @ts-check
/** Sends the parts of a file straight to S3, some at the same time, each until S3 has it. */

import { ask, BackendError } from './backend.js';
import { limiter } from './limiter.js';

/** Of all files together: browsers open six connections to one host. */
const PARTS_AT_ONCE = 4;
const MOST_TRIES = 8;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
/** A part that moves nothing for so long is sent again. */
const STALL_MS = 60_000;

const place = limiter(PARTS_AT_ONCE);

/** S3 has ended the upload, or somebody has completed it: what is missing is to be asked for again. */
export class UploadGoneError extends Error {}

/** Sending was given up; the parts that S3 has stay there. */
export class InterruptedError extends Error {}

/**
 * @typedef {object} PartsToSend
 * @property {string} uploadId the backend's
 * @property {File} file
 * @property {number} partBytes of every part but the last
 * @property {number[]} missing numbers of parts, from 1
 * @property {AbortSignal} signal
 * @property {(sentBytes: number) => void} onSent bytes of these parts that were sent so far
 * @property {(why: string) => void} onTrouble before a part is sent again
 */

/**
 * @param {PartsToSend} sending
 * @throws {UploadGoneError | InterruptedError | BackendError} the first failure, once no part is on its way; the signal's reason
 */
export async function sendParts({ missing, signal, onSent, ...sending }) {
  const failing = new AbortController();
  const either = AbortSignal.any([signal, failing.signal]);
  /** @type {Map<number, number>} */
  const sent = new Map();
  /**
   * @param {number} number
   * @param {number} bytes
   */
  const tell = (number, bytes) => {
    sent.set(number, bytes);
    onSent([...sent.values()].reduce((sum, each) => sum + each, 0));
  };
  const outcomes = missing.map((number) =>
    place(async () => {
      either.throwIfAborted();
      await sendPart(number, { ...sending, signal: either, onSent: (bytes) => tell(number, bytes) });
    }).catch((error) => {
      failing.abort(error);
    }),
  );
  await Promise.all(outcomes);
  either.throwIfAborted();
}

/**
 * @param {number} number
 * @param {Omit<PartsToSend, 'missing'>} sending
 */
async function sendPart(number, { uploadId, file, partBytes, signal, onSent, onTrouble }) {
  const part = file.slice((number - 1) * partBytes, number * partBytes);
  for (let tries = 1; ; tries += 1) {
    try {
      // A new address each time: an old one may have expired.
      const { url } = /** @type {{ url: string }} */ (
        await ask('GET', `api/uploads/${uploadId}/parts/${number}`, undefined, signal)
      );
      await put(url, part, { signal, onSent });
      return onSent(part.size);
    } catch (error) {
      signal.throwIfAborted();
      onSent(0);
      const why = whyAgain(error);
      if (why === null) throw error;
      await requireReadable(part);
      if (tries === MOST_TRIES) throw new InterruptedError(why);
      onTrouble(why);
      await pause(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (tries - 1)), signal);
    }
  }
}

/** S3 or the network failed in a way that may end by itself. */
class PassingError extends Error {}

/**
 * @param {unknown} error
 * @returns {string | null} null where sending it again does not help
 */
function whyAgain(error) {
  if (error instanceof PassingError) return error.message;
  const isPassing = error instanceof BackendError && (error.status === 0 || error.status >= 500);
  return isPassing ? error.message : null;
}

/**
 * XMLHttpRequest, because fetch tells nobody how much it has sent. Size and checksum are in the address.
 *
 * @param {string} url
 * @param {Blob} part
 * @param {{ signal: AbortSignal, onSent: (bytes: number) => void }} options
 * @returns {Promise<void>}
 */
function put(url, part, { signal, onSent }) {
  const request = new XMLHttpRequest();
  const ending = new AbortController();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let stalled;
  const moved = () => {
    clearTimeout(stalled);
    stalled = setTimeout(() => request.abort(), STALL_MS);
  };
  /** @type {Promise<void>} */
  const sent = new Promise((resolve, reject) => {
    request.upload.addEventListener('progress', ({ loaded }) => {
      moved();
      onSent(Math.min(loaded, part.size));
    });
    request.addEventListener('load', () => {
      if (request.status < 300) resolve();
      else reject(refusalOf(request));
    });
    for (const event of ['error', 'abort']) {
      request.addEventListener(event, () => reject(new PassingError('S3 does not answer')));
    }
    signal.addEventListener('abort', () => request.abort(), { signal: ending.signal });
    moved();
    request.open('PUT', url);
    request.send(part);
  });
  return sent.finally(() => {
    clearTimeout(stalled);
    ending.abort();
  });
}

/** @param {XMLHttpRequest} request */
function refusalOf({ status, responseText }) {
  const code = /<Code>(\w+)<\/Code>/.exec(responseText)?.[1] ?? String(status);
  if (code === 'NoSuchUpload') return new UploadGoneError('the upload has ended');
  // An address that has expired, bytes that were changed on the way, and S3's own trouble.
  return new PassingError(`S3 refused a part of the file (${code})`);
}

/** @param {Blob} part */
async function requireReadable(part) {
  await part
    .slice(0, 1)
    .arrayBuffer()
    .catch(() => {
      throw new Error('the file was changed or moved while it was sent: choose it again');
    });
}

/**
 * @param {number} milliseconds
 * @param {AbortSignal} signal
 * @returns {Promise<void>} rejects with the signal's reason
 */
function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const ended = setTimeout(resolve, milliseconds);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(ended);
        reject(signal.reason);
      },
      { once: true },
    );
  });
}
