// @ts-check
/** Reads a file once, beside the page, and tells its checksums: WebCrypto has no SHA-256 of what comes in pieces. */

import { sha256 } from '/vendor/noble-hashes/sha2.js';
import { crc32 } from './crc32.js';

const PIECE_BYTES = 4 * 1024 * 1024;

addEventListener('message', async ({ data }) => {
  const { file, partBytes } = /** @type {{ file: File, partBytes: number }} */ (data);
  try {
    postMessage({ hashes: await hash(file, partBytes) });
  } catch (error) {
    postMessage({ error: error instanceof Error ? error.message : String(error) });
  }
});

/**
 * @param {File} file
 * @param {number} partBytes of every part but the last
 * @returns {Promise<import('./hash-file.js').FileHashes>}
 */
async function hash(file, partBytes) {
  const whole = sha256.create();
  /** @type {number[]} */
  const partCrc32s = [];
  let wholeCrc32 = 0;
  for (let start = 0; start < file.size; start += partBytes) {
    const end = Math.min(start + partBytes, file.size);
    let partCrc32 = 0;
    for (let at = start; at < end; at += PIECE_BYTES) {
      const piece = new Uint8Array(await file.slice(at, Math.min(at + PIECE_BYTES, end)).arrayBuffer());
      whole.update(piece);
      wholeCrc32 = crc32(piece, wholeCrc32);
      partCrc32 = crc32(piece, partCrc32);
      postMessage({ readBytes: at + piece.length });
    }
    partCrc32s.push(partCrc32);
  }
  const digest = Array.from(whole.digest(), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return { sha256: digest, crc32: wholeCrc32, partCrc32s };
}
