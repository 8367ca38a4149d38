/** Real encrypted titles: openssl decrypts what the transcoder wrote, and ffmpeg plays it with the key. */
import { execFile, execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { transcode } from '../../../local/transcoder/index.ts';
import { makeClip } from './clips.ts';
import { wireSettings } from './settings.ts';

const KEY = Buffer.from('dummy key, 16 b.');
/** Every form in which it could be somewhere. */
const FORMS = [
  KEY,
  ...(['hex', 'base64', 'base64url'] as const).map((form) => Buffer.from(KEY.toString(form))),
];
const PLAYLISTS = ['index_120p.m3u8', 'index_180p.m3u8', 'index_audio.m3u8'];

let folder: string;
let server: Server;
let keyUrl: string;
let served: Buffer | undefined = KEY;
/** What was seen of this machine while the encrypted title was made. */
const seen = { processes: new Set<string>(), files: 0, leaks: [] as string[] };

beforeAll(async () => {
  server = createServer((_, answer) => answer.writeHead(served ? 200 : 401).end(served));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  keyUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/video-keys/42?v=1`;
  folder = await mkdtemp(join(tmpdir(), 'encryption-'));
  await mkdir(join(folder, 'masters'));
  await makeClip(join(folder, 'masters'), 'film.mp4', { seconds: 7 });
  await writeFile(join(folder, 'masters/en.vtt'), 'WEBVTT\n\n00:01.000 --> 00:02.000\nOnce upon a time\n');
  await encode('clear');
  const watching = watch();
  await encode('encrypted', { key: KEY, keyUrl });
  await watching();
}, 120_000);

afterAll(async () => {
  server?.close();
  await rm(folder, { recursive: true, force: true });
});

async function encode(name: string, encryption?: { key: Uint8Array; keyUrl: string }): Promise<void> {
  const settings = wireSettings({
    ...{ input: 's3://masters/film.mp4', destination: `s3://hls/${name}/index` },
    ...{ segmentSeconds: 2, audio: 'group', iFramePlaylists: true, ...(encryption && { encryption }) },
    // Out of reach: near a ceiling, x264 plans by how far its other threads are, and two encodes of one master may differ.
    ladder: [120, 180].map((shortSidePixels) => ({ shortSidePixels, maxBitrateBps: 3_000_000 })),
    captions: [{ languageCode: 'ENG', label: 'English', input: 's3://masters/en.vtt' }],
  });
  const folders = { masters: join(folder, 'masters'), hls: join(folder, 'hls') };
  const { signal } = new AbortController();
  const outcome = await transcode(
    { id: `1700000000000-${name}`, settings },
    { environment: {}, folders, signal, onProgress: () => undefined },
  );
  expect(outcome).toMatchObject({ status: 'COMPLETE' });
}

/** Looks for the key in arguments, environments and files of the job, again and again until the returned function is called. */
function watch(): () => Promise<void> {
  let isDone = false;
  const looking = (async () => {
    while (!isDone) {
      for (const pid of (await readdir('/proc')).filter(
        (name) => /^\d+$/.test(name) && Number(name) !== process.pid,
      )) {
        const [words, variables] = await Promise.all(
          ['cmdline', 'environ'].map((file) => readFile(`/proc/${pid}/${file}`).catch(() => Buffer.alloc(0))),
        );
        const [program = ''] = String(words).split('\0');
        if (String(words).includes('storytime-transcode-')) seen.processes.add(program);
        note(`${program} (${pid})`, Buffer.concat([words ?? Buffer.alloc(0), variables ?? Buffer.alloc(0)]));
      }
      for (const name of (await readdir(tmpdir())).filter((one) => one.startsWith('storytime-transcode-'))) {
        for (const path of await filesBelow(join(tmpdir(), name))) {
          seen.files += 1;
          note(path, await readFile(path).catch(() => Buffer.alloc(0)));
        }
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  return async () => {
    isDone = true;
    await looking;
  };
}

function note(where: string, content: Buffer): void {
  if (FORMS.some((form) => content.includes(form))) seen.leaks.push(where);
}

async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

const bytes = (title: string, name: string) => readFile(join(folder, 'hls', title, name));
const text = async (title: string, name: string) => (await bytes(title, name)).toString();

interface Segment {
  readonly name: string;
  readonly iv: string;
  readonly range: { readonly bytes: number; readonly offset: number } | null;
}

/** As a player reads it: a key holds until the next one. */
function segments(playlist: string): Segment[] {
  let [iv, range] = ['', null as Segment['range']];
  return playlist.split('\n').flatMap((line) => {
    const key = /^#EXT-X-KEY:METHOD=AES-128,URI="([^"]*)",IV=0x([0-9a-f]{32})$/.exec(line);
    if (key) {
      expect(key[1]).toBe(keyUrl);
      iv = key[2] ?? '';
    }
    const part = /^#EXT-X-BYTERANGE:(\d+)@(\d+)$/.exec(line);
    if (part) range = { bytes: Number(part[1]), offset: Number(part[2]) };
    return line === '' || line.startsWith('#') ? [] : [{ name: line, iv, range }];
  });
}

const openssl = (content: Buffer, iv: string, ...more: string[]) =>
  execFileSync('openssl', ['enc', '-d', '-aes-128-cbc', '-K', KEY.toString('hex'), '-iv', iv, ...more], {
    input: content,
    maxBuffer: 1e8,
  });

describe('an encrypted title', () => {
  it.each(PLAYLISTS)('is, decrypted by openssl, the clear title: %s', async (playlist) => {
    const listed = segments(await text('encrypted', playlist));
    expect(listed.length).toBeGreaterThan(2);
    for (const { name, iv } of listed) {
      const encrypted = await bytes('encrypted', name);
      const clear = await bytes('clear', name);
      expect(encrypted.equals(clear)).toBe(false);
      expect(openssl(encrypted, iv).equals(clear)).toBe(true);
    }
  });

  it.each(PLAYLISTS)('has for each segment of %s the vector of its number', async (playlist) => {
    const listed = segments(await text('encrypted', playlist));
    expect(listed.map(({ iv }) => Number.parseInt(iv, 16))).toEqual(
      listed.map(({ name }) => Number(/_(\d{5})\.ts$/.exec(name)?.[1])),
    );
  });

  it.each(PLAYLISTS)('has no other line changed in %s', async (playlist) => {
    const withoutKeys = (await text('encrypted', playlist)).replaceAll(/^#EXT-X-KEY:.*\n/gm, '');
    expect(withoutKeys).toBe(await text('clear', playlist));
  });

  it('leaves captions, thumbnails and the master playlist clear', async () => {
    const names = (await readdir(join(folder, 'hls/clear'), { recursive: true })).filter((name) =>
      /\.(vtt|jpg)$|^index\.m3u8$|eng.*\.m3u8$/i.test(name),
    );
    expect(names.length).toBeGreaterThan(3);
    for (const name of names) {
      expect((await bytes('encrypted', name)).equals(await bytes('clear', name)), name).toBe(true);
    }
  });

  // Section 6.3.6 of RFC 8216: widen the range to blocks of 16 bytes, and by one block before it.
  it('gives every I-frame to a player that widens its range as the RFC says', async () => {
    const name = 'index_120p_I-Frame.m3u8';
    const listed = segments(await text('encrypted', name));
    expect(listed.length).toBeGreaterThan(2);
    expect((await text('encrypted', name)).replaceAll(/^#EXT-X-KEY:.*\n/gm, '')).toBe(
      await text('clear', name),
    );
    for (const { name: segment, iv, range } of listed) {
      const { offset, bytes: length } = range ?? { offset: 0, bytes: 0 };
      const first = Math.floor(offset / 16) * 16;
      const from = Math.max(0, first - 16);
      const to = Math.ceil((offset + length) / 16) * 16;
      const loaded = (await bytes('encrypted', segment)).subarray(from, to);
      const vector = from === first ? iv : '0'.repeat(32);
      const frame = openssl(loaded, vector, '-nopad').subarray(offset - from, offset - from + length);
      expect(frame.equals((await bytes('clear', segment)).subarray(offset, offset + length))).toBe(true);
    }
  });

  it('plays in ffmpeg with the key, picture by picture as the clear one, and not without it', async () => {
    const pictures = async (title: string) => {
      const args = [
        '-v',
        'error',
        '-allowed_extensions',
        'ALL',
        '-protocol_whitelist',
        'file,http,tcp,crypto',
      ];
      const file = join(folder, 'hls', title, 'index_180p.m3u8');
      const { stdout } = await promisify(execFile)('ffmpeg', [...args, '-i', file, '-f', 'framemd5', '-']);
      return stdout.split('\n').filter((line) => !line.startsWith('#'));
    };
    const clear = await pictures('clear');
    expect(clear.length).toBeGreaterThan(170);
    expect(await pictures('encrypted')).toEqual(clear);
    served = undefined;
    await expect(pictures('encrypted')).rejects.toThrow();
    served = KEY;
  });

  it('puts the key into no argument, no environment and no file while it is made, and into no output', async () => {
    expect([...seen.processes].some((program) => program.endsWith('ffmpeg'))).toBe(true);
    expect(seen.files).toBeGreaterThan(0);
    for (const path of await filesBelow(join(folder, 'hls'))) note(path, await readFile(path));
    expect(seen.leaks).toEqual([]);
  });
});
