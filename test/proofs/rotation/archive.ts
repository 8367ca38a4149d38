/**
 * What is in a file that a search for bytes would miss: members of a zip, as a saved plan is one, and of a gzip. Pure.
 *
 * @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */
import { gunzipSync, inflateRawSync } from 'node:zlib';

const ZIP = 'PK\u0003\u0004';
const GZIP = '\u001f\u008b\u0008';
const END_OF_DIRECTORY = Buffer.from('PK\u0005\u0006', 'latin1');
const DIRECTORY_ENTRY = 'PK\u0001\u0002';
/** Members that are archives themselves, so deep. */
const DEEPEST = 3;

/**
 * The bytes as they are, and every member decompressed.
 *
 * @throws Error for an archive that cannot be read: what is not searched must not count as clean
 */
export function contentsOf(bytes: Buffer, depth = 0): Buffer[] {
  if (depth > DEEPEST) throw new Error(`an archive in more than ${DEEPEST} others`);
  return [bytes, ...membersOf(bytes).flatMap((member) => contentsOf(member, depth + 1))];
}

function membersOf(bytes: Buffer): Buffer[] {
  const start = bytes.toString('latin1', 0, 4);
  if (start.startsWith(GZIP)) return [gunzipSync(bytes)];
  return start === ZIP ? zipMembers(bytes) : [];
}

/** By the directory at the end, which alone knows every member's size. */
function zipMembers(zip: Buffer): Buffer[] {
  const end = zip.lastIndexOf(END_OF_DIRECTORY);
  if (end === -1) throw new Error('a zip without its directory');
  const members: Buffer[] = [];
  let entry = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    if (zip.toString('latin1', entry, entry + 4) !== DIRECTORY_ENTRY)
      throw new Error('a zip64, or half a zip');
    const method = zip.readUInt16LE(entry + 10);
    const size = zip.readUInt32LE(entry + 20);
    const local = zip.readUInt32LE(entry + 42);
    const from = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    members.push(unpacked(zip.subarray(from, from + size), method));
    entry += 46 + zip.readUInt16LE(entry + 28) + zip.readUInt16LE(entry + 30) + zip.readUInt16LE(entry + 32);
  }
  return members;
}

function unpacked(bytes: Buffer, method: number): Buffer {
  if (method === 0) return bytes;
  if (method === 8) return inflateRawSync(bytes);
  throw new Error(`a zip's member of method ${method}`);
}
