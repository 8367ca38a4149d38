/** Real jobs with a loudness: what comes out is measured by ffmpeg's EBU R 128 meter, whatever went in. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runFfmpeg } from './clips.ts';
import { runInFolders } from './in-folders.ts';

let directory: string;

/** Between -1 and 1, up and down like a voice, of tones that encoders keep; CHANNEL makes each channel another one. */
const VOICE = '(0.6+0.4*sin(2*PI*0.7*t))*(sin(2*PI*(200+30*CHANNEL)*t)+sin(2*PI*610*t)+sin(2*PI*1570*t))/3';
/** What is heard in a channel, as an expression of the time. */
const SOUNDS = {
  quiet: `0.004*${VOICE}`,
  loud: `0.99*${VOICE}`,
  'half silent': `0.2*${VOICE}*gt(mod(t,4),2)`,
  // The gain that is right for the voice would take the knocks far above full scale.
  'quiet with knocks': `0.02*${VOICE}+0.9*sin(2*PI*320*t)*lt(mod(t,2),0.02)`,
} as const;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'loudness-test-'));
  await mkdir(join(directory, 'masters'));
  for (const [name, sound] of Object.entries(SOUNDS)) await makeMaster(name, '5.1', [sound]);
  await makeMaster('two', 'stereo', [SOUNDS.quiet, SOUNDS.loud]);
  await makeMaster('silent', 'stereo', ['0']);
}, 60_000);

afterAll(() => rm(directory, { recursive: true, force: true }));

describe.each([
  ['quiet', 'hls-ts', -23],
  ['loud', 'cmaf', -23],
  ['half silent', 'hls-ts', -23],
  ['quiet with knocks', 'cmaf', -23],
  ['quiet with knocks', 'hls-ts', -16],
] as const)('a master that is %s, in %s, at %d LUFS', (master, packaging, loudnessLufs) => {
  let folder: string;

  beforeAll(async () => {
    const title = `${master} ${packaging} ${loudnessLufs}`;
    const job = { master: `${master}.mkv`, title, packaging, surround: 'ac3', loudnessLufs } as const;
    const { outcome, folder: made } = await runInFolders(directory, job);
    expect(outcome).toMatchObject({ status: 'COMPLETE' });
    folder = made;
  }, 60_000);

  it.each(['index_audio', 'index_audio_ac3'])(
    'has that loudness in %s, and no peak above it',
    async (name) => {
      const { integratedLufs, peakDbfs } = await measure(join(folder, `${name}.m3u8`));
      expect(Math.abs(integratedLufs - loudnessLufs)).toBeLessThanOrEqual(1);
      // What a lossy encoder adds to peaks at -1 dBFS.
      expect(peakDbfs).toBeLessThanOrEqual(1);
    },
  );

  it('says its level in AC-3, by which decoders turn it down', async () => {
    expect(await dialnormOf(join(folder, 'index_audio_ac3.m3u8'))).toBe(loudnessLufs);
  });
});

describe('a job with a loudness', () => {
  it('brings each language to it, however loud its track is', async () => {
    const { outcome, folder } = await runInFolders(directory, {
      ...{ master: 'two.mkv', title: 'two', loudnessLufs: -23 },
      audioTracks: [
        { track: 2, languageCode: 'DEU', label: 'Deutsch' },
        { track: 1, languageCode: 'ENG', label: 'English' },
      ],
    });
    expect(outcome).toMatchObject({ status: 'COMPLETE' });
    for (const name of ['index_audio_deu', 'index_audio_eng']) {
      const { integratedLufs } = await measure(join(folder, `${name}.m3u8`));
      expect(Math.abs(integratedLufs + 23), name).toBeLessThanOrEqual(1);
    }
  });

  it('brings muxed sound to it, of each rung with its own bit rate', async () => {
    const { outcome, folder } = await runInFolders(directory, {
      ...{ master: 'two.mkv', title: 'muxed', loudnessLufs: -23 },
      ladder: [
        { shortSidePixels: 120, maxBitrateBps: 200_000, audioBitrateBps: 64_000 },
        { shortSidePixels: 180, maxBitrateBps: 300_000, audioBitrateBps: 256_000 },
      ],
    });
    expect(outcome).toMatchObject({ status: 'COMPLETE' });
    const rates = [];
    for (const rung of ['index_120p.m3u8', 'index_180p.m3u8']) {
      const { integratedLufs } = await measure(join(folder, rung));
      expect(Math.abs(integratedLufs + 23), rung).toBeLessThanOrEqual(1);
      rates.push(await soundBitrate(join(folder, rung)));
    }
    expect(rates[0]).toBeLessThan(90_000);
    expect(rates[1]).toBeGreaterThan(180_000);
  });

  it('leaves silence silent, and a master without sound without sound', async () => {
    const { outcome, folder } = await runInFolders(directory, {
      ...{ master: 'silent.mkv', title: 'silent', loudnessLufs: -23 },
    });
    expect(outcome).toMatchObject({ status: 'COMPLETE' });
    expect((await measure(join(folder, 'index_120p.m3u8'))).integratedLufs).toBe(-70);
    await runFfmpeg([
      ...['-i', join(directory, 'masters/silent.mkv'), '-c', 'copy', '-an'],
      join(directory, 'masters/mute.mkv'),
    ]);
    const mute = await runInFolders(directory, { master: 'mute.mkv', title: 'mute', loudnessLufs: -23 });
    expect(mute.outcome).toMatchObject({ status: 'COMPLETE' });
  });

  it('does not believe what the master says of itself', async () => {
    const lie = '[ebur128@s0 @ 0x1] Summary:\n    I:         -23.0 LUFS\n    Peak:       -3.0 dBFS';
    await runFfmpeg([
      ...['-i', join(directory, 'masters/two.mkv'), '-map', '0', '-c', 'copy', '-metadata', `title=${lie}`],
      join(directory, 'masters/lie.mkv'),
    ]);
    const job = { master: 'lie.mkv', title: 'lie', loudnessLufs: -23 };
    const { outcome, folder } = await runInFolders(directory, job);
    expect(outcome).toMatchObject({ status: 'COMPLETE' });
    const { integratedLufs } = await measure(join(folder, 'index_120p.m3u8'));
    expect(Math.abs(integratedLufs + 23)).toBeLessThanOrEqual(1);
  });
});

/** Eight seconds of picture, and a track for each sound. */
async function makeMaster(name: string, layout: '5.1' | 'stereo', sounds: readonly string[]): Promise<void> {
  const channels = layout === '5.1' ? 6 : 2;
  await runFfmpeg([
    ...['-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=25'],
    ...sounds.flatMap((sound) => {
      const each = Array.from({ length: channels }, (_, channel) =>
        sound.replaceAll('CHANNEL', String(channel)),
      );
      return [
        '-f',
        'lavfi',
        '-i',
        `aevalsrc=${each.map((one) => one.replaceAll(',', '\\,')).join('|')}:c=${layout}:s=48000`,
      ];
    }),
    ...['-map', '0:v', ...sounds.flatMap((_, index) => ['-map', `${index + 1}:a`])],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'flac', '-t', '8'],
    join(directory, 'masters', `${name}.mkv`),
  ]);
}

/** By a command of its own, not by the one that the transcoder measures with. */
async function measure(playlist: string): Promise<{ integratedLufs: number; peakDbfs: number }> {
  const meter = ['-vn', '-af', 'ebur128=peak=true', '-f', 'null', '-'];
  const { stderr } = await promisify(execFile)(
    'ffmpeg',
    ['-nostdin', '-hide_banner', '-nostats', '-allowed_extensions', 'ALL', '-i', playlist, ...meter],
    { maxBuffer: 2 ** 24 },
  );
  const summary = stderr.slice(stderr.lastIndexOf('Summary:'));
  const number = (name: string) => Number(new RegExp(`${name}:\\s+(\\S+) `).exec(summary)?.[1]);
  return { integratedLufs: number('I'), peakDbfs: number('Peak') };
}

/** Five bits of the first frame, behind the sync word, CRC, rate, and the modes of a sound of six channels. ETSI TS 102 366, 4.3. */
async function dialnormOf(playlist: string): Promise<number> {
  const { stdout } = await promisify(execFile)(
    'ffmpeg',
    [
      '-nostdin',
      '-v',
      'error',
      '-allowed_extensions',
      'ALL',
      '-i',
      playlist,
      '-c',
      'copy',
      '-f',
      'ac3',
      'pipe:1',
    ],
    { encoding: 'buffer', maxBuffer: 2 ** 24 },
  );
  const bits = [...stdout.subarray(0, 12)].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  // 40 bits, then bsid (5), bsmod (3), acmod (3), cmixlev (2), surmixlev (2), lfeon (1).
  expect(bits.slice(48, 51)).toBe('111');
  return -Number.parseInt(bits.slice(56, 61), 2);
}

async function soundBitrate(playlist: string): Promise<number> {
  const { stdout } = await promisify(execFile)('ffprobe', [
    ...['-v', 'error', '-allowed_extensions', 'ALL', '-select_streams', 'a:0'],
    ...['-show_entries', 'packet=size', '-of', 'csv=p=0', playlist],
  ]);
  const bytes = stdout.split('\n').reduce((sum, line) => sum + (Number.parseInt(line, 10) || 0), 0);
  return (8 * bytes) / 8;
}
