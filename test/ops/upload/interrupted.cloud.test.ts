/** `npm run upload` killed at thirteen points, and two at once: one master, one job, one title. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { transcode } from '../../../local/transcoder/index.ts';
import { useLocalCloud } from '../../local/aws-api/start.ts';
import { makeClip } from '../../local/transcoder/clips.ts';
import { startWire, type WireOptions } from '../../support/aws-wire.ts';
import { killedRun } from './killed-run.ts';
import { writePadded } from './padded.ts';
import { createLibrary, eventsOf, jobsOf, masterVersionsOf, startUpload, titlesOf } from './uploading.ts';

const MIB = 2 ** 20;
/** Three parts of 8 MiB, and a last one. */
const BYTES = 25 * MIB;

const cloud = useLocalCloud({ transcode });
let folder: string;
let clip: Buffer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interrupted-test-'));
  clip = await readFile(await makeClip(folder, 'clip.mp4', { size: '96x54', seconds: 1 }));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const makeMaster = (name: string, seed: number) =>
  writePadded(join(folder, name), { clip, bytes: BYTES, seed });

type WireRequest = Parameters<NonNullable<WireOptions['onRequest']>>[0];

interface Point {
  /** Before the request is carried out, in the middle of its body, or after it and before the client hears of it. */
  readonly when: 'before' | 'during' | 'after';
  readonly at: (request: WireRequest) => boolean;
}

const put = (start: string) => (request: WireRequest) =>
  request.method === 'PUT' && request.partNumber === null && request.path.includes(start);
const post = (name: string) => (request: WireRequest) => request.method === 'POST' && request.query.has(name);
const part = (number: number) => (request: WireRequest) => request.partNumber === number;
const createJob = ({ method, path }: WireRequest) => method === 'POST' && path.endsWith('/jobs');
const getJob = ({ method, path }: WireRequest) => method === 'GET' && path.includes('/jobs/');

const POINTS: readonly (readonly [string, Point])[] = [
  ['before the claim', { when: 'before', at: put('/claims/') }],
  ['after the claim', { when: 'after', at: put('/claims/') }],
  ['after the poster', { when: 'after', at: put('/poster.jpg') }],
  ['after the upload was begun', { when: 'after', at: post('uploads') }],
  ['in the first part', { when: 'during', at: part(1) }],
  ['after the second part', { when: 'after', at: part(2) }],
  ['before the upload is completed', { when: 'before', at: post('uploadId') }],
  ['after the upload was completed', { when: 'after', at: post('uploadId') }],
  ['before the job', { when: 'before', at: createJob }],
  ['after the job, before the claim names it', { when: 'after', at: createJob }],
  ['while the job runs', { when: 'after', at: getJob }],
  ['among the sheets of the storyboard', { when: 'after', at: put('/storyboard/sheet_') }],
  ['after the storyboard', { when: 'after', at: put('/storyboard/storyboard.vtt') }],
  ['before the record', { when: 'before', at: put('/titles/') }],
  ['after the record', { when: 'after', at: put('/titles/') }],
];

describe('a run that is killed', () => {
  it.each(POINTS.map(([name, point], index) => [name, point, index] as const))(
    '%s is continued by the same command',
    async (_, { when, at }, index) => {
      const name = `killed-${index}.mp4`;
      await makeMaster(name, index + 1);
      const library = await createLibrary(cloud(), `killed-${index}`);
      const args = ['upload', 'local', name, '--json'];
      const first = await killedRun(cloud(), library, { args, cwd: folder }, (kill) => ({
        onRequest: (request) => (when === 'before' && at(request) ? kill() : undefined),
        onBytes: (request) => {
          if (when === 'during' && at(request) && request.bytes > MIB) kill();
        },
        onAnswer: (request) => (when === 'after' && at(request) ? kill() : undefined),
      }));

      const wire = await startWire({ target: cloud().cloud.endpoint });
      const end = await startUpload(cloud(), library, [name, '--json'], { cwd: folder, wire }).ended;
      await wire.close();

      expect([end.code, end.stderr]).toEqual([0, '']);
      const events = eventsOf(end);
      expect(events.at(-1)).toMatchObject({ event: 'live', id: `killed-${index}` });
      expect([...(await titlesOf(cloud(), library)).keys()]).toEqual([`killed-${index}`]);
      expect(await jobsOf(cloud(), library)).toBe(1);
      expect(await masterVersionsOf(cloud(), library)).toHaveLength(1);
      // What S3 had confirmed, or stored without the client hearing of it, is not sent again.
      const stored = first.requests.filter(({ partNumber, status }) => partNumber !== null && status === 200);
      const sentAgain = wire.requests.filter(
        ({ partNumber }) => partNumber !== null && stored.some((one) => one.partNumber === partNumber),
      );
      expect(sentAgain.map(({ partNumber }) => partNumber)).toEqual([]);
    },
    60_000,
  );
});

describe('two people with one file', () => {
  it.each([1, 2, 3, 4, 5])(
    'get one master, one job and one title: time %i',
    async (time) => {
      const names = [`hers-${time}.mp4`, `his-${time}.mp4`];
      for (const name of names) await makeMaster(name, 100 + time);
      const library = await createLibrary(cloud(), `two-${time}`);
      const ends = await Promise.all(
        names.map((name) => startUpload(cloud(), library, [name, '--json'], { cwd: folder }).ended),
      );

      expect(ends.map(({ code, stderr }) => [code, stderr])).toEqual([
        [0, ''],
        [0, ''],
      ]);
      const [one, ...others] = (await titlesOf(cloud(), library)).keys();
      expect(others).toEqual([]);
      expect(ends.map((end) => eventsOf(end).at(-1))).toEqual([
        expect.objectContaining({ event: 'live', id: one }),
        expect.objectContaining({ event: 'live', id: one }),
      ]);
      expect(await jobsOf(cloud(), library)).toBe(1);
      expect(await masterVersionsOf(cloud(), library)).toHaveLength(1);
    },
    60_000,
  );
});
