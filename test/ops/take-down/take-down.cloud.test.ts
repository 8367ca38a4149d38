/** `npm run withdraw`, `restore`, `titles -- encode` and `titles -- prune` against the local AWS API, with real jobs. */
import { ListInvalidationsCommand } from '@aws-sdk/client-cloudfront';
import { CopyObjectCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { startWire } from '../../support/aws-wire.ts';
import { killedRun } from '../upload/killed-run.ts';
import { jobsOf, startCommand } from '../upload/uploading.ts';
import { type Library, useLibraries } from './libraries.ts';

const { cloud, folder, makeLibrary, withIntro, putAdopted, run, start, succeed, titleOf, versionsIn } =
  useLibraries('down');

const withdraw = ['withdraw', 'local', 'intro'];
const restore = ['restore', 'local', 'intro'];

async function invalidationsOf({ distributionId: DistributionId }: Library): Promise<number> {
  const { InvalidationList: list } = await cloud().cloudFront.send(
    new ListInvalidationsCommand({ DistributionId }),
  );
  const { Items = [] } = list ?? {};
  expect(Items.filter(({ Status }) => Status !== 'Completed')).toEqual([]);
  return Items.length;
}

const keysOfVersion = (keys: readonly string[], version: number) =>
  keys.filter((key) =>
    version === 1 ? !/^books\/intro\/v\d+\//.test(key) : key.startsWith(`books/intro/v${version}/`),
  );

describe('a title that is withdrawn', () => {
  it('leaves catalogue, bucket and caches, keeps its master, and stays away', async () => {
    const library = await withIntro();
    const before = await titleOf(library);
    expect((await versionsIn(library.streams, 'books/intro/')).length).toBeGreaterThan(3);

    const printed = await succeed(library, withdraw);

    const title = await titleOf(library);
    expect(title).toEqual({
      ...before,
      state: 'withdrawn',
      withdrawal: {
        ...{ at: expect.any(String), master: 'keep' },
        ...{ runId: expect.any(String), completedAt: expect.any(String) },
      },
    });
    expect(await versionsIn(library.streams, 'books/')).toEqual([]);
    expect(await versionsIn(library.masters, 'uploads/')).toEqual([
      expect.stringMatching(/^uploads\/sha256\/[\da-f]{64}$/),
      expect.stringMatching(/^uploads\/sha256\/[\da-f]{64}\/posters\/intro\.jpg$/),
    ]);
    expect(await invalidationsOf(library)).toBe(1);
    expect(printed).toMatch(/invalidating \/books\/intro\/\* in CloudFront \(I[\dA-Z]{13}\)/);
    expect(printed).toMatch(/signatures that viewers have stay valid until \d{4}-\d\d-\d\dT/);
    expect(await succeed(library, ['titles', 'local'])).toMatch(/intro +Intro +withdrawn/);

    const again = await run(library, ['upload', 'local', library.file]);
    expect([again.code, again.stdout]).toEqual([1, expect.stringContaining('npm run restore')]);
    expect(await versionsIn(library.streams, 'books/')).toEqual([]);

    await succeed(library, withdraw);
    expect((await titleOf(library)).withdrawal).toMatchObject({ at: title.withdrawal?.at, master: 'keep' });
  });

  it('is only looked at by a dry run', async () => {
    const library = await withIntro();
    const [before, files] = [await titleOf(library), await versionsIn(library.streams, '')];

    const printed = await succeed(library, [...withdraw, '--dry-run', '--master', 'delete']);

    expect(printed).toMatch(new RegExp(`${files.length} versions below books/intro/ would be deleted`));
    expect(printed).toMatch(/uploads\/sha256\/[\da-f]{64} would be deleted in every version/);
    expect([await titleOf(library), await versionsIn(library.streams, '')]).toEqual([before, files]);
    expect(await invalidationsOf(library)).toBe(0);
    const json = JSON.parse(await succeed(library, [...withdraw, '--dry-run', '--json']));
    expect(json).toMatchObject({ event: 'planned', path: '/books/intro/*', fate: 'keep' });
  });

  it('is invalidated by the path that viewers request, whatever letters its id has', async () => {
    const library = await makeLibrary();
    await putAdopted(library, 'Déjà vu+1');

    expect(await succeed(library, ['withdraw', 'local', 'Déjà vu+1'])).toContain(
      'invalidating /books/D%C3%A9j%C3%A0%20vu+1/* in',
    );
    expect(await versionsIn(library.streams, '')).toEqual([]);
  });

  it('is refused where there is none', async () => {
    const library = await makeLibrary();
    for (const command of ['withdraw', 'restore']) {
      const { code, stderr } = await run(library, [command, 'local', 'nobody']);
      expect([code, stderr]).toEqual([2, expect.stringContaining('there is no title with the id "nobody"')]);
    }
    expect(await run(library, ['withdraw', 'local'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no id given'),
    });
  });

  it('leaves titles whose ids only begin alike', async () => {
    const library = await withIntro();
    const Key = 'books/intro-2/index.m3u8';
    await cloud().s3.send(new PutObjectCommand({ Bucket: library.streams, Key, Body: '#EXTM3U\n' }));
    await succeed(library, withdraw);
    expect(await versionsIn(library.streams, '')).toEqual([Key]);
  });
});

describe('the master', () => {
  it('is deleted in every version where that is asked for, and can be put back', async () => {
    const library = await withIntro();
    const [key = ''] = await versionsIn(library.masters, 'uploads/');
    const { Body } = await cloud().s3.send(new GetObjectCommand({ Bucket: library.masters, Key: key }));
    const bytes = (await Body?.transformToByteArray()) ?? expect.fail('no master');
    const CopySource = `${library.masters}/${key}`;
    await cloud().s3.send(
      new CopyObjectCommand({ Bucket: library.masters, Key: key, CopySource, MetadataDirective: 'REPLACE' }),
    );
    expect(await versionsIn(library.masters, 'uploads/')).toHaveLength(2);

    await succeed(library, [...withdraw, '--master', 'delete']);
    expect(await versionsIn(library.masters, 'uploads/')).toEqual([]);
    expect(await succeed(library, withdraw)).toContain(`master ${key} is deleted`);

    const refused = await run(library, restore);
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringContaining(`s3://${library.masters}/${key}`),
    ]);
    expect((await titleOf(library)).state).toBe('withdrawn');
    await cloud().s3.send(new PutObjectCommand({ Bucket: library.masters, Key: key, Body: bytes }));
    await succeed(library, restore);
    expect(await titleOf(library)).toMatchObject({ state: 'live', version: 2, posterPath: null });
  });

  it('is kept where another title is made of it, and that is said', async () => {
    const library = await withIntro();
    await succeed(library, ['upload', 'local', library.file, '--id', 'subtitled', '--captions', 'en=en.vtt']);
    const masters = await versionsIn(library.masters, 'uploads/');

    const { code, stderr } = await run(library, [...withdraw, '--master', 'delete']);
    expect([code, stderr]).toEqual([1, expect.stringContaining('other titles are made of it: subtitled')]);
    expect(await versionsIn(library.masters, 'uploads/')).toEqual(masters);
    expect(await versionsIn(library.streams, 'books/intro/')).toEqual([]);
    expect((await titleOf(library)).state).toBe('withdrawn');

    await succeed(library, ['withdraw', 'local', 'subtitled', '--master', 'delete']);
    await succeed(library, withdraw);
    expect(await versionsIn(library.masters, 'uploads/')).toEqual([]);
  });

  it('is restored from its archive first, and the same command goes on', async () => {
    const library = await withIntro();
    await succeed(library, [...withdraw, '--master', 'archive']);
    const [master = ''] = await versionsIn(library.masters, 'uploads/');
    expect(await versionsIn(library.masters, 'uploads/')).toEqual([master, `${master}/posters/intro.jpg`]);

    const first = await run(library, restore);
    expect([first.code, first.stderr, first.stdout]).toEqual([
      3,
      '',
      expect.stringMatching(
        /is being restored from GLACIER, by .* at the latest; run the same command again/,
      ),
    ]);
    expect((await titleOf(library)).state).toBe('restoring');
    let last = first;
    while (last.code === 3) last = await run(library, restore);
    expect([last.code, last.stderr]).toEqual([0, '']);
    expect(await titleOf(library)).toMatchObject({ state: 'live', version: 2 });
  });
});

describe('a title that is restored', () => {
  it('is encoded into a folder of its own, with its captions and its poster', async () => {
    const library = await makeLibrary();
    await succeed(library, ['upload', 'local', 'clip.mp4', '--id', 'intro', '--captions', 'en=en.vtt']);
    const before = await titleOf(library);
    await succeed(library, withdraw);

    const printed = await succeed(library, restore);

    const { withdrawal: _, ...title } = await titleOf(library);
    expect(title).toEqual({
      ...before,
      version: 2,
      laterVersions: [2],
      playlistPath: 'books/intro/v2/index.m3u8',
      posterPath: 'books/intro/v2/poster.jpg',
      storyboardPath: 'books/intro/v2/storyboard/storyboard.vtt',
    });
    expect((await titleOf(library)).withdrawal).toBeUndefined();
    const keys = await versionsIn(library.streams, '');
    expect(keys.filter((key) => !key.startsWith('books/intro/v2/'))).toEqual([]);
    expect(keys).toContain('books/intro/v2/poster.jpg');
    expect(printed).toContain('live as version 2: books/intro/v2/index.m3u8');
  });

  it('is measured where nobody did, as one that was adopted', async () => {
    const library = await makeLibrary();
    await putAdopted(library, 'intro');
    await succeed(library, withdraw);
    await succeed(library, restore);
    expect(await titleOf(library)).toMatchObject({ state: 'live', version: 2, durationSeconds: 1 });
  });

  it('stays as it is while it is live, and is refused while its withdrawal is not complete', async () => {
    const library = await withIntro();
    const before = await titleOf(library);
    expect(await succeed(library, restore)).toContain('live already as version 1: books/intro/index.m3u8');
    expect(await titleOf(library)).toEqual(before);
    const at = (request: { method: string; path: string }) =>
      request.method === 'POST' && request.path.includes('/invalidation');
    await killedRun(cloud(), library, { args: withdraw, cwd: folder() }, (kill) => ({
      onRequest: (request) => (at(request) ? kill() : undefined),
    }));
    expect(await run(library, restore)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('is not complete: run npm run withdraw -- local intro'),
    });
  });
});

describe('a title that was made elsewhere', () => {
  it('keeps its own folders apart from versions, and loses them with the first', async () => {
    const library = await makeLibrary();
    await putAdopted(library, 'intro');
    const own = ['books/intro/v1/a.m3u8', 'books/intro/v2/a.m3u8', 'books/intro/v0/a.m3u8'];
    for (const Key of own) {
      await cloud().s3.send(new PutObjectCommand({ Bucket: library.streams, Key, Body: '#EXTM3U\n' }));
    }

    const config = { longestSignatureSeconds: 1 };
    await succeed(library, ['titles', 'encode', 'local', 'intro'], config);
    expect(await titleOf(library)).toMatchObject({
      version: 3,
      laterVersions: [3],
      retiredVersions: [{ version: 1 }],
    });
    expect(await versionsIn(library.streams, '')).toEqual(expect.arrayContaining(own));
    const prune = () => run(library, ['titles', 'prune', 'local'], config);
    await expect.poll(async () => (await prune()).stdout, { timeout: 30_000 }).toContain('no earlier');
    const left = await versionsIn(library.streams, '');
    expect(left.filter((key) => !key.startsWith('books/intro/v3/'))).toEqual([]);

    await cloud().s3.send(new PutObjectCommand({ Bucket: library.streams, Key: own[1] ?? '', Body: 'x' }));
    await succeed(library, withdraw);
    expect(await versionsIn(library.streams, '')).toEqual([]);
  });
});

describe('a live title that is encoded again', () => {
  it('keeps the version that viewers play until their signatures have ended', async () => {
    const library = await withIntro();
    const first = await versionsIn(library.streams, '');
    const config = { longestSignatureSeconds: 5 };

    const printed = await succeed(library, ['titles', 'encode', 'local', 'intro'], config);
    const title = await titleOf(library);
    const deleteAfter = title.retiredVersions?.[0]?.deleteAfter ?? '';
    expect(title).toMatchObject({
      state: 'live',
      version: 2,
      retiredVersions: [{ version: 1, deleteAfter }],
    });
    expect(keysOfVersion(await versionsIn(library.streams, ''), 1)).toEqual(first);
    expect(printed).toContain('the files of version 1 stay for viewers');

    // A clock of the test's would be another than that of the record.
    const early = await run(library, ['titles', 'prune', 'local'], config);
    let last = early;
    while (!last.stdout.includes('deleted version 1')) {
      expect(new Date() < new Date(Date.parse(deleteAfter) + 60_000)).toBe(true);
      last = await run(library, ['titles', 'prune', 'local'], config);
    }
    expect(new Date() >= new Date(deleteAfter)).toBe(true);
    const left = await versionsIn(library.streams, '');
    expect([keysOfVersion(left, 1), keysOfVersion(left, 2)]).toEqual([[], left]);
    expect(await titleOf(library)).not.toHaveProperty('retiredVersions');
    expect(await succeed(library, ['titles', 'prune', 'local'])).toContain('no earlier version is left');

    await succeed(library, withdraw);
    expect(await versionsIn(library.streams, '')).toEqual([]);
    await succeed(library, restore);
    expect((await titleOf(library)).playlistPath).toBe('books/intro/v3/index.m3u8');
  });
});

type Request = { readonly method: string; readonly path: string; readonly query: URLSearchParams };
const record = ({ method, path }: Request) => method === 'PUT' && path.includes('/titles/');
const claim = ({ method, path }: Request) => method === 'PUT' && path.includes('/claims/');
const deletion = ({ method, query }: Request) => method === 'POST' && query.has('delete');
const invalidation = ({ method, path }: Request) => method === 'POST' && path.endsWith('/invalidation');
const poll = ({ method, path }: Request) => method === 'GET' && path.includes('/invalidation/');
const job = ({ method, path }: Request) => method === 'POST' && path.endsWith('/jobs');
const follow = ({ method, path }: Request) => method === 'GET' && path.includes('/jobs/');

describe('a command that is killed', () => {
  it.each<[string, 'onRequest' | 'onAnswer', (request: Request) => boolean]>([
    ['before the record', 'onRequest', record],
    ['after the record', 'onAnswer', record],
    ['before the files are deleted', 'onRequest', deletion],
    ['after they are deleted', 'onAnswer', deletion],
    ['after the invalidation', 'onAnswer', invalidation],
    ['while it waits for the invalidation', 'onAnswer', poll],
  ])('%s withdraws when it is run again', async (_, when, at) => {
    const library = await withIntro();
    await killedRun(cloud(), library, { args: withdraw, cwd: folder() }, (kill) => ({
      [when]: (request: Request) => (at(request) ? kill() : undefined),
    }));
    await succeed(library, withdraw);

    expect(await versionsIn(library.streams, '')).toEqual([]);
    expect(await titleOf(library)).toMatchObject({
      state: 'withdrawn',
      withdrawal: { completedAt: expect.any(String) },
    });
    // The poster may have been kept twice.
    expect(new Set(await versionsIn(library.masters, 'uploads/')).size).toBe(2);
  });

  it.each<[string, 'onRequest' | 'onAnswer', (request: Request) => boolean]>([
    ['after the record', 'onAnswer', record],
    ['before the claim', 'onRequest', claim],
    ['before the job', 'onRequest', job],
    ['after the job, before the claim names it', 'onAnswer', job],
    ['while the job runs', 'onAnswer', follow],
  ])('%s restores when it is run again, with one job', async (_, when, at) => {
    const library = await withIntro();
    await succeed(library, withdraw);
    await killedRun(cloud(), library, { args: restore, cwd: folder() }, (kill) => ({
      [when]: (request: Request) => (at(request) ? kill() : undefined),
    }));
    await succeed(library, restore);

    expect(await titleOf(library)).toMatchObject({ state: 'live', version: 2 });
    expect(await jobsOf(cloud(), library)).toBe(2);
  });
});

describe('two at once', () => {
  it('withdraw one title', async () => {
    const library = await withIntro();
    const ends = await Promise.all([start(library, withdraw), start(library, withdraw)]);
    expect(ends.map(({ code, stderr }) => [code, stderr])).toEqual([
      [0, ''],
      [0, ''],
    ]);
    expect(await versionsIn(library.streams, '')).toEqual([]);
  });

  it('restore one title, with one job', async () => {
    const library = await withIntro();
    await succeed(library, withdraw);
    const ends = await Promise.all([start(library, restore), start(library, restore)]);
    expect(ends.map(({ code, stderr }) => [code, stderr])).toEqual([
      [0, ''],
      [0, ''],
    ]);
    expect(await titleOf(library)).toMatchObject({ state: 'live', version: 2 });
    expect(await jobsOf(cloud(), library)).toBe(2);
  });

  it('withdraw what the other restores: it is off the air in the end, and nothing of it is left', async () => {
    const library = await withIntro();
    await succeed(library, withdraw);
    let withdrawal: Promise<unknown> | undefined;
    const wire = await startWire({
      target: cloud().cloud.endpoint,
      // The restoration hears of its job when it is withdrawn, and not before.
      onAnswer: async (request) => {
        if (withdrawal !== undefined || !follow(request)) return;
        withdrawal = start(library, withdraw);
        await expect.poll(async () => (await titleOf(library)).state, { timeout: 60_000 }).toBe('withdrawn');
      },
    });
    const restored = await startCommand(cloud(), library, restore, { cwd: folder(), wire }).ended;
    const withdrawn = await withdrawal;
    await wire.close();

    expect([restored.code, restored.stderr]).toEqual([
      1,
      expect.stringContaining('somebody withdrew "intro"'),
    ]);
    expect(withdrawn).toMatchObject({ code: 0, stderr: '' });
    expect((await titleOf(library)).state).toBe('withdrawn');
    expect(await versionsIn(library.streams, '')).toEqual([]);
    await succeed(library, restore);
    expect((await titleOf(library)).version).toBe(3);
  });
});
