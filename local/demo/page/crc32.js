// @ts-check
/** CRC-32 as S3 checks it (ISO 3309, also of gzip and PNG): browsers have none for scripts. Pure. */

/** Of eight bytes at once, each byte by the table of its place: some five times as fast as one after the other. */
const TABLES = makeTables();

/**
 * @param {Uint8Array} bytes
 * @param {number} [before] of the bytes that come before these
 * @returns {number} 0 to 2^32 - 1
 */
export function crc32(bytes, before = 0) {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = TABLES;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const inEights = bytes.length - (bytes.length % 8);
  let crc = ~before;
  let at = 0;
  for (; at < inEights; at += 8) {
    const low = view.getUint32(at, true) ^ crc;
    const high = view.getUint32(at + 4, true);
    crc =
      Number(t7[low & 0xff]) ^
      Number(t6[(low >>> 8) & 0xff]) ^
      Number(t5[(low >>> 16) & 0xff]) ^
      Number(t4[low >>> 24]) ^
      Number(t3[high & 0xff]) ^
      Number(t2[(high >>> 8) & 0xff]) ^
      Number(t1[(high >>> 16) & 0xff]) ^
      Number(t0[high >>> 24]);
  }
  for (; at < bytes.length; at += 1) crc = Number(t0[(crc ^ view.getUint8(at)) & 0xff]) ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** @returns {[Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array]} */
function makeTables() {
  const first = Int32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    return crc;
  });
  /** @param {Int32Array} table */
  const next = (table) => table.map((crc) => Number(first[crc & 0xff]) ^ (crc >>> 8));
  const [t1, t2, t3] = [next(first), next(next(first)), next(next(next(first)))];
  const t4 = next(t3);
  const t5 = next(t4);
  const t6 = next(t5);
  return [first, t1, t2, t3, t4, t5, t6, next(t6)];
}
