/** Uploads of a page through the demo's backend, on the local AWS API: the page's requests are made here, its parts are put. */
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { ListJobsCommand } from '@aws-sdk/client-mediaconvert';
import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { local } from '../../../envs/local.ts';
import { createLibrary } from '../../../local/demo/library.ts';
import { createPublications } from '../../../local/demo/publications.ts';
import { transcode } from '../../../local/transcoder/index.ts';
import { createCatalogue } from '../../../ops/library/catalogue.ts';
import { recordStore } from '../../../ops/library/record-store.ts';
import { hashFile } from '../../../ops/upload/check/hash-file.ts';
import { partBytesFor } from '../../../ops/upload/parts.ts';
import { sendMaster } from '../../../ops/upload/send/send-master.ts';
import { writePadded } from '../../ops/upload/padded.ts';
import { createRole } from '../aws-api/query-api.ts';
import { ACCOUNT_ID, REGION, useLocalCloud } from '../aws-api/start.ts';
import { makeClip } from '../transcoder/clips.ts';
import { makeHourly, statingSeconds, withoutDuration } from '../transcoder/odd-clips.ts';
import { startBackend } from './backend.ts';

const MIB = 2 ** 20;
const cloud = useLocalCloud({ transcode });
const signal = new AbortController().signal;
const config = { ...local, ladder: [{ shortSidePixels: 120, maxBitrateBps: 200_000 }] };
const Bucket = 'masters';
let directory: string;
let clip: Buffer;
let role: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'demo-uploads-test-'));
  clip = await readFile(await makeClip(directory, 'clip.mp4', { size: '160x120', seconds: 2 }));
  const { s3 } = cloud();
  for (const name of [Bucket, 'streams']) await s3.send(new CreateBucketCommand({ Bucket: name }));
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  role = await createRole(cloud(), 'mediaconvert', 'mediaconvert.amazonaws.com');
});

afterAll(() => rm(directory, { recursive: true, force: true }));

function context() {
  const { s3, mediaConvert } = cloud();
  return {
    config,
    outputs: {
      master_uploads_bucket_name: Bucket,
      hls_outputs_bucket_name: 'streams',
      mediaconvert_queue_arn: `arn:aws:mediaconvert:${REGION}:${ACCOUNT_ID}:queues/Default`,
      mediaconvert_role_arn: role,
    },
    ...{ s3, mediaConvert, signal, now: () => new Date() },
    wait: () => new Promise<void>((resolve) => setTimeout(resolve, 100)),
  };
}

/** A backend that was just started, with a user at its page. */
async function backendAndUser() {
  const records = recordStore({ s3: cloud().s3, bucket: Bucket, signal });
  const backend = startBackend({ context: context(), catalogue: createCatalogue({ records }) });
  await backend.signIn();
  return backend;
}
type Backend = Awaited<ReturnType<typeof backendAndUser>>;

let seed = 0;
/** A video of its own content; the parts of it are the clip and what players skip. */
async function paddedClip(bytes: number): Promise<Buffer> {
  const path = join(directory, 'padded.mp4');
  seed += 1;
  await writePadded(path, { clip, bytes, seed });
  return readFile(path);
}

/** What a page finds out of a file. */
function described(content: Buffer, name: string) {
  const partBytes = partBytesFor(content.length);
  const parts = Array.from({ length: Math.ceil(content.length / partBytes) }, (_, index) =>
    content.subarray(index * partBytes, (index + 1) * partBytes),
  );
  return {
    parts,
    master: {
      ...{ name, contentType: 'video/mp4', bytes: content.length, crc32: crc32(content) },
      sha256: createHash('sha256').update(content).digest('hex'),
      partCrc32s: parts.map((part) => crc32(part)),
    },
  };
}

interface Plan {
  readonly uploadId: string;
  readonly missing: readonly number[];
  readonly presentBytes: number;
}

async function planned({ send }: Backend, master: object): Promise<Plan> {
  const answer = await send('POST', '/api/uploads', master);
  expect(answer.status).toBe(201);
  return (await answer.json()) as Plan;
}

async function addressOf({ send }: Backend, { uploadId }: Plan, number: number): Promise<string> {
  const answer = await send('GET', `/api/uploads/${uploadId}/parts/${number}`);
  return ((await answer.json()) as { url: string }).url;
}

async function put(url: string, body: Buffer): Promise<number> {
  return (await fetch(url, { method: 'PUT', body: new Uint8Array(body) })).status;
}

async function sendParts(backend: Backend, plan: Plan, parts: readonly Buffer[], numbers = plan.missing) {
  for (const number of numbers) {
    const part = parts[number - 1] ?? Buffer.alloc(0);
    expect(await put(await addressOf(backend, plan, number), part)).toBe(200);
  }
}

async function stateAtEnd({ send, uploads }: Backend, { uploadId }: Plan): Promise<Record<string, unknown>> {
  await uploads.ended();
  return ((await (await send('GET', `/api/uploads/${uploadId}`)).json()) as { state: never }).state;
}

const statusOf = async (answer: Promise<Response>) => (await answer).status;

describe('an upload of the page', () => {
  it('ends in a title of the catalogue, which every backend and npm run titles find', async () => {
    const backend = await backendAndUser();
    const { master, parts } = described(await paddedClip(9 * MIB), 'My holiday.mp4');
    const plan = await planned(backend, master);
    expect(plan).toMatchObject({ missing: [1, 2], presentBytes: 0 });
    await sendParts(backend, plan, parts);
    const completed = await backend.send('POST', `/api/uploads/${plan.uploadId}/complete`);
    expect(completed.status).toBe(202);

    expect(await stateAtEnd(backend, plan)).toMatchObject({
      status: 'ready',
      book: {
        ...{ id: 'my-holiday', title: 'My holiday' },
        playlistUrl: 'http://localhost:4443/books/my-holiday/index.m3u8',
        posterUrl: expect.stringContaining('/books/my-holiday/poster.jpg?'),
      },
    });
    const head = await cloud().s3.send(
      new HeadObjectCommand({ Bucket, Key: `uploads/sha256/${master.sha256}` }),
    );
    expect(head).toMatchObject({ ContentLength: 9 * MIB, ContentType: 'video/mp4' });
    const restarted = await backendAndUser();
    const { books } = (await (await restarted.send('GET', '/api/library')).json()) as {
      books: { id: string }[];
    };
    expect(books.map(({ id }) => id)).toContain('my-holiday');
    expect(await statusOf(restarted.send('POST', '/api/books/my-holiday/cookies'))).toBe(200);
  });

  it('of a file that is a title already is that title: nothing is sent', async () => {
    const content = await paddedClip(MIB);
    const { master, parts } = described(content, 'Once.mp4');
    const first = await backendAndUser();
    const plan = await planned(first, master);
    await sendParts(first, plan, parts);
    await first.send('POST', `/api/uploads/${plan.uploadId}/complete`);
    await first.uploads.ended();
    const answer = await (await backendAndUser()).send('POST', '/api/uploads', {
      ...master,
      name: 'Another name.mp4',
    });

    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ book: { id: 'once', title: 'Once' } });
  });

  it('continues in another backend with the parts that are missing, and those with other bytes', async () => {
    const { master, parts } = described(await paddedClip(20 * MIB), 'Long.mp4');
    const before = await backendAndUser();
    const begun = await planned(before, master);
    await sendParts(before, begun, parts, [2]);
    const after = await backendAndUser();
    const plan = await planned(after, master);

    expect(plan).toMatchObject({ missing: [1, 3], presentBytes: 8 * MIB });
    expect(plan.uploadId).not.toBe(begun.uploadId);
    expect(await planned(after, { ...master, partCrc32s: [1, 2, 3] })).toMatchObject({ missing: [1, 2, 3] });
    await sendParts(after, plan, parts);
    expect(await statusOf(after.send('POST', `/api/uploads/${plan.uploadId}/complete`))).toBe(202);
    expect(await stateAtEnd(after, plan)).toMatchObject({ status: 'ready', book: { id: 'long' } });
  });

  it('is continued by npm run upload, and the other way round', async () => {
    const content = await paddedClip(12 * MIB);
    const { master, parts } = described(content, 'Both.mp4');
    const backend = await backendAndUser();
    const plan = await planned(backend, master);
    await sendParts(backend, plan, parts, [1]);
    const path = join(directory, 'both.mp4');
    await writeFile(path, content);
    const hashes = await hashFile(path, { signal });
    const { s3 } = cloud();
    const { mtimeMs: modifiedMs } = await stat(path);
    const sent = await sendMaster(
      s3,
      { bucket: Bucket, key: `uploads/sha256/${master.sha256}` },
      { file: path, path, modifiedMs, contentType: 'video/mp4', ...hashes },
      { signal, partsAtOnce: 2, tell: () => {} },
    );

    expect(sent).toEqual({ sentBytes: 4 * MIB, isNew: true });
    // The page's upload has ended under it: it has nothing more to send, and publishes.
    expect(await put(await addressOf(backend, plan, 2), parts[1] ?? Buffer.alloc(0))).toBe(404);
    expect(await statusOf(backend.send('POST', `/api/uploads/${plan.uploadId}/complete`))).toBe(202);
    expect(await stateAtEnd(backend, plan)).toMatchObject({ status: 'ready', book: { id: 'both' } });
  });

  it('is not completed while parts are missing, and says so', async () => {
    const { master, parts } = described(await paddedClip(9 * MIB), 'Half.mp4');
    const backend = await backendAndUser();
    const plan = await planned(backend, master);
    await sendParts(backend, plan, parts, [2]);
    const answer = await backend.send('POST', `/api/uploads/${plan.uploadId}/complete`);

    expect(answer.status).toBe(409);
    expect(await answer.json()).toMatchObject({ isIncomplete: true });
    expect(await planned(backend, master)).toMatchObject({ missing: [1] });
  });

  it('that is canceled is forgotten here, and its parts stay at S3', async () => {
    const { master, parts } = described(await paddedClip(9 * MIB), 'Stopped.mp4');
    const backend = await backendAndUser();
    const plan = await planned(backend, master);
    await sendParts(backend, plan, parts, [1]);

    expect(await statusOf(backend.send('DELETE', `/api/uploads/${plan.uploadId}`))).toBe(204);
    expect(await statusOf(backend.send('GET', `/api/uploads/${plan.uploadId}`))).toBe(404);
    expect(await planned(backend, master)).toMatchObject({ missing: [2], presentBytes: 8 * MIB });
  });

  it.each([
    ['begun anew', 1, 201],
    ['given up after three looks', 3, 500],
  ])('that somebody ends while it is looked at is %s', async (_, times, status) => {
    const { master } = described(await paddedClip(MIB), 'Contested.mp4');
    const s3 = new S3Client(cloud().clientConfig());
    let ended = 0;
    s3.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          const { Key, UploadId } = args.input as { Key?: string; UploadId?: string };
          if (commandName === 'ListPartsCommand' && ended < times) {
            ended += 1;
            await cloud().s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
          }
          return next(args);
        },
      { step: 'initialize' },
    );
    const log = vi.spyOn(console, 'error').mockImplementation(() => {});
    const backend = startBackend({ context: { ...context(), s3 } });
    await backend.signIn();
    const answer = await backend.send('POST', '/api/uploads', master);

    expect(answer.status).toBe(status);
    expect(ended).toBe(times);
    expect(log).toHaveBeenCalledTimes(status === 500 ? 1 : 0);
    log.mockRestore();
    s3.destroy();
  });

  it('of one file by two pages at once is one job and one title', async () => {
    const { master, parts } = described(await paddedClip(9 * MIB), 'Twice.mp4');
    const pages = [await backendAndUser(), await backendAndUser()];
    const plans = await Promise.all(pages.map((page) => planned(page, master)));
    await Promise.all(
      pages.map(async (page, index) => {
        const plan = plans[index] as Plan;
        // One may have completed the upload while the other still sends.
        for (const number of plan.missing) {
          await put(await addressOf(page, plan, number), parts[number - 1] ?? Buffer.alloc(0));
        }
        await expect
          .poll(() => statusOf(page.send('POST', `/api/uploads/${plan.uploadId}/complete`)))
          .toBe(202);
      }),
    );
    const states = await Promise.all(pages.map((page, index) => stateAtEnd(page, plans[index] as Plan)));

    expect(states).toMatchObject([{ book: { id: 'twice' } }, { book: { id: 'twice' } }]);
    expect(await jobsOf(master)).toHaveLength(1);
    const { Uploads: left = [] } = await cloud().s3.send(new ListMultipartUploadsCommand({ Bucket }));
    expect(left.filter(({ Key }) => Key?.endsWith(master.sha256))).toEqual([]);
  });
});

describe('a hostile page', () => {
  it('gets an address for its own parts alone, by whatever it asks', async () => {
    const { master } = described(await paddedClip(9 * MIB), 'Mine.mp4');
    const backend = await backendAndUser();
    const { uploadId } = await planned(backend, master);
    const numbers = [
      ...['0', '-1', '3', '10001', '1e1', '1.0', '01', '0x1', ' 1', '1%20', '%31%00', 'length', '__proto__'],
      ...['1?partNumber=7', '1&uploadId=other', '..%2f1', '99999', '1'.repeat(400)],
    ];
    const statuses = await Promise.all(
      numbers.map((number) =>
        statusOf(backend.send('GET', `/api/uploads/${uploadId}/parts/${encodeURIComponent(number)}`)),
      ),
    );

    expect(statuses).toEqual(numbers.map(() => 404));
    const url = new URL(await addressOf(backend, { uploadId, missing: [], presentBytes: 0 }, 2));
    expect(url.pathname).toBe(`/${Bucket}/uploads/sha256/${master.sha256}`);
    expect(url.searchParams.get('partNumber')).toBe('2');
    expect(url.searchParams.get('X-Amz-Expires')).toBe(String(config.uploadExpirySeconds));
  });

  it('cannot use the address of a part for anything else', async () => {
    const { master, parts } = described(await paddedClip(9 * MIB), 'Address.mp4');
    const backend = await backendAndUser();
    const plan = await planned(backend, master);
    const address = await addressOf(backend, plan, 2);
    const part = parts[1] ?? Buffer.alloc(0);
    const changed = (change: (url: URL) => void) => {
      const url = new URL(address);
      change(url);
      return put(url.href, part);
    };

    expect(await changed((url) => url.searchParams.set('partNumber', '1'))).toBe(403);
    expect(await changed((url) => url.searchParams.set('uploadId', 'another'))).toBe(403);
    expect(await changed((url) => url.searchParams.delete('uploadId'))).toBe(403);
    expect(
      await changed((url) => {
        url.pathname = `/${Bucket}/titles/once.json`;
      }),
    ).toBe(403);
    expect(await changed((url) => url.searchParams.set('x-amz-checksum-crc32', 'AAAAAA=='))).toBe(403);
    expect(await put(address, Buffer.concat([part, part]))).toBe(403);
    const other = Buffer.from(part);
    other.writeUInt8(other.readUInt8(0) ^ 1, 0);
    expect(await put(address, other)).toBe(400);
    const got = await fetch(address);
    expect(got.status).toBe(403);
    expect(await put(address, part)).toBe(200);
  });

  it('cannot reach the upload of another user, by its id here or by its id at S3', async () => {
    const { master, parts } = described(await paddedClip(9 * MIB), 'Theirs.mp4');
    const theirs = await backendAndUser();
    const plan = await planned(theirs, master);
    await sendParts(theirs, plan, parts, [1]);
    const { Uploads: begun = [] } = await cloud().s3.send(new ListMultipartUploadsCommand({ Bucket }));
    const atS3 = begun.find(({ Key }) => Key?.endsWith(master.sha256))?.UploadId ?? '';
    // Another user of the same backend: another browser.
    const stranger = { Cookie: '', Origin: 'http://localhost:4400' };
    const signedIn = await theirs.app.request('http://localhost:4400/api/session', {
      method: 'POST',
      headers: stranger,
    });
    const [session = ''] = signedIn.headers.getSetCookie().map((line) => line.split(';')[0]);
    const ask = (method: string, path: string) =>
      theirs.app.request(`http://localhost:4400${path}`, {
        method,
        headers: { ...stranger, Cookie: session },
      });

    for (const id of [plan.uploadId, encodeURIComponent(atS3)]) {
      expect(await statusOf(Promise.resolve(ask('GET', `/api/uploads/${id}`)))).toBe(404);
      expect(await statusOf(Promise.resolve(ask('GET', `/api/uploads/${id}/parts/2`)))).toBe(404);
      expect(await statusOf(Promise.resolve(ask('POST', `/api/uploads/${id}/complete`)))).toBe(404);
      expect(await statusOf(Promise.resolve(ask('DELETE', `/api/uploads/${id}`)))).toBe(404);
    }
    expect(await statusOf(theirs.send('GET', `/api/uploads/${plan.uploadId}`))).toBe(200);
  });

  it('cannot put other bytes under a name for long: the next one with that file sends it', async () => {
    const wanted = described(await paddedClip(MIB), 'Wanted.mp4');
    const lie = described(await paddedClip(MIB), 'Wanted.mp4');
    const backend = await backendAndUser();
    const plan = await planned(backend, { ...lie.master, sha256: wanted.master.sha256 });
    await sendParts(backend, plan, lie.parts);
    await backend.send('POST', `/api/uploads/${plan.uploadId}/complete`);

    expect(await stateAtEnd(backend, plan)).toEqual({
      status: 'failed',
      error: '"Wanted.mp4" changed while it was sent: choose it again',
    });
    expect(await jobsOf(wanted.master)).toEqual([]);
    const again = await planned(backend, wanted.master);
    expect(again.missing).toEqual([1]);
    await sendParts(backend, again, wanted.parts);
    await backend.send('POST', `/api/uploads/${again.uploadId}/complete`);
    expect(await stateAtEnd(backend, again)).toMatchObject({ status: 'ready', book: { id: 'wanted' } });
  });

  it('touches no key but those of masters by their content', async () => {
    const { Contents: objects = [] } = await cloud().s3.send(new ListObjectsV2Command({ Bucket }));
    const { Uploads: begun = [] } = await cloud().s3.send(new ListMultipartUploadsCommand({ Bucket }));
    const others = [...objects, ...begun].filter(
      ({ Key = '' }) => !/^(?:claims\/|titles\/)/.test(Key) && !/^uploads\/sha256\/[0-9a-f]{64}$/.test(Key),
    );

    expect(objects.length + begun.length).toBeGreaterThan(0);
    expect(others).toEqual([]);
  });

  it('has a hundred uploads at the most, of one file one at S3: the oldest are to be planned anew', async () => {
    const backend = await backendAndUser();
    const { master } = described(await paddedClip(MIB), 'Many.mp4');
    const ids: string[] = [];
    for (let count = 0; count < 102; count += 1) ids.push((await planned(backend, master)).uploadId);
    const statuses = await Promise.all(
      [ids[0], ids[1], ids[2], ids[101]].map((id) => statusOf(backend.send('GET', `/api/uploads/${id}`))),
    );

    expect(statuses).toEqual([404, 404, 200, 200]);
    // All of them are one upload at S3.
    const { Uploads: begun = [] } = await cloud().s3.send(new ListMultipartUploadsCommand({ Bucket }));
    const ofThis = begun.filter(({ Key }) => Key?.endsWith(master.sha256));
    expect(ofThis).toHaveLength(1);
    const parts = await cloud().s3.send(
      new ListPartsCommand({ Bucket, Key: ofThis[0]?.Key, UploadId: ofThis[0]?.UploadId }),
    );
    expect(parts.Parts ?? []).toEqual([]);
  });
});

describe('a master that was sent', () => {
  const published = async (content: Buffer, name: string) => {
    const sha256 = createHash('sha256').update(content).digest('hex');
    await cloud().s3.send(new PutObjectCommand({ Bucket, Key: `uploads/sha256/${sha256}`, Body: content }));
    const scratch = await mkdtemp(join(directory, 'tmp-'));
    vi.stubEnv('TMPDIR', scratch);
    const publications = createPublications(context());
    const publication = publications.start({ sha256, name });
    await publications.ended();
    vi.unstubAllEnvs();
    const copies = (await readdir(scratch)).filter((entry) => entry.startsWith('storytime-'));
    expect(copies).toEqual([]);
    return { state: publication.state, sha256 };
  };

  it.each([
    [
      'is no video',
      async () => Buffer.from('Not a video.'),
      /^"It\.mp4" is not a video that ffmpeg can read/,
    ],
    [
      'states thirty days',
      async () => readFile(await makeHourly(directory, 'month.mkv')),
      /^"It\.mp4" is too long: expected at most 14400 s, got 2588401 s; cut it into shorter videos$/,
    ],
    [
      'states five seconds and has other timestamps',
      async () => readFile(await statingSeconds(await makeHourly(directory, 'lying.mkv'), 5)),
      /^"It\.mp4" is too long: expected at most 14400 s, got timestamps that span at least 18001 s/,
    ],
    [
      'states nothing',
      async () => readFile(await withoutDuration(directory, await makeHourly(directory, 'silent.mkv'))),
      /^"It\.mp4" is too long: expected at most 14400 s, got timestamps that span at least 18001 s/,
    ],
  ])('and %s is refused under its owner’s name; it has no job and leaves no copy', async (_, make, error) => {
    const { state, sha256 } = await published(await make(), 'It.mp4');

    expect(state).toEqual({ status: 'failed', error: expect.stringMatching(error) });
    expect(await jobsOf({ sha256 })).toEqual([]);
  });

  it.each(['あ'.repeat(80), `../../${'x'.repeat(200)}`, '/etc/passwd', 'a\u202eb', '-i', '.', 'C:\\movie'])(
    'is looked at under any name of its owner’s: %s',
    async (name) => {
      const { state } = await published(Buffer.from(`no video ${name}`), name);

      expect(state).toMatchObject({ status: 'failed', error: expect.stringContaining(JSON.stringify(name)) });
    },
  );

  it('becomes a title whose id and text come from the name, and from nothing that a path could use', async () => {
    const { state } = await published(await paddedClip(MIB), '../../titles/Über uns.mp4');

    expect(state).toMatchObject({ status: 'ready', title: { id: 'titles-ueber-uns' } });
    const { Body } = await cloud().s3.send(
      new GetObjectCommand({ Bucket, Key: 'titles/titles-ueber-uns.json' }),
    );
    expect(JSON.parse((await Body?.transformToString()) ?? '')).toMatchObject({ state: 'live' });
  });
});

it('has found the titles that were published here in one library', async () => {
  const records = recordStore({ s3: cloud().s3, bucket: Bucket, signal });
  const titles = await createLibrary(createCatalogue({ records })).titles();

  expect(titles.map(({ id }) => id)).toEqual(
    expect.arrayContaining(['my-holiday', 'once', 'long', 'both', 'twice', 'wanted', 'titles-ueber-uns']),
  );
});

async function jobsOf({ sha256 }: { readonly sha256: string }) {
  const { Jobs: jobs = [] } = await cloud().mediaConvert.send(new ListJobsCommand({}));
  return jobs.filter(({ UserMetadata: metadata }) => metadata?.claim?.startsWith(sha256));
}
