/** From an upload to a video that plays: TUS, status, webhooks, transcoding with ffmpeg, and what may go wrong on the way. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BunnyVideoStatus, bunnyStream, verifyBunnyWebhook } from '@storytime/signer/bunny';
import * as tus from 'tus-js-client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startBunny } from '../../../local/bunny/index.ts';
import { makeTestClip } from '../../../local/transcoder/test-clip.ts';
import {
  bunnySigner,
  KEYS,
  LIBRARY,
  OTHER_VIDEO,
  type RunningBunny,
  startTestBunny,
  targetOf,
} from './fixture.ts';

const now = () => new Date();
const CLIP_SECONDS = 4;

const folder = mkdtempSync(join(tmpdir(), 'storytime-bunny-clip-'));
let clip: Buffer;
let bunny: RunningBunny;
let receiver: Server;
let calls: { readonly headers: IncomingMessage['headers']; readonly body: string }[];

beforeAll(async () => {
  await makeTestClip(join(folder, 'clip.mp4'), { durationSeconds: CLIP_SECONDS });
  clip = readFileSync(join(folder, 'clip.mp4'));
});
afterAll(() => rmSync(folder, { recursive: true }));

beforeEach(async () => {
  calls = [];
  receiver = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      calls.push({ headers: request.headers, body });
      response.end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const { port } = receiver.address() as AddressInfo;
  bunny = await startTestBunny({ now, webhookUrl: `http://127.0.0.1:${port}/hook` });
});
afterEach(async () => {
  await bunny?.close();
  receiver.close();
});

const stream = () => bunnyStream({ libraryId: LIBRARY, apiKey: KEYS.apiKey, endpoint: bunny.apiUrl });
const create = async () => (await stream().createVideo({ title: 'Clip' })).videoId;
const statusOf = async (videoId: string) => (await stream().getVideo(videoId)).status;
const webhookStatuses = (videoId: string) =>
  calls
    .map(({ body }) => JSON.parse(body) as { VideoGuid: string; Status: number })
    .filter(({ VideoGuid }) => VideoGuid === videoId)
    .map(({ Status }) => Status);

interface Sent {
  readonly upload: tus.Upload;
  /** @throws what the client could not do */
  readonly done: Promise<void>;
}

function send(videoId: string, content: Buffer, options: Partial<tus.UploadOptions> = {}): Sent {
  let upload: tus.Upload | undefined;
  const done = new Promise<void>((resolve, reject) => {
    upload = new tus.Upload(content, {
      endpoint: `${bunny.apiUrl}/tusupload`,
      retryDelays: null,
      headers: { ...bunnySigner({ now }).signTusUpload({ videoId, expiresIn: '1h' }).headers },
      metadata: { filetype: 'video/mp4', title: 'clip.mp4' },
      onSuccess: () => resolve(),
      onError: reject,
      ...options,
    });
    upload.start();
  });
  done.catch(() => undefined);
  return { upload: upload as tus.Upload, done };
}

const statusCodeOf = (error: unknown) => (error as tus.DetailedError).originalResponse?.getStatus();

async function expectPlays(videoId: string): Promise<void> {
  const target = targetOf(bunnySigner({ now }).signPlaylistUrl(videoId, { expiresIn: '1h' }).url);
  const playlist = await fetch(`${bunny.url}${target}`);
  expect(playlist.status).toBe(200);
  const variant = (await playlist.text()).split('\n').find((line) => line.endsWith('.m3u8')) ?? '';
  const media = await fetch(`${bunny.url}${target.replace('playlist.m3u8', variant)}`);
  const segment = (await media.text()).split('\n').find((line) => line.endsWith('.ts')) ?? '';
  const bytes = await fetch(`${bunny.url}${target.replace('playlist.m3u8', segment)}`);
  // A transport stream's packets begin with this byte.
  expect([bytes.status, Buffer.from(await bytes.arrayBuffer())[0]]).toEqual([200, 0x47]);
  expect((await fetch(`${bunny.url}/${videoId}/playlist.m3u8`)).status).toBe(403);
}

describe('an upload', () => {
  it('becomes a video that plays, and its states are told in order and signed', async () => {
    const videoId = await create();
    await send(videoId, clip).done;
    await expect.poll(() => statusOf(videoId), { timeout: 60_000 }).toBe(BunnyVideoStatus.Finished);

    const { raw } = await stream().getVideo(videoId);
    expect(raw).toMatchObject({
      title: 'clip.mp4',
      length: CLIP_SECONDS,
      width: 1280,
      height: 720,
      framerate: 25,
      encodeProgress: 100,
      availableResolutions: '240p,360p,480p,720p',
      hasOriginal: true,
      originalHash: expect.stringMatching(/^[\dA-F]{64}$/),
      transcodingMessages: [],
    });
    await expectPlays(videoId);
    const thumbnail = bunnySigner({ now }).signFileUrl(`/${videoId}/thumbnail.jpg`, { expiresIn: '1h' }).url;
    expect((await fetch(`${bunny.url}${targetOf(thumbnail)}`)).headers.get('content-type')).toBe(
      'image/jpeg',
    );

    await expect.poll(() => webhookStatuses(videoId)).toEqual([6, 7, 0, 1, 2, 3]);
    for (const { headers, body } of calls) {
      const signature = headers['x-bunnystream-signature'] as string;
      expect(verifyBunnyWebhook(body, signature, KEYS.readOnlyApiKey)).toBeTruthy();
    }
    expect(bunny.warnings).toEqual([]);
  }, 120_000);

  it('continues where it was interrupted, with a new signature for the same video', async () => {
    const videoId = await create();
    const chunkSize = Math.ceil(clip.length / 4);
    let url: string | null = null;
    await new Promise<void>((resolve) => {
      const { upload } = send(videoId, clip, {
        chunkSize,
        onChunkComplete: () => {
          url = upload.url;
          void upload.abort().then(resolve);
        },
      });
    });
    const offsets: number[] = [];
    await send(videoId, clip, {
      uploadUrl: url,
      chunkSize,
      onChunkComplete: (_, accepted) => offsets.push(accepted),
    }).done;
    expect(offsets[0]).toBeGreaterThan(chunkSize);
    expect(readFileSync(join(bunny.directory, videoId, 'original')).equals(clip)).toBe(true);
  }, 60_000);

  it('of one video and of another at once do not mix', async () => {
    const [one, other] = [await create(), await create()];
    const contents = [
      Buffer.concat([clip, randomBytes(1000)]),
      Buffer.concat([clip, randomBytes(3000)]),
    ] as const;
    await Promise.all([
      send(one, contents[0], { chunkSize: 50_000 }).done,
      send(other, contents[1], { chunkSize: 70_000 }).done,
    ]);
    expect(readFileSync(join(bunny.directory, one, 'original')).equals(contents[0])).toBe(true);
    expect(readFileSync(join(bunny.directory, other, 'original')).equals(contents[1])).toBe(true);
    for (const each of [one, other])
      await expect.poll(() => statusOf(each), { timeout: 90_000 }).toBe(BunnyVideoStatus.Finished);
  }, 180_000);

  it('for one video twice at once leaves one of the two whole', async () => {
    const videoId = await create();
    const contents = [
      Buffer.concat([clip, Buffer.alloc(500, 1)]),
      Buffer.concat([clip, Buffer.alloc(900, 2)]),
    ];
    const outcomes = await Promise.allSettled(contents.map((content) => send(videoId, content).done));
    const taken = outcomes.filter(({ status }) => status === 'fulfilled');
    const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    expect(taken).toHaveLength(1);
    expect(refused.map(statusCodeOf)).toEqual([400]);
    const original = readFileSync(join(bunny.directory, videoId, 'original'));
    expect(contents.some((content) => content.equals(original))).toBe(true);
    await expect
      .poll(() =>
        webhookStatuses(videoId)
          .filter((status) => status >= 6)
          .sort(),
      )
      .toEqual([6, 6, 7, 8]);
  }, 60_000);

  it('of a file that is not a video ends in an error that says so', async () => {
    const videoId = await create();
    await send(videoId, Buffer.from('not a video')).done;
    await expect.poll(() => statusOf(videoId), { timeout: 30_000 }).toBe(BunnyVideoStatus.Error);
    const { raw } = await stream().getVideo(videoId);
    expect(raw.transcodingMessages).toEqual([
      expect.objectContaining({ message: expect.stringMatching(/^"the upload" /) }),
    ]);
    await expect.poll(() => webhookStatuses(videoId)).toEqual([6, 7, 0, 1, 5]);
    expect(bunny.warnings).toHaveLength(1);
  }, 60_000);

  it('is gone with its video, in the middle of the transcode too', async () => {
    const videoId = await create();
    await send(videoId, clip).done;
    await expect.poll(() => statusOf(videoId), { timeout: 30_000 }).toBe(BunnyVideoStatus.Transcoding);
    await stream().deleteVideo(videoId);
    expect(readdirSync(bunny.directory)).not.toContain(videoId);
    const kept = ['videos', 'uploads'].flatMap((name) => readdirSync(join(bunny.directory, '.bunny', name)));
    expect(kept.filter((name) => name.startsWith(videoId))).toEqual([]);
    expect(bunny.warnings).toEqual([]);
  }, 60_000);
});

describe('a video that waits for another’s transcode', () => {
  it('is deleted at once, with its files, and the other continues', async () => {
    const first = await create();
    await send(first, clip).done;
    await expect.poll(() => statusOf(first), { timeout: 30_000 }).toBe(BunnyVideoStatus.Transcoding);
    const second = await create();
    await send(second, clip).done;
    await expect.poll(() => readdirSync(bunny.directory)).toContain(second);
    await stream().deleteVideo(second);
    expect(await statusOf(first)).toBe(BunnyVideoStatus.Transcoding);
    expect(readdirSync(bunny.directory)).not.toContain(second);
    await expect.poll(() => statusOf(first), { timeout: 30_000 }).toBe(BunnyVideoStatus.Finished);
    expect(readdirSync(bunny.directory)).not.toContain(second);
    expect(bunny.warnings).toEqual([]);
  }, 90_000);
});

describe('an upload is refused', () => {
  const refusalOf = async (sent: Sent) => statusCodeOf(await sent.done.catch((error: unknown) => error));
  const headersFor = (videoId: string) => ({
    ...bunnySigner({ now }).signTusUpload({ videoId, expiresIn: '1h' }).headers,
  });

  it('without a signature, or with one that has expired', async () => {
    const videoId = await create();
    expect(await refusalOf(send(videoId, clip, { headers: {} }))).toBe(401);
    const past = () => new Date(Date.now() - 7_200_000);
    const headers = { ...bunnySigner({ now: past }).signTusUpload({ videoId, expiresIn: '1h' }).headers };
    expect(await refusalOf(send(videoId, clip, { headers }))).toBe(401);
  });

  it('at each further request: when the signature expires during the upload, or belongs to another video', async () => {
    const [videoId, other] = [await create(), await create()];
    let url: string | null = null;
    const chunkSize = Math.ceil(clip.length / 4);
    await new Promise<void>((resolve) => {
      const { upload } = send(videoId, clip, {
        chunkSize,
        onChunkComplete: () => {
          url = upload.url;
          void upload.abort().then(resolve);
        },
      });
    });
    for (const headers of [headersFor(other), {}]) {
      for (const method of ['HEAD', 'PATCH', 'DELETE', 'GET']) {
        const answer = await fetch(url ?? '', {
          method,
          headers: {
            ...headers,
            'tus-resumable': '1.0.0',
            ...(method === 'PATCH' && {
              'upload-offset': String(chunkSize),
              'content-type': 'application/offset+octet-stream',
            }),
          },
          ...(method === 'PATCH' && { body: Buffer.from('x') }),
        });
        const isKnown = 'VideoId' in headers && method === 'GET';
        expect([method, answer.status]).toEqual([method, isKnown ? 405 : 401]);
        expect(answer.headers.get('access-control-allow-origin')).toBe('*');
      }
    }
    await send(videoId, clip, { uploadUrl: url }).done;
  });

  it('without filetype or title, and for a video that nobody has created', async () => {
    const videoId = await create();
    expect(await refusalOf(send(videoId, clip, { metadata: { title: 'x' } }))).toBe(400);
    expect(await refusalOf(send(videoId, clip, { metadata: { filetype: 'video/mp4' } }))).toBe(400);
    expect(await refusalOf(send(OTHER_VIDEO, clip))).toBe(404);
    expect(await statusOf(videoId)).toBe(BunnyVideoStatus.Created);
  });

  it('for a video that has its file', async () => {
    const videoId = await create();
    await send(videoId, clip).done;
    expect(await refusalOf(send(videoId, clip))).toBe(400);
  }, 60_000);

  it('under a name that is not one of our uploads', async () => {
    const videoId = await create();
    for (const id of [
      'x',
      '..',
      '%2e%2e%2fvideos%2fx',
      `${videoId}.json`,
      `${videoId}.${'0'.repeat(31)}`,
      `../videos/${videoId}.json`,
    ]) {
      const answer = await fetch(`${bunny.apiUrl}/tusupload/${id}`, {
        method: 'HEAD',
        headers: { ...headersFor(videoId), 'tus-resumable': '1.0.0' },
      });
      expect([id, answer.status]).toEqual([id, 404]);
    }
  });
});

describe('the run after one that was killed', () => {
  /** Starts again on the folder as it is. */
  const restart = () =>
    startBunny({ directory: bunny.directory, keys: KEYS, libraryId: LIBRARY, onWarning: () => undefined });

  it('takes in an upload that had ended', async () => {
    const videoId = await create();
    await send(videoId, clip).done;
    const file = join(bunny.directory, `.bunny/videos/${videoId}.json`);
    await expect.poll(() => statusOf(videoId), { timeout: 60_000 }).toBe(BunnyVideoStatus.Finished);
    // As it was between the last byte and the video's change.
    const video = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify({ ...video, status: BunnyVideoStatus.Created, hasOriginal: false }));
    rmSync(join(bunny.directory, videoId), { recursive: true });

    const next = await restart();
    try {
      const { getVideo } = bunnyStream({ libraryId: LIBRARY, apiKey: KEYS.apiKey, endpoint: next.apiUrl });
      await expect
        .poll(async () => (await getVideo(videoId)).status, { timeout: 60_000 })
        .toBe(BunnyVideoStatus.Finished);
    } finally {
      await next.close();
    }
  }, 150_000);

  it('starts beside an upload that had hardly begun, and tells that a download broke off', async () => {
    const [begun, fetched] = [await create(), await create()];
    const uploads = join(bunny.directory, '.bunny/uploads');
    writeFileSync(join(uploads, `${begun}.${'0'.repeat(32)}`), 'x');
    writeFileSync(join(uploads, `${begun}.${'1'.repeat(32)}`), 'x');
    writeFileSync(join(uploads, `${begun}.${'1'.repeat(32)}.json`), '{"id":');
    writeFileSync(join(uploads, `${fetched}.fetched`), 'x');

    const next = await restart();
    try {
      const { getVideo } = bunnyStream({ libraryId: LIBRARY, apiKey: KEYS.apiKey, endpoint: next.apiUrl });
      expect((await getVideo(begun)).status).toBe(BunnyVideoStatus.Created);
      expect((await getVideo(fetched)).status).toBe(BunnyVideoStatus.UploadFailed);
      expect(readdirSync(uploads)).not.toContain(`${fetched}.fetched`);
    } finally {
      await next.close();
    }
  });
});

describe('a video that is fetched', () => {
  let source: Server;
  afterEach(() => {
    source.closeAllConnections();
    source.close();
  });

  async function serve(answer: Parameters<typeof createServer>[1]): Promise<string> {
    source = createServer(answer);
    await new Promise<void>((resolve) => source.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(source.address() as AddressInfo).port}/clip.mp4`;
  }

  async function fetchFrom(url: string): Promise<string> {
    const answer = await fetch(`${bunny.apiUrl}/library/${LIBRARY}/videos/fetch`, {
      method: 'POST',
      headers: { AccessKey: KEYS.apiKey, 'content-type': 'application/json' },
      body: JSON.stringify({ url, headers: { 'x-secret': 'yes' } }),
    });
    expect(answer.status).toBe(200);
    return ((await answer.json()) as { id: string }).id;
  }

  it('plays, and its headers were sent', async () => {
    const url = await serve((request, response) => {
      response.writeHead(request.headers['x-secret'] === 'yes' ? 200 : 403).end(clip);
    });
    const videoId = await fetchFrom(url);
    await expect.poll(() => statusOf(videoId), { timeout: 60_000 }).toBe(BunnyVideoStatus.Finished);
    expect((await stream().getVideo(videoId)).title).toBe('clip.mp4');
    await expectPlays(videoId);
  }, 120_000);

  it('and breaks off has failed to upload', async () => {
    const url = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '1000000' });
      response.write(clip.subarray(0, 1000), () => response.destroy());
    });
    const videoId = await fetchFrom(url);
    await expect.poll(() => statusOf(videoId)).toBe(BunnyVideoStatus.UploadFailed);
    await expect.poll(() => webhookStatuses(videoId)).toEqual([5]);
  });

  it('and was deleted meanwhile is no longer reported', async () => {
    let breakOff = () => {};
    const url = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '1000000' });
      response.write(clip.subarray(0, 1000));
      breakOff = () => response.destroy();
    });
    const videoId = await fetchFrom(url);
    await stream().deleteVideo(videoId);
    breakOff();
    // Webhooks come in order: a call for the one would be here before those for the other.
    const other = await create();
    await send(other, clip).done;
    await expect.poll(() => webhookStatuses(other)).toContain(0);
    expect(webhookStatuses(videoId)).toEqual([]);
    expect(bunny.warnings).toEqual([]);
  }, 60_000);
});
