/** hls.js in Chromium, with what the transcoder wrote: languages to choose from, captions at their time, and no 5.1 for a browser without AC-3. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { getRequestListener } from '@hono/node-server';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { transcode } from '../../../local/transcoder/index.ts';
import { type Chromium, openChromium } from '../../e2e/demo-page.ts';
import { runFfmpeg } from './clips.ts';
import { wireSettings } from './settings.ts';

const HLS_JS = fileURLToPath(new URL('../../../node_modules/hls.js/dist/hls.min.js', import.meta.url));
const HTML = '<!doctype html><title>player</title><script src="hls.js"></script><video muted></video>';
const SOON = { timeout: 30_000 };

let folder: string;
let server: Server;
let browser: Chromium;
let origin: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tracks-browser-'));
  await mkdir(join(folder, 'masters'));
  await makeMaster(join(folder, 'masters/film.mp4'));
  await writeFile(join(folder, 'masters/en.vtt'), 'WEBVTT\n\n00:01.000 --> 00:02.000\nOnce upon a time\n');
  await writeFile(join(folder, 'masters/de.srt'), '1\n00:00:01,000 --> 00:00:02,000\nEs war einmal\n');
  const app = new Hono();
  app.get('/', (context) => context.html(HTML));
  app.get('/hls.js', serveStatic({ path: HLS_JS }));
  app.get('/hls/*', serveStatic({ root: folder }));
  server = createServer(getRequestListener(app.fetch));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  browser = await openChromium();
}, 60_000);

afterAll(async () => {
  await browser?.close();
  server?.closeAllConnections();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(null)));
  await rm(folder, { recursive: true, force: true });
});

describe.each(['hls-ts', 'cmaf'] as const)('in %s', (packaging) => {
  beforeAll(async () => {
    const settings = wireSettings({
      ...{ input: 's3://masters/film.mp4', destination: `s3://hls/${packaging}/index`, packaging },
      ...{ ladder: [{ shortSidePixels: 120, maxBitrateBps: 200_000 }], segmentSeconds: 2, surround: 'ac3' },
      ...{ minFinalSegmentSeconds: 1.5, ...(packaging === 'hls-ts' && { programDateTime: '2026-12-01' }) },
      audioTracks: [
        { track: 2, languageCode: 'DEU', label: 'Deutsch' },
        { track: 1, languageCode: 'ENG', label: 'English' },
      ],
      captions: [
        { languageCode: 'ENG', label: 'English', input: 's3://masters/en.vtt' },
        { languageCode: 'DEU', label: 'Deutsch', input: 's3://masters/de.srt' },
      ],
    });
    const folders = { masters: join(folder, 'masters'), hls: join(folder, 'hls') };
    const { signal } = new AbortController();
    const options = { environment: {}, folders, signal, onProgress: () => undefined };
    expect(await transcode({ id: '1700000000000-test', settings }, options)).toMatchObject({
      status: 'COMPLETE',
    });
    await browser.page.goto(`${origin}/`);
    await browser.page.evaluate(`(() => {
      const video = document.querySelector('video');
      window.hls = new Hls({ enableWorker: false });
      hls.loadSource('/hls/${packaging}/index.m3u8');
      hls.attachMedia(video);
      video.play();
    })()`);
  }, 60_000);

  it('plays to its end, with stereo where the browser has no AC-3', async () => {
    await expect.poll(() => read<boolean>('document.querySelector("video").ended'), SOON).toBe(true);
    const hasAc3 = await read<boolean>(`MediaSource.isTypeSupported('audio/mp4; codecs="ac-3"')`);
    expect(await read<string[]>('hls.levels.map(({ audioCodec }) => audioCodec)')).toEqual(
      hasAc3 ? ['mp4a.40.2', 'ac-3'] : ['mp4a.40.2'],
    );
  });

  it('plays the last second, which is part of the segment before it, and knows the dates', async () => {
    const fragments = 'hls.levels[0].details.fragments';
    expect(await read<number>(`${fragments}.length`)).toBe(2);
    expect(await read<number>('document.querySelector("video").duration')).toBeCloseTo(5, 0);
    const dates = await read(`${fragments}.map(({ programDateTime }) => programDateTime)`);
    const midnight = Date.UTC(2026, 11, 1);
    expect(dates).toEqual(packaging === 'hls-ts' ? [midnight, midnight + 2000] : [null, null]);
  });

  it('offers the languages of the sound, the first as the default', async () => {
    const tracks = await read('hls.audioTracks.map((one) => [one.name, one.lang, one.default])');
    expect(tracks).toEqual([
      ['Deutsch', 'deu', true],
      ['English', 'eng', false],
    ]);
    expect(await read<number>('hls.audioTrack')).toBe(0);
  });

  it.each([
    [0, 'Once upon a time'],
    [1, 'Es war einmal'],
  ])('shows the captions at their time: %d', async (track, text) => {
    await read(`hls.subtitleDisplay = true, hls.subtitleTrack = ${track}`);
    const cues = () =>
      read<{ text: string; startTime: number }[]>(
        `[...document.querySelector('video').textTracks].flatMap((one) => [...(one.mode === 'showing' && one.cues || [])]
          .map(({ text, startTime }) => ({ text, startTime })))`,
      );
    await expect.poll(async () => (await cues()).map((cue) => cue.text), SOON).toEqual([text]);
    // A frame more or less: hls.js begins with the earlier of picture and sound.
    expect(Math.abs(((await cues())[0]?.startTime ?? 0) - 1)).toBeLessThan(0.1);
  });
});

function read<Value>(expression: string): Promise<Value> {
  return browser.page.evaluate<Value>(expression);
}

/** Five seconds with two tracks of six channels. */
async function makeMaster(path: string): Promise<void> {
  const tone = (hertz: number) =>
    `aevalsrc=${Array.from({ length: 6 }, () => `0.2*sin(2*PI*${hertz}*t)`).join('|')}:c=5.1:s=48000`;
  await runFfmpeg([
    ...['-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=25'],
    ...[300, 900].flatMap((hertz) => ['-f', 'lavfi', '-i', tone(hertz)]),
    ...['-map', '0:v', '-map', '1:a', '-map', '2:a', '-c:v', 'libx264', '-preset', 'ultrafast'],
    ...['-pix_fmt', 'yuv420p', '-c:a', 'aac', '-t', '5', path],
  ]);
}
