/** `npm run upload --encrypt` and `content-keys -- rotate` on the local AWS API: real jobs, KMS and DynamoDB by moto. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { GetJobCommand, ListJobsCommand } from '@aws-sdk/client-mediaconvert';
import { GetObjectCommand, ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import { dynamodbStore } from '@storytime/playback/dynamodb';
import { kmsKeyWrapper } from '@storytime/playback/kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EnvironmentConfig } from '../../../envs/config.ts';
import { transcode } from '../../../local/transcoder/index.ts';
import type { Title } from '../../../ops/library/title.ts';
import { createDistribution, distributionConfig } from '../../local/aws-api/cloudfront-fixtures.ts';
import { useLocalCloud } from '../../local/aws-api/start.ts';
import { makeClip } from '../../local/transcoder/clips.ts';
import { makeTable } from '../../playback/dynamodb/table.ts';
import type { WireOptions } from '../../support/aws-wire.ts';
import { placesWith } from '../../support/secret-forms.ts';
import { runInProcess } from '../upload/in-process.ts';
import { killedRun } from '../upload/killed-run.ts';
import { writePadded } from '../upload/padded.ts';
import {
  createLibrary,
  jobsOf,
  startCommand,
  type TestLibrary,
  titlesOf,
  type UploadEnd,
} from '../upload/uploading.ts';

const KEY_URL = 'https://api.example.com/api/video-keys';
const CONFIG: Partial<EnvironmentConfig> = {
  playback: { keyUrl: KEY_URL, accessLogDays: 90 },
  longestSignatureSeconds: 5,
};

const cloud = useLocalCloud({ transcode });
let folder: string;
let clip: Buffer;
let kms: KMSClient;
let dynamoDb: DynamoDBClient;
let keyArn: string;
let serial = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'content-keys-test-'));
  clip = await readFile(await makeClip(folder, 'clip.mp4', { size: '96x54', seconds: 1 }));
  kms = new KMSClient(cloud().clientConfig());
  dynamoDb = new DynamoDBClient(cloud().clientConfig());
  keyArn = (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? '';
});

afterAll(async () => {
  kms?.destroy();
  dynamoDb?.destroy();
  await rm(folder, { recursive: true, force: true });
});

interface Library extends TestLibrary {
  readonly table: string;
  readonly printed: string[];
}

/** Buckets, a table, and a master named `intro.mp4` in a folder of its own. */
async function makeLibrary(): Promise<Library> {
  serial += 1;
  const library = await createLibrary(cloud(), `keys-${serial}`);
  const table = await makeTable(dynamoDb, `playback-${serial}`);
  await writePadded(join(folder, `intro-${serial}.mp4`), { clip, bytes: 300_000, seed: serial });
  const outputs = {
    ...library.outputs,
    cloudfront_distribution_id: (await createDistribution(cloud().cloudFront, distributionConfig())).id,
    playback_table_name: table,
    playback_key_arn: keyArn,
  };
  return { ...library, outputs, table, printed: [] };
}

const uploading = () => ['upload', 'local', `intro-${serial}.mp4`, '--id', 'intro', '--encrypt'];
const rotating = ['content-keys', 'rotate', 'local', 'intro'];

async function run(
  library: Library,
  args: readonly string[],
  config: Partial<EnvironmentConfig> = CONFIG,
): Promise<UploadEnd> {
  const end = await runInProcess(cloud(), library, args, { cwd: folder, config });
  library.printed.push(end.stdout, end.stderr);
  return end;
}

async function succeed(library: Library, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run(library, args);
  expect([code, stderr]).toEqual([0, '']);
  return stdout;
}

const titleOf = async (library: Library): Promise<Title> =>
  (await titlesOf(cloud(), library)).get('intro') ?? expect.fail('no title');

/** As a backend with the environment's outputs opens it; undefined where there is none. */
async function keyOf({ table }: Library, version: number): Promise<Buffer | undefined> {
  const wrapped = await dynamodbStore({ tableName: table, client: dynamoDb }).contentKey('intro', version);
  if (wrapped === undefined) return undefined;
  return Buffer.from(await kmsKeyWrapper({ keyId: keyArn, client: kms }).unwrap(wrapped));
}

async function read(Bucket: string, Key: string, VersionId?: string): Promise<Buffer> {
  const { Body } = await cloud().s3.send(new GetObjectCommand({ Bucket, Key, VersionId }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

/** Whether openssl, with the version's stored key, makes MPEG-TS of every segment that its playlists list. */
async function expectPlayable(library: Library, version: number): Promise<void> {
  const key = (await keyOf(library, version)) ?? expect.fail(`version ${version} has no key`);
  const at = version === 1 ? 'books/intro/' : `books/intro/v${version}/`;
  const master = String(await read(library.streams, `${at}index.m3u8`));
  const variant = /^index_.*\.m3u8$/m.exec(master)?.[0] ?? expect.fail('no variant');
  const playlist = String(await read(library.streams, at + variant));
  const listed = [
    ...playlist.matchAll(/#EXT-X-KEY:METHOD=AES-128,URI="(.*)",IV=0x(.*)\n#EXTINF:.*\n([^#\n]+)\n/g),
  ];
  expect(listed.length).toBeGreaterThan(0);
  for (const [, address, iv = '', name = ''] of listed) {
    expect(address).toBe(`${KEY_URL}/intro?v=${version}`);
    const args = ['enc', '-d', '-aes-128-cbc', '-K', key.toString('hex'), '-iv', iv];
    const clear = execFileSync('openssl', args, { input: await read(library.streams, at + name) });
    expect([clear.length % 188, clear[0]]).toEqual([0, 0x47]);
  }
}

describe('npm run upload --encrypt', () => {
  it('makes a title that the stored key opens, once, and says so in its record and its claim', async () => {
    const library = await makeLibrary();
    await succeed(library, uploading());
    expect(await titleOf(library)).toMatchObject({ state: 'live', version: 1, encrypted: true });
    await expectPlayable(library, 1);
    const key = await keyOf(library, 1);

    expect(await succeed(library, uploading())).toContain('live already');
    expect(await keyOf(library, 1)).toEqual(key);
    expect(await jobsOf(cloud(), library)).toBe(1);
  });

  it('makes another title of the same master than without it, and that one is clear', async () => {
    const library = await makeLibrary();
    await succeed(library, uploading());
    await succeed(library, ['upload', 'local', `intro-${serial}.mp4`, '--id', 'trailer']);
    const { encrypted } = (await titlesOf(cloud(), library)).get('trailer') ?? expect.fail('no trailer');
    expect(encrypted).toBeUndefined();
    const { Versions = [] } = await cloud().s3.send(
      new ListObjectVersionsCommand({ Bucket: library.streams, Prefix: 'books/trailer/' }),
    );
    const playlists = Versions.flatMap(({ Key = '' }) => (Key.endsWith('.m3u8') ? [Key] : []));
    expect(playlists).toHaveLength(2);
    for (const key of playlists) expect(String(await read(library.streams, key))).not.toContain('EXT-X-KEY');
  });

  it.each<[string, Partial<EnvironmentConfig>, string]>([
    [
      'an environment without playback',
      { playback: null },
      '"local" has no place for content keys: set playback in its file, then npm run apply -- local',
    ],
    [
      'the packaging cmaf',
      { packaging: 'cmaf', audio: 'group' },
      '"local" has the packaging cmaf, which MediaConvert encrypts for DRM systems only: set packaging to hls-ts',
    ],
  ])('sends nothing with %s', async (_, config, message) => {
    const library = await makeLibrary();
    const { code, stderr } = await run(library, uploading(), { ...CONFIG, ...config });
    expect([code, stderr]).toEqual([2, `${message}\n`]);
    const { Versions = [] } = await cloud().s3.send(
      new ListObjectVersionsCommand({ Bucket: library.masters }),
    );
    expect(Versions).toEqual([]);
  });

  it('fails for a file, with the remedy, when KMS does not make its key, and begins no job', async () => {
    const library = await makeLibrary();
    const outputs = { ...library.outputs, playback_key_arn: keyArn.replace(/[^/]*$/, '0'.repeat(36)) };
    const { code, stdout } = await run({ ...library, outputs }, uploading());
    expect(code).toBe(1);
    expect(stdout).toContain('check the id, the region and the grants');
    expect(await jobsOf(cloud(), library)).toBe(0);
    await succeed(library, uploading());
    await expectPlayable(library, 1);
  });
});

describe('content-keys -- rotate', () => {
  it('switches to a version with another key, and the earlier key is deleted with its files', async () => {
    const library = await makeLibrary();
    await succeed(library, uploading());
    await succeed(library, rotating);

    expect(await titleOf(library)).toMatchObject({
      ...{ version: 2, encrypted: true, playlistPath: 'books/intro/v2/index.m3u8' },
      retiredVersions: [{ version: 1 }],
    });
    expect(await keyOf(library, 2)).not.toEqual(await keyOf(library, 1));
    for (const version of [1, 2]) await expectPlayable(library, version);

    const prune = async () => (await run(library, ['titles', 'prune', 'local'])).stdout;
    await expect.poll(prune, { timeout: 30_000 }).toContain('deleted version 1');
    expect(await keyOf(library, 1)).toBeUndefined();
    await expectPlayable(library, 2);
  });

  it('is what titles -- encode does to an encrypted title: no version of it is ever clear', async () => {
    const library = await makeLibrary();
    await succeed(library, uploading());
    await succeed(library, ['titles', 'encode', 'local', 'intro']);
    await expectPlayable(library, 2);

    const { code, stderr } = await run(library, ['titles', 'encode', 'local', 'intro'], { playback: null });
    expect([code, stderr]).toEqual([2, expect.stringContaining('has no place for content keys')]);
    expect(await titleOf(library)).toMatchObject({ version: 2 });
    expect(await titleOf(library)).not.toHaveProperty('encodingVersion');
  });

  it('leaves, and names, a key that an environment without playback cannot reach', async () => {
    const library = await makeLibrary();
    await succeed(library, uploading());
    const { code, stdout } = await run(library, ['withdraw', 'local', 'intro'], { playback: null });
    expect([code, stdout]).toEqual([
      0,
      expect.stringContaining('the content key of version 1 is not deleted'),
    ]);
    expect(await keyOf(library, 1)).toBeDefined();
    await succeed(library, ['withdraw', 'local', 'intro']);
    expect(await keyOf(library, 1)).toBeUndefined();
  });

  it('is not needed after a withdrawal: every key goes with the files, and a restoration makes a new one', async () => {
    const library = await makeLibrary();
    await succeed(library, uploading());
    await succeed(library, rotating);
    await succeed(library, ['withdraw', 'local', 'intro']);
    for (const version of [1, 2]) expect(await keyOf(library, version)).toBeUndefined();
    expect(await titleOf(library)).toMatchObject({ state: 'withdrawn', encrypted: true });

    await succeed(library, ['restore', 'local', 'intro']);
    expect(await titleOf(library)).toMatchObject({ state: 'live', version: 3, encrypted: true });
    await expectPlayable(library, 3);
  });

  it('refuses a title that is not encrypted, and one that is not there', async () => {
    const library = await makeLibrary();
    await succeed(library, ['upload', 'local', `intro-${serial}.mp4`, '--id', 'intro']);
    const clear = await run(library, rotating);
    expect([clear.code, clear.stderr]).toEqual([2, expect.stringContaining('"intro" is not encrypted')]);
    const missing = await run(library, ['content-keys', 'rotate', 'local', 'outro']);
    expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining('there is no title')]);
  });
});

type WireRequest = Parameters<NonNullable<WireOptions['onRequest']>>[0];
const asksFor = (target: string) => (request: WireRequest) =>
  String(request.headers['x-amz-target']).endsWith(target);
const createJob = ({ method, path }: WireRequest) => method === 'POST' && path.endsWith('/jobs');
const record = ({ method, path }: WireRequest) => method === 'PUT' && path.includes('/titles/');

const POINTS: readonly [string, 'onRequest' | 'onAnswer', (request: WireRequest) => boolean][] = [
  ['before the key is made', 'onRequest', asksFor('.GenerateDataKey')],
  ['after the key was made, before it is stored', 'onRequest', asksFor('.PutItem')],
  ['after the key was stored', 'onAnswer', asksFor('.PutItem')],
  ['before the job', 'onRequest', createJob],
  ['after the job', 'onAnswer', createJob],
  ['before the record', 'onRequest', record],
];

describe('a run that is killed', () => {
  it.each(POINTS)(
    '%s is continued by the same command: one key, one job',
    async (_, when, at) => {
      const library = await makeLibrary();
      const command = (args: readonly string[]) => ({ args, cwd: folder, config: CONFIG });
      await killedRun(cloud(), library, command(uploading()), (kill) => ({
        [when]: (request: WireRequest) => (at(request) ? kill() : undefined),
      }));
      const stored = await keyOf(library, 1);
      expect(await jobsOf(cloud(), library)).toBeLessThanOrEqual(stored === undefined ? 0 : 1);

      await succeed(library, uploading());
      if (stored !== undefined) expect(await keyOf(library, 1)).toEqual(stored);
      expect(await jobsOf(cloud(), library)).toBe(1);
      await expectPlayable(library, 1);
    },
    60_000,
  );

  it('in the middle of a rotation goes on with the same version and the same key', async () => {
    const library = await makeLibrary();
    await succeed(library, uploading());
    await killedRun(cloud(), library, { args: rotating, cwd: folder, config: CONFIG }, (kill) => ({
      onRequest: (request) => (createJob(request) ? kill() : undefined),
    }));
    expect(await titleOf(library)).toMatchObject({ version: 1, encodingVersion: 2 });
    await expectPlayable(library, 1);
    const begun = await keyOf(library, 2);
    expect(begun).toHaveLength(16);

    await succeed(library, rotating);
    expect(await keyOf(library, 2)).toEqual(begun);
    await expectPlayable(library, 2);
  }, 60_000);

  it('beside another one makes one key', async () => {
    const library = await makeLibrary();
    const start = () => startCommand(cloud(), library, uploading(), { cwd: folder, config: CONFIG }).ended;
    const ends = await Promise.all([start(), start()]);
    expect(ends.map(({ code, stderr }) => [code, stderr])).toEqual([
      [0, ''],
      [0, ''],
    ]);
    expect(await jobsOf(cloud(), library)).toBe(1);
    await expectPlayable(library, 1);
  }, 60_000);
});

describe('a content key', () => {
  it('is in no object, no record, no item, no job that can be read, no log and nothing that was printed', async () => {
    const library = await makeLibrary();
    await succeed(library, [...uploading(), '--json']);
    await succeed(library, [...rotating, '--json']);
    await succeed(library, ['titles', 'local', '--json']);
    const keys = await Promise.all([1, 2].map((version) => keyOf(library, version)));

    const places = new Map<string, Buffer>();
    for (const Bucket of [library.masters, library.streams]) {
      const { Versions = [] } = await cloud().s3.send(new ListObjectVersionsCommand({ Bucket }));
      for (const { Key = '', VersionId } of Versions) {
        places.set(`${Bucket}/${Key}`, await read(Bucket, Key, VersionId));
      }
    }
    const { Items = [] } = await dynamoDb.send(new ScanCommand({ TableName: library.table }));
    for (const [index, item] of Items.entries()) {
      places.set(`item ${index}`, Buffer.from(JSON.stringify(item)));
      for (const [name, { B }] of Object.entries(item)) if (B) places.set(`${index} ${name}`, Buffer.from(B));
    }
    const { Jobs = [] } = await cloud().mediaConvert.send(new ListJobsCommand({ MaxResults: 20 }));
    for (const { Id = '' } of Jobs) {
      const job = await cloud().mediaConvert.send(new GetJobCommand({ Id }));
      places.set(`job ${Id}`, Buffer.from(JSON.stringify(job)));
    }
    places.set('log', Buffer.from(cloud().log.join('\n')));
    places.set('output', Buffer.from(library.printed.join('\n')));

    expect(places.size).toBeGreaterThan(20);
    expect([...places.keys()].filter((name) => name.startsWith('item '))).toHaveLength(2);
    expect(
      [...places.values()].filter((content) => content.includes('StaticKeyValue')).length,
    ).toBeGreaterThan(1);
    const found = keys.map((key) => key ?? expect.fail('no key'));
    expect(placesWith(found, places)).toEqual([]);
  }, 60_000);
});
