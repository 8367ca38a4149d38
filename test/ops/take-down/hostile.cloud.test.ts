/** Records that were edited by hand, or to do harm, and accounts that refuse: what is live stays, what goes off the air does. */
import { ListInvalidationsCommand } from '@aws-sdk/client-cloudfront';
import { ListJobsCommand } from '@aws-sdk/client-mediaconvert';
import {
  DeleteSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { describe, expect, it } from 'vitest';
import { createInvalidation } from '../../../ops/take-down/invalidate.ts';
import { startWire } from '../../support/aws-wire.ts';
import { jobsOf, startCommand } from '../upload/uploading.ts';
import { type Library, useLibraries } from './libraries.ts';

const { cloud, folder, makeLibrary, withIntro, putAdopted, run, succeed, start, put, ...libraries } =
  useLibraries('hostile');
const { titleOf, editJson, versionsIn } = libraries;

const withdraw = ['withdraw', 'local', 'intro'];
const restore = ['restore', 'local', 'intro'];
const encode = ['titles', 'encode', 'local', 'intro'];
const prune = ['titles', 'prune', 'local'];
const PAST = '2020-01-01T00:00:00.000Z';

async function invalidationsOf({ distributionId: DistributionId }: Library): Promise<number> {
  const { InvalidationList } = await cloud().cloudFront.send(
    new ListInvalidationsCommand({ DistributionId }),
  );
  return InvalidationList?.Quantity ?? 0;
}

async function runningJobs(): Promise<number> {
  const { Jobs = [] } = await cloud().mediaConvert.send(new ListJobsCommand({ MaxResults: 20 }));
  return Jobs.filter(({ Status }) => Status === 'SUBMITTED' || Status === 'PROGRESSING').length;
}

const everythingIn = async ({ masters, streams }: Library) => [
  await versionsIn(masters, ''),
  await versionsIn(streams, ''),
];

describe('a record that names what is another title’s', () => {
  it.each<[string, object]>([
    ['id', { id: 'other' }],
    ['playlist', { playlistPath: 'books/other/index.m3u8' }],
    ['poster', { posterPath: 'books/introduction/poster.jpg' }],
    ['storyboard', { storyboardPath: 'books/intro.vtt' }],
  ])('is refused for its %s before anything is changed', async (_, change) => {
    const library = await makeLibrary();
    await putAdopted(library, 'intro');
    await putAdopted(library, 'other');
    await editJson(library, 'titles/intro.json', change);
    const before = await everythingIn(library);

    for (const args of [withdraw, [...withdraw, '--dry-run'], restore, encode]) {
      const { code, stderr } = await run(library, args);
      expect([code, stderr]).toEqual([
        1,
        expect.stringMatching(/^titles\/intro\.json .* is not a valid record .* nothing was changed\n$/),
      ]);
    }
    expect(await everythingIn(library)).toEqual(before);
  });

  it.each(['titles', 'titles/other.json', 'claims', 'uploads', 'uploads/other/master', 'uploads/intro'])(
    'as its master %j goes off the air, and deletes nothing else',
    async (masterKey) => {
      const library = await makeLibrary();
      await putAdopted(library, 'intro');
      await putAdopted(library, 'other');
      await editJson(library, 'titles/intro.json', { masterKey });

      const { code, stderr } = await run(library, [...withdraw, '--master', 'delete']);

      expect([code, stderr]).toEqual([
        1,
        expect.stringContaining('the title is off the air, and its master'),
      ]);
      expect(await versionsIn(library.streams, '')).toEqual(['books/other/index.m3u8']);
      expect(new Set(await versionsIn(library.masters, ''))).toEqual(
        new Set(['titles/intro.json', 'titles/other.json', 'uploads/intro/master', 'uploads/other/master']),
      );
      expect(await succeed(library, [...withdraw, '--master', 'keep'])).toContain('masterKey: expected');
    },
  );

  it('goes off the air where its claim cannot be read, and says so', async () => {
    const library = await withIntro();
    const [claim = ''] = (await versionsIn(library.masters, 'claims/')).filter(
      (key) => !key.includes('/ids/'),
    );
    await editJson(library, claim, { inputs: { masterKey: 'titles/intro.json' } });
    const masters = new Set(await versionsIn(library.masters, ''));

    const { code, stderr } = await run(library, [...withdraw, '--master', 'delete']);

    expect([code, stderr]).toEqual([1, expect.stringContaining('inputs.captions: ')]);
    expect(await versionsIn(library.streams, '')).toEqual([]);
    expect(new Set(await versionsIn(library.masters, ''))).toEqual(masters);
  });
});

describe('versions that somebody numbered by hand', () => {
  it('leave no number for the next, which is said before anything is begun', async () => {
    const library = await withIntro();
    await put(library.streams, 'books/intro/v9998/a.m3u8', '#EXTM3U\n');
    const before = await titleOf(library);
    const { code, stderr } = await run(library, encode);
    expect([code, stderr]).toEqual([1, expect.stringContaining('books/intro/v9998/ is the last folder')]);
    expect(await titleOf(library)).toEqual(before);
    await succeed(library, withdraw);
    expect(await versionsIn(library.streams, '')).toEqual([]);
  });

  it.each<[string, object]>([
    ['the live one', { retiredVersions: [{ version: 1, deleteAfter: PAST }] }],
    [
      'the one whose playlist is live',
      { version: 2, laterVersions: [2], retiredVersions: [{ version: 1, deleteAfter: PAST }] },
    ],
    [
      'the one that is being encoded',
      { encodingVersion: 2, laterVersions: [2], retiredVersions: [{ version: 2, deleteAfter: PAST }] },
    ],
    ['a negative one', { retiredVersions: [{ version: -1, deleteAfter: PAST }] }],
    ['a huge one', { retiredVersions: [{ version: 1e9, deleteAfter: PAST }] }],
  ])('are not pruned where they are %s', async (_, change) => {
    const library = await makeLibrary();
    await putAdopted(library, 'intro');
    await put(library.streams, 'books/intro/v2/index.m3u8', '#EXTM3U\n');
    await editJson(library, 'titles/intro.json', change);
    const before = await versionsIn(library.streams, '');

    expect(await run(library, prune)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('retiredVersions'),
    });
    expect(JSON.parse((await run(library, [...prune, '--json'])).stdout)).toMatchObject({
      ...{ pruned: [], later: [] },
      broken: [{ key: 'titles/intro.json' }],
    });
    expect(await versionsIn(library.streams, '')).toEqual(before);
  });

  it('stay as long as the later of two times says', async () => {
    const library = await makeLibrary();
    await putAdopted(library, 'intro');
    await put(library.streams, 'books/intro/v2/a.ts', 'x');
    const deleteAfter = '2999-01-01T00:00:00.000Z';
    const retiredVersions = [
      { version: 2, deleteAfter },
      { version: 2, deleteAfter: PAST },
    ];
    await editJson(library, 'titles/intro.json', { laterVersions: [2], retiredVersions });
    expect(await succeed(library, prune)).toBe(
      `intro: version 2 stays until ${deleteAfter}: viewers may be playing it\n`,
    );
    expect(await versionsIn(library.streams, 'books/intro/v2/')).toHaveLength(1);
  });
});

describe('a withdrawn title', () => {
  it('is not made again by an upload whose claim somebody else called failed', async () => {
    const library = await withIntro();
    await succeed(library, withdraw);
    const [claim = ''] = (await versionsIn(library.masters, 'claims/')).filter(
      (key) => !key.includes('/ids/'),
    );
    const failure = { code: 'OUTPUTS_MISSING', text: 'gone' };
    await editJson(library, claim, { state: 'failed', failure });

    const { code, stdout } = await run(library, ['upload', 'local', library.file]);

    expect([code, stdout]).toEqual([1, expect.stringContaining('which was withdrawn')]);
    expect(await versionsIn(library.streams, '')).toEqual([]);
  });

  it('keeps its archived master when another title of it is withdrawn for good', async () => {
    const library = await withIntro();
    await succeed(library, ['upload', 'local', library.file, '--id', 'b', '--captions', 'en=en.vtt']);
    await succeed(library, ['withdraw', 'local', 'b']);
    expect(await run(library, [...withdraw, '--master', 'archive'])).toMatchObject({ code: 1 });
    await succeed(library, ['withdraw', 'local', 'b', '--master', 'archive']);
    await succeed(library, withdraw);
    const masters = await versionsIn(library.masters, 'uploads/');

    const { code, stderr } = await run(library, ['withdraw', 'local', 'b', '--master', 'delete']);

    expect([code, stderr]).toEqual([1, expect.stringContaining('other titles are made of it: intro')]);
    expect(await versionsIn(library.masters, 'uploads/')).toEqual(masters);
  });

  it.each<[string, (secrets: SecretsManagerClient, SecretId: string) => Promise<unknown>]>([
    [
      'is garbage',
      (secrets, SecretId) => secrets.send(new PutSecretValueCommand({ SecretId, SecretString: 'garbage' })),
    ],
    [
      'is deleted',
      (secrets, SecretId) =>
        secrets.send(new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true })),
    ],
  ])('needs no signing key: it goes off the air where the secret %s', async (_, spoil) => {
    const library = await withIntro();
    const secrets = new SecretsManagerClient(cloud().clientConfig());
    await spoil(secrets, library.outputs.cloudfront_private_key_secret_name ?? '');
    secrets.destroy();
    expect(await succeed(library, withdraw)).toContain('not probed: ');
    expect(await versionsIn(library.streams, '')).toEqual([]);
  });

  it.each<[string, (request: { method: string; path: string; query: URLSearchParams }) => boolean]>([
    ['deletes a file', ({ method, query }) => method === 'POST' && query.has('delete')],
    ['begins an invalidation', ({ method, path }) => method === 'POST' && path.endsWith('/invalidation')],
    ['asks for one', ({ method, path }) => method === 'GET' && path.includes('/invalidation/')],
  ])(
    'is said to be on the air still where AWS denies what %s, and is off it at the next run',
    async (_, at) => {
      const library = await makeLibrary();
      await putAdopted(library, 'intro');
      const body =
        '<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>';
      const wire = await startWire({
        target: cloud().cloud.endpoint,
        answer: (request) => at(request) && { status: 403, body },
      });
      const denied = await startCommand(cloud(), library, withdraw, { cwd: folder(), wire }).ended;
      await wire.close();
      expect([denied.code, denied.stderr]).toEqual([
        1,
        expect.stringContaining('run the same command again'),
      ]);
      expect(denied.stdout).toMatch(
        /not done yet: no site lists the title, but .* may still answer with it\n$/,
      );
      expect((await titleOf(library)).withdrawal?.completedAt).toBeNull();

      await succeed(library, withdraw);
      expect(await versionsIn(library.streams, '')).toEqual([]);
    },
  );

  it('goes and comes back alone below another prefix, whatever letters its id has', async () => {
    const library = await makeLibrary();
    const config = { pathPrefix: 'films/hd' };
    const id = 'ä b+c:d=e@f_.-';
    await putAdopted(library, id, 'films/hd');
    const others = [`films/hd/${id}1/a.ts`, `films/hd/${id}/`.slice(0, -2), `books/${id}/a.ts`];
    for (const key of others) await put(library.streams, key, 'x');

    expect(await succeed(library, ['withdraw', 'local', id], config)).toContain(
      "npm run restore -- local 'ä b+c:d=e@f_.-'",
    );
    expect(await versionsIn(library.streams, '')).toEqual([...others].sort());
    expect(await succeed(library, ['restore', 'local', id], config)).toContain(
      `films/hd/${id}/v2/index.m3u8`,
    );
    await succeed(library, ['titles', 'encode', 'local', id], { ...config, longestSignatureSeconds: 1 });
    await expect
      .poll(async () => (await run(library, prune, config)).stdout, { timeout: 30_000 })
      .toContain('no earlier version');
    const left = await versionsIn(library.streams, '');
    expect(left.filter((key) => !key.startsWith(`films/hd/${id}/v3/`))).toEqual([...others].sort());
    const { code, stderr } = await run(library, ['withdraw', 'local', id]);
    expect([code, stderr]).toEqual([1, expect.stringContaining('pathPrefix')]);
  });

  it('whose master is gone is withdrawn and archived to its end', async () => {
    const library = await makeLibrary();
    await putAdopted(library, 'intro');
    await editJson(library, 'titles/intro.json', { masterKey: 'uploads/elsewhere/intro/master' });
    expect(await succeed(library, [...withdraw, '--master', 'archive'])).toContain(
      'is not in its bucket any more',
    );
    expect((await titleOf(library)).withdrawal?.completedAt).toEqual(expect.any(String));
  });

  it('loses more files than S3 lists and deletes at once, and its neighbours none', async () => {
    const library = await makeLibrary();
    await putAdopted(library, 'intro');
    const keys = Array.from({ length: 1050 }, (_, index) => `books/intro/thumbnails/${index}.jpg`);
    for (let at = 0; at < keys.length; at += 50) {
      await Promise.all(keys.slice(at, at + 50).map((key) => put(library.streams, key, 'x')));
    }
    await put(library.streams, 'books/intro1/a.ts', 'x');
    expect(await succeed(library, withdraw)).toContain('deleted 1051 versions');
    expect(await versionsIn(library.streams, '')).toEqual(['books/intro1/a.ts']);
  });

  it('is off the air where a command that is killed begins a job after the files were deleted', async () => {
    const library = await withIntro();
    await succeed(library, withdraw);
    let withdrawal: Promise<unknown> | undefined;
    const restoration = { kill: (): void => undefined };
    const wire = await startWire({
      target: cloud().cloud.endpoint,
      onRequest: async ({ method, path }) => {
        if (method !== 'POST' || !path.endsWith('/jobs') || withdrawal !== undefined) return;
        withdrawal = start(library, withdraw);
        // The second is begun when there is no file left to delete.
        await expect.poll(() => invalidationsOf(library), { timeout: 60_000 }).toBe(2);
      },
      onAnswer: async ({ method, path }) => {
        if (method === 'POST' && path.endsWith('/jobs')) restoration.kill();
      },
    });
    const { child, ended } = startCommand(cloud(), library, restore, { cwd: folder(), wire });
    restoration.kill = () => void child.kill('SIGKILL');
    await ended;
    expect(await withdrawal).toMatchObject({ code: 0, stderr: '' });
    await wire.close();
    await expect.poll(runningJobs, { timeout: 60_000 }).toBe(0);
    expect(await jobsOf(cloud(), library)).toBe(2);
    expect(await versionsIn(library.streams, '')).toEqual([]);
    expect((await titleOf(library)).withdrawal?.completedAt).toEqual(expect.any(String));
    // It waits half a minute for a job that may begin.
  }, 180_000);
});

it('invalidates more titles at once than CloudFront takes, one after the other', async () => {
  const { distributionId } = await makeLibrary();
  const ports = {
    cloudFront: cloud().cloudFront,
    signal: new AbortController().signal,
    now: () => new Date(),
    wait: (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds)),
  };
  const paths = Array.from({ length: 17 }, (_, index) => `/books/${index}/*`);
  const ids = await Promise.all(paths.map((path) => createInvalidation(ports, { distributionId, path })));
  expect(new Set(ids).size).toBe(17);
});
