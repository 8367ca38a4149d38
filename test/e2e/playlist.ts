/** HLS without cookies, in both ways, against a whole local run: what is in the playlists, and how ffmpeg takes them. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Deliveries, deliveries } from './deliveries.ts';
import { localRun } from './local-run.ts';

let made: Deliveries;

beforeAll(() => {
  made = deliveries();
});

describe('playlists that an endpoint signs', () => {
  it('play in ffmpeg: every frame of the first four seconds is decoded', async () => {
    expect(await decodeWithFfmpeg(`${made.endpoint(made.plain)}/index.m3u8`)).toBeGreaterThan(90);
  }, 60_000);

  it('carry nothing but what the edge lets through, and one signature each', async () => {
    const endpoint = made.endpoint(made.plain);
    const master = await (await fetch(`${endpoint}/index.m3u8`)).text();
    const variants = master.split('\n').filter((line) => line.endsWith('.m3u8'));
    expect(variants.length).toBeGreaterThan(1);

    for (const variant of variants) {
      const text = await (await fetch(`${endpoint}/${variant}`)).text();
      const segments = text.split('\n').filter((line) => line.startsWith(localRun().context.edgeUrl));
      const answers = await Promise.all(segments.map((url) => fetch(url, { method: 'HEAD' })));

      expect(answers.length).toBeGreaterThan(1);
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
      expect(new Set(segments.map((url) => new URL(url).search)).size).toBe(1);
    }
  }, 60_000);
});

describe('playlists that are stored prepared', () => {
  let signedUrl: string;

  beforeAll(async () => {
    const { url } = await made.signer.signUrl(`/${made.prepared}/index.m3u8`, { scope: 'directory' });
    signedUrl = made.atEdge(url);
  });

  it('are cached for everybody: another viewer’s signature gets the same bytes from the cache', async () => {
    const other = await made.signer.signUrl(`/${made.prepared}/index.m3u8`, {
      scope: 'directory',
      expiresIn: '1h',
    });
    const mine = await fetch(signedUrl);
    const theirs = await fetch(made.atEdge(other.url));

    expect(made.atEdge(other.url)).not.toBe(signedUrl);
    expect(theirs.headers.get('x-cache')).toBe('Hit from cloudfront');
    expect(await theirs.text()).toBe(await mine.text());
  });

  it('do not play in ffmpeg, which knows no QUERYPARAM', async () => {
    await expect(decodeWithFfmpeg(signedUrl)).rejects.toThrow('matches no streams');
  }, 60_000);

  it('play in ffmpeg by way of the endpoint, which signs them as well', async () => {
    expect(await decodeWithFfmpeg(`${made.endpoint(made.prepared)}/index.m3u8`)).toBeGreaterThan(90);
  }, 60_000);
});

/** @returns how many pictures of the first four seconds came out */
async function decodeWithFfmpeg(url: string): Promise<number> {
  const args = [
    '-nostdin',
    '-v',
    'error',
    '-xerror',
    '-i',
    url,
    '-map',
    '0:v:0',
    '-t',
    '4',
    '-f',
    'framecrc',
    '-',
  ];
  const { stdout } = await promisify(execFile)('ffmpeg', args, { timeout: 50_000 });
  return stdout.split('\n').filter((line) => /^0,/.test(line)).length;
}
