// @ts-check
/** A file's checksums, read in a worker so that the page stays alive. */

/** @typedef {{ sha256: string, crc32: number, partCrc32s: number[] }} FileHashes */

/**
 * @param {File} file
 * @param {{ partBytes: number, signal: AbortSignal, onRead: (bytes: number) => void }} options
 * @returns {Promise<FileHashes>}
 * @throws Error when the file cannot be read; the signal's reason
 */
export function hashFile(file, { partBytes, signal, onRead }) {
  signal.throwIfAborted();
  const worker = new Worker(new URL('hash-worker.js', import.meta.url), { type: 'module' });
  const ending = new AbortController();
  /** @type {Promise<FileHashes>} */
  const hashes = new Promise((resolve, reject) => {
    worker.addEventListener('message', ({ data }) => {
      if ('readBytes' in data) onRead(data.readBytes);
      else if ('hashes' in data) resolve(data.hashes);
      else reject(new Error('the file cannot be read: it was changed or moved; choose it again'));
    });
    worker.addEventListener('error', () =>
      reject(new Error('this browser cannot read the file: use a current one')),
    );
    signal.addEventListener('abort', () => reject(signal.reason), { signal: ending.signal });
    worker.postMessage({ file, partBytes });
  });
  return hashes.finally(() => {
    worker.terminate();
    ending.abort();
  });
}
