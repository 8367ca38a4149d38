/** `npm run titles` on the local AWS API: list, adopt, rename. */
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { preparePlaylist } from '@storytime/signer/playlist';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { connectAccount } from '../../../aws/account/connect.ts';
import { local } from '../../../envs/local.ts';
import { claimKey, idKey, titleKey } from '../../../ops/library/places.ts';
import { recordStore } from '../../../ops/library/record-store.ts';
import type { Title } from '../../../ops/library/title.ts';
import { UsageError } from '../../../ops/terraform/targets.ts';
import { titlesProgram } from '../../../ops/titles/program.ts';
import { renameTitle } from '../../../ops/titles/rename.ts';
import { REGION, useLocalCloud } from '../../local/aws-api/start.ts';

const cloud = useLocalCloud();
const signal = new AbortController().signal;
const ONE_LINE = 'title: expected text on one line, got control or invisible characters';
const MASTER = `#EXTM3U
#EXT-X-VERSION:4
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="subs",NAME="English",DEFAULT=NO,AUTOSELECT=NO,LANGUAGE="eng",URI="index_captions_eng.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=400000,RESOLUTION=640x360,CODECS="avc1.4d401e,mp4a.40.2",SUBTITLES="subs"
index_360p.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=3000000,RESOLUTION=1280x720,CODECS="avc1.4d401f,mp4a.40.2",SUBTITLES="subs"
index_720p.m3u8
`;
const MEDIA = `#EXTM3U
#EXT-X-VERSION:3
#EXT-X-TARGETDURATION:6
#EXT-X-PLAYLIST-TYPE:VOD
#EXTINF:6.006,
index_360p_00001.ts
#EXTINF:3.5,
index_360p_00002.ts
#EXT-X-ENDLIST
`;

let number = 0;
let masters: string;
let streams: string;
let written: { out: string[]; err: string };

beforeEach(async () => {
  number += 1;
  masters = `masters-${number}`;
  streams = `streams-${number}`;
  for (const Bucket of [masters, streams]) await cloud().s3.send(new CreateBucketCommand({ Bucket }));
  written = { out: [], err: '' };
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    written.err += String(text);
    return true;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = 0;
});

/** What the command printed, and its exit code. */
async function titles(
  args: readonly string[],
  { confirm }: { readonly confirm?: (question: string) => Promise<boolean> } = {},
): Promise<string> {
  const { s3 } = cloud();
  const clients = connectAccount({ region: REGION, maxAttempts: 1 });
  const program = titlesProgram({
    environmentNamed: (name) => {
      if (name !== 'local') throw new UsageError(`unknown environment ${JSON.stringify(name)}`);
      return {
        config: local,
        outputs: async () => ({
          master_uploads_bucket_name: masters,
          hls_outputs_bucket_name: streams,
          mediaconvert_queue_arn: 'arn:aws:mediaconvert:eu-central-1:123456789012:queues/q',
          mediaconvert_role_arn: 'arn:aws:iam::123456789012:role/r',
        }),
      };
    },
    names: ['local'],
    say: (line) => written.out.push(line),
    signal,
    env: cloud().cloud.environment,
    connect: () => ({ ...clients, s3, close: () => {} }),
    ...(confirm && { confirm }),
  });
  written.out = [];
  await program.parseAsync(args, { from: 'user' });
  return written.out.join('\n');
}

const put = (Bucket: string, Key: string, Body: string) =>
  cloud().s3.send(new PutObjectCommand({ Bucket, Key, Body }));

const records = () => recordStore({ s3: cloud().s3, bucket: masters, signal });

async function json(key: string): Promise<Title> {
  const { Body } = await cloud().s3.send(new GetObjectCommand({ Bucket: masters, Key: key }));
  return JSON.parse((await Body?.transformToString()) ?? '');
}

async function keysOf(Bucket: string): Promise<string[]> {
  const { Contents = [] } = await cloud().s3.send(new ListObjectsV2Command({ Bucket }));
  return Contents.map(({ Key = '' }) => Key);
}

const title = (id: string, fields: Partial<Title> = {}): Title => ({
  schemaVersion: 1,
  id,
  title: id,
  version: 1,
  state: 'live',
  playlistPath: `books/${id}/index.m3u8`,
  durationSeconds: 3723.4,
  renditions: [{ width: 1280, height: 720, bandwidthBps: 3_000_000 }],
  captions: [{ language: 'eng', label: 'English' }],
  posterPath: null,
  storyboardPath: null,
  createdAt: '2026-11-30T10:00:00.000Z',
  ...fields,
});

describe('the list', () => {
  it('shows each title in a row, and where to look when there is none', async () => {
    expect(await titles(['local'])).toBe(
      'the catalogue of "local" is empty; npm run titles -- adopt local shows what the outputs bucket has',
    );
    await records().create(titleKey('intro'), title('intro', { title: 'The beginning' }));
    await records().create(
      titleKey('zoo'),
      title('zoo', { durationSeconds: null, renditions: [], captions: [], state: 'withdrawn' }),
    );

    expect(await titles(['local'])).toBe(
      [
        'id     title          state      length   largest   captions  created',
        'intro  The beginning  live       1:02:03  1280x720  eng       2026-11-30',
        'zoo    zoo            withdrawn  -        -         -         2026-11-30',
      ].join('\n'),
    );
    expect(await titles(['list', 'local'])).toBe(await titles(['local']));
  });

  it('has every field of every record with --json, wherever the option stands', async () => {
    await records().create(titleKey('intro'), title('intro'));

    for (const args of [
      ['local', '--json'],
      ['--json', 'local'],
      ['list', '--json', 'local'],
    ]) {
      expect(JSON.parse(await titles(args))).toEqual({ titles: [title('intro')], broken: [] });
    }
  });

  it('prints no control character of a title or an id', async () => {
    const hostile = `a\u001b[2J\u0007\nb\u202ec`;
    await put(masters, titleKey('x'), JSON.stringify(title('x', { title: hostile })));
    await put(masters, titleKey('y\u001b[1m'), JSON.stringify(title('y\u001b[1m')));

    for (const args of [['local'], ['local', '--json']]) {
      const printed = await titles(args);
      expect(printed).not.toMatch(/[^\P{C}\n]/u);
      expect(printed).toContain('\\u001b[2J');
    }
    // The second is the record of no title, and is named on standard error.
    expect((await titles(['local'])).split('\n')).toHaveLength(2);
    process.exitCode = 0;
  });

  it('shows the others beside a record that cannot be read, names it, and exits with 1', async () => {
    await records().create(titleKey('intro'), title('intro'));
    await put(masters, titleKey('broken'), '{"secret-looking');
    await put(masters, titleKey('old'), JSON.stringify({ ...title('old'), state: 'gone', version: 0 }));
    await put(masters, titleKey('moved'), JSON.stringify(title('elsewhere')));

    expect(await titles(['local'])).toContain('intro');
    expect(process.exitCode).toBe(1);
    expect(written.err).toContain(
      'titles/broken.json in the masters bucket is not a valid record (expected JSON)',
    );
    expect(written.err).toMatch(
      /titles\/old\.json .*version: too small.*; state: invalid option: expected one of/,
    );
    expect(written.err).toContain('titles/moved.json');
    expect(written.err).not.toContain('secret-looking');
    expect(JSON.parse(await titles(['local', '--json'])).broken).toHaveLength(3);
  });
});

describe('adopt', () => {
  beforeEach(async () => {
    await put(streams, 'books/good/index.m3u8', MASTER);
    await put(streams, 'books/good/index_360p.m3u8', MEDIA);
    await put(streams, 'books/good/poster.jpg', 'a picture');
    await put(masters, 'uploads/good/master', 'a master');
    await put(streams, 'books/bare/index.m3u8', 'no playlist');
    await put(streams, 'books/bad..id/index.m3u8', MASTER);
    await put(streams, 'books/half/index_360p.m3u8', MEDIA);
    await put(streams, 'books/known/index.m3u8', MASTER);
    await records().create(titleKey('known'), title('known', { title: 'Known before' }));
  });

  it('shows what it would write, and writes nothing without an answer', async () => {
    const plan = await titles(['adopt', 'local']);

    expect(plan).toBe(
      [
        '"local": 1 in the catalogue, 2 to adopt, 2 skipped',
        '',
        'adopt  length  largest   captions  master',
        'bare   -       -         -         -',
        'good   0:10    1280x720  eng       uploads/good/master',
        '',
        'skip            because',
        'books/bad..id/  its name cannot be the id of a title',
        'books/half/     it has no index.m3u8',
        'dry run: nothing was written; add --yes to write these records',
      ].join('\n'),
    );
    expect(await titles(['adopt', 'local'], { confirm: async () => false })).toContain('nothing was written');
    expect(await keysOf(masters)).toEqual(['titles/known.json', 'uploads/good/master']);
  });

  it.each([
    ['with --yes', ['adopt', 'local', '--yes'], undefined],
    ['after a yes', ['adopt', 'local'], async () => true],
  ] as const)('writes records %s, and once is enough', async (_, args, confirm) => {
    expect(await titles(args, confirm && { confirm })).toContain('done: wrote 2 of 2 records');

    const good = await json(titleKey('good'));
    expect(good).toEqual({
      ...title('good'),
      durationSeconds: 9.506,
      renditions: [
        { width: 1280, height: 720, bandwidthBps: 3_000_000 },
        { width: 640, height: 360, bandwidthBps: 400_000 },
      ],
      posterPath: 'books/good/poster.jpg',
      masterKey: 'uploads/good/master',
      createdAt: good.createdAt,
    });
    expect(await json(titleKey('bare'))).toMatchObject({
      durationSeconds: null,
      renditions: [],
      posterPath: null,
    });
    expect(await json(titleKey('known'))).toMatchObject({ title: 'Known before' });
    expect(await titles(args, confirm && { confirm })).toContain('3 in the catalogue, 0 to adopt, 2 skipped');
    expect(await titles(['local'])).toContain('good');
  });

  it('leaves a title to the upload that is making it, and takes an id that no claim became', async () => {
    const hashes = { sha256: 'a'.repeat(64), settingsHash: '0'.repeat(64) };
    const claim = {
      schemaVersion: 1,
      titleId: 'good',
      title: 'Good',
      state: 'submitted',
      attempt: 1,
      jobId: 'job',
      failure: null,
      inputs: {
        masterKey: 'uploads/sha256/a',
        captions: [],
        source: { width: 2, height: 2, hasAudio: false, durationSeconds: 1 },
      },
      upload: null,
      createdAt: '2026-11-30T10:00:00.000Z',
    };
    await records().create(claimKey(hashes), claim);
    for (const id of ['good', 'bare']) {
      await records().create(idKey(id), { schemaVersion: 1, claim: claimKey(hashes) });
    }

    const plan = await titles(['adopt', 'local']);
    expect(plan).toMatch(/books\/good\/ +an upload is making this title; run it again to finish it/);
    expect(plan).toMatch(/^bare /m);
  });

  it('reads prepared playlists too', async () => {
    const url = 'https://media.example.com/books/good/';
    const prepared = (text: string, name: string) => preparePlaylist(text, { url: `${url}${name}` }).playlist;
    await put(streams, 'books/good/index.m3u8', prepared(MASTER, 'index.m3u8'));
    await put(streams, 'books/good/index_360p.m3u8', prepared(MEDIA, 'index_360p.m3u8'));

    expect(await titles(['adopt', 'local'])).toMatch(/^good +0:10 +1280x720 +eng/m);
  });
});

describe('rename', () => {
  it('changes the title and nothing else', async () => {
    await put(masters, titleKey('intro'), JSON.stringify({ ...title('intro'), note: 'kept' }));

    expect(await titles(['rename', 'local', 'intro', ' The “beginning” '])).toBe(
      'renamed intro: "intro" is now "The “beginning”"',
    );
    expect(await json(titleKey('intro'))).toEqual({
      ...title('intro', { title: 'The “beginning”' }),
      note: 'kept',
    });
  });

  it('keeps what somebody else writes in the record at the same time', async () => {
    await records().create(titleKey('intro'), title('intro'));
    const store = records();
    let isFirst = true;
    const slow: typeof store = {
      ...store,
      replace: async (key, record, etag) => {
        if (isFirst) {
          isFirst = false;
          await store.replace(key, title('intro', { state: 'withdrawn' }), etag);
        }
        return store.replace(key, record, etag);
      },
    };

    await renameTitle(slow, { environment: 'local', id: 'intro', title: 'New' });

    expect(await json(titleKey('intro'))).toMatchObject({ state: 'withdrawn', title: 'New' });
  });

  it.each([
    ['no id', ['local'], 'no id given: npm run titles -- rename local <id> <title>'],
    ['no title', ['local', 'intro'], 'no title given: npm run titles -- rename local <id> <title>'],
    ['an empty title', ['local', 'intro', '  '], 'title: expected 1 to 500 characters, got none'],
    ['a long title', ['local', 'intro', 'x'.repeat(501)], 'title: expected 1 to 500 characters, got 501'],
    ['a title with an escape sequence', ['local', 'intro', 'a\u001b[2J'], ONE_LINE],
    ['a title of two lines', ['local', 'intro', 'a\nb'], ONE_LINE],
    ['a title that turns the line around', ['local', 'intro', 'a\u202eb'], ONE_LINE],
    [
      'an id that is not there',
      ['local', 'nobody', 'x'],
      'there is no title with the id "nobody": npm run titles -- local lists them, and npm run titles -- adopt local makes records of titles that have none',
    ],
    ['another environment', ['prod', 'intro', 'x'], 'unknown environment "prod"'],
  ])('refuses %s', async (_, args, message) => {
    const refused = await titles(['rename', ...args]).then(
      () => null,
      (error: unknown) => error,
    );
    expect(refused ?? written.err).toEqual(refused === null ? `${message}\n` : new UsageError(message));
  });
});

describe('a bucket that refuses', () => {
  it('is told in one line, and the exit code is 1', async () => {
    masters = 'no-such-bucket-here';
    await titles(['local']);

    expect(process.exitCode).toBe(1);
    expect(written.err).toMatch(
      /^AWS: NoSuchBucket: .*; nothing is lost; run the same command again to continue\n$/,
    );
  });
});
