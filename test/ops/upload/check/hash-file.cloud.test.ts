import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findPython } from '../../../../local/aws-api/python.ts';
import { hashFile } from '../../../../ops/upload/check/hash-file.ts';

const MIB = 2 ** 20;
const { signal } = new AbortController();
let folder: string;
let python: string;

beforeAll(async () => {
  python = (await findPython()) ?? '';
  folder = await mkdtemp(join(tmpdir(), 'hash-file-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function fileOf(content: Buffer): Promise<string> {
  const path = join(folder, 'file');
  await writeFile(path, content);
  return path;
}

/** Python's zlib and hashlib, which share nothing with Node's use of them here. */
function judged(path: string, partBytes: number): unknown {
  const program = `
import hashlib, json, sys, zlib
content = open(sys.argv[1], 'rb').read()
size = int(sys.argv[2])
parts = [content[at:at + size] for at in range(0, len(content), size)] or [b'']
print(json.dumps({
  'bytes': len(content), 'sha256': hashlib.sha256(content).hexdigest(), 'crc32': zlib.crc32(content),
  'parts': [{'bytes': len(part), 'crc32': zlib.crc32(part)} for part in parts]}))`;
  return JSON.parse(execFileSync(python, ['-c', program, path, String(partBytes)], { encoding: 'utf8' }));
}

describe('the hashes of a file', () => {
  it.each([
    ['nothing', 0],
    ['one byte', 1],
    ['one part to its last byte', 8 * MIB],
    ['one byte in a second part', 8 * MIB + 1],
    ['parts that no read ends with', 20 * MIB + 12_345],
  ])('of %s are those of another program', async (_, bytes) => {
    const content = Buffer.alloc(
      bytes,
      Array.from({ length: 251 }, (_, index) => index)
        .map(String)
        .join(),
    );
    const path = await fileOf(content);
    expect(await hashFile(path, { signal })).toEqual(judged(path, 8 * MIB));
  });

  it('are told chunk by chunk, and no byte twice', async () => {
    const bytes = 5 * MIB + 17;
    const chunks: number[] = [];
    await hashFile(await fileOf(Buffer.alloc(bytes)), { signal, onBytes: (chunk) => chunks.push(chunk) });
    expect(chunks.length).toBeGreaterThan(4);
    expect(chunks.reduce((sum, chunk) => sum + chunk, 0)).toBe(bytes);
  });

  it('are not read to the end when nobody waits for them any more', async () => {
    const path = await fileOf(Buffer.alloc(3 * MIB));
    await expect(hashFile(path, { signal: AbortSignal.abort(new Error('stopped')) })).rejects.toThrow(
      'stopped',
    );
  });

  it('fail as the file system does', async () => {
    await expect(hashFile(join(folder, 'absent'), { signal })).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
