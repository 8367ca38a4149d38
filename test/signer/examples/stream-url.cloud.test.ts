/** The migration example: the same route with S3's URLs before and CloudFront's after, both played for real. */

import { parseEnv } from 'node:util';
import type { SignatureV4 } from '@smithy/signature-v4';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createApp } from '../../../signer/examples/stream-url/route.ts';
import { type Backend, serve } from './backends.ts';
import { BUCKET, usePlaybackEdge } from './playback-edge.ts';
import { Viewer } from './viewer.ts';

const VIDEO_PATH = 'videos/Lecture 1 – Überblick.mp4';
const playbackEdge = usePlaybackEdge();
let backend: Backend | undefined;

type StreamUrl = Parameters<typeof createApp>[0]['streamUrl'];

/** The customer's backend; the migration replaces only its `streamUrl`. */
async function start(streamUrl: StreamUrl): Promise<void> {
  const { fetch } = createApp({
    authenticate: async (authorization) => (authorization === 'Bearer student' ? { userId: 's1' } : null),
    findLecture: async (lectureId, userId) =>
      lectureId === 'l1' && userId === 's1' ? { videoPath: VIDEO_PATH } : null,
    streamUrl,
  });
  backend = await serve(fetch);
}

/** As a process that has just been started with this environment. */
async function loadStreamUrl(env: Readonly<Record<string, string | undefined>>): Promise<StreamUrl> {
  vi.resetModules();
  for (const name of ['CLOUDFRONT_DOMAIN', 'CLOUDFRONT_KEY_PAIR_ID', 'CLOUDFRONT_PRIVATE_KEY']) {
    vi.stubEnv(name, env[name]);
  }
  return (await import('../../../signer/examples/stream-url/stream-url.ts')).streamUrl;
}

const ask = (lectureId = 'l1', authorization = 'Bearer student') =>
  fetch(`${backend?.url}/api/stream-url/${lectureId}`, { headers: { authorization } });

afterEach(async () => {
  vi.unstubAllEnvs();
  await backend?.close();
});

describe('after the migration', () => {
  beforeEach(async () => {
    const { domain, keyPairId, privatePem } = playbackEdge();
    const privateKey = Buffer.from(privatePem).toString('base64');
    await start(
      await loadStreamUrl({
        CLOUDFRONT_DOMAIN: domain,
        CLOUDFRONT_KEY_PAIR_ID: keyPairId,
        CLOUDFRONT_PRIVATE_KEY: privateKey,
      }),
    );
  });

  it('answers a CloudFront URL that plays through the edge, and the seconds that it lives', async () => {
    const { url, expiresIn } = (await (await ask()).json()) as { url: string; expiresIn: number };
    expect(expiresIn).toBe(4 * 60 * 60);
    expect(url).toMatch(
      /^https:\/\/[a-z0-9]+\.cloudfront\.net\/videos\/Lecture%201%20%E2%80%93%20%C3%9Cberblick\.mp4\?Policy=[^&]+&Signature=[^&]+&Key-Pair-Id=[A-Z0-9]+$/,
    );
    expect(await new Viewer(playbackEdge()).play(url)).toBe('the whole lecture');
  });

  it('opens no other file with that query', async () => {
    const { url } = (await (await ask()).json()) as { url: string };
    const other = `https://${playbackEdge().domain}/books/42/index.m3u8${new URL(url).search}`;
    expect(await new Viewer(playbackEdge()).play(other)).toBe('403 AccessDenied');
  });

  it('asks for a session and looks the lecture up as ever', async () => {
    expect((await ask('l1', 'Bearer nobody')).status).toBe(401);
    expect((await ask('l2')).status).toBe(404);
  });
});

it('answers in the same shape as before the migration, when S3 signed', async () => {
  const { cloud, domain, keyPairId, privatePem } = playbackEdge();
  await start(presignWithS3(cloud));
  const before = (await (await ask()).json()) as { url: string };
  expect(await (await fetch(before.url)).text()).toBe('the whole lecture');
  await backend?.close();

  const env = {
    CLOUDFRONT_DOMAIN: domain,
    CLOUDFRONT_KEY_PAIR_ID: keyPairId,
    CLOUDFRONT_PRIVATE_KEY: privatePem,
  };
  await start(await loadStreamUrl(env));
  const after = (await (await ask()).json()) as { url: string };
  expect(after).toEqual({ ...before, url: expect.not.stringContaining('X-Amz-Signature') });
});

describe("the customer's .env file", () => {
  const wrapped = (pem: string) => Buffer.from(pem).toString('base64').replace(/.{64}/g, '$&\n        ');
  const oneLine = (pem: string) => Buffer.from(pem).toString('base64');

  it.each([
    ['on one line', (pem: string) => oneLine(pem)],
    ['in quotes, wrapped over many indented lines', (pem: string) => `"${wrapped(pem)}"`],
    ['with a stray - in front', (pem: string) => `-${oneLine(pem)}`],
    ['in quotes, with a stray - in front, wrapped and indented', (pem: string) => `"- ${wrapped(pem)}"`],
    ['as a PEM with literal \\n', (pem: string) => pem.replaceAll('\n', '\\n')],
  ])('works with the key %s', async (_, spell) => {
    const { domain, keyPairId, privatePem } = playbackEdge();
    const file = `CLOUDFRONT_DOMAIN=${domain}\nCLOUDFRONT_KEY_PAIR_ID=${keyPairId}\nCLOUDFRONT_PRIVATE_KEY=${spell(privatePem)}\n`;
    const streamUrl = await loadStreamUrl(parseEnv(file));
    const { url } = await streamUrl(VIDEO_PATH);
    expect(await new Viewer(playbackEdge()).play(url)).toBe('the whole lecture');
  });

  it.each([
    [
      'the key id run into the key',
      (pem: string) => `CLOUDFRONT_KEY_PAIR_ID=K2JCJMDEHXQW5FCLOUDFRONT_PRIVATE_KEY=${oneLine(pem)}\n`,
      'ERR_ENV_RUN_TOGETHER',
      'the value of CLOUDFRONT_KEY_PAIR_ID also holds "CLOUDFRONT_PRIVATE_KEY="',
    ],
    [
      'the key run into the domain',
      (pem: string) =>
        `CLOUDFRONT_KEY_PAIR_ID=K2JCJMDEHXQW5F\nCLOUDFRONT_PRIVATE_KEY=${oneLine(pem)}CLOUDFRONT_DOMAIN=x\n`,
      'ERR_ENV_RUN_TOGETHER',
      'the value of CLOUDFRONT_PRIVATE_KEY also holds "CLOUDFRONT_DOMAIN="',
    ],
    [
      'an unquoted key over many lines; only the first line is read',
      (pem: string) =>
        `CLOUDFRONT_KEY_PAIR_ID=K2JCJMDEHXQW5F\nCLOUDFRONT_PRIVATE_KEY=${wrapped(pem)}\nCLOUDFRONT_DOMAIN=x\n`,
      'ERR_KEY_TRUNCATED',
      'CLOUDFRONT_PRIVATE_KEY starts a PEM and does not end it; a value over several lines must be quoted',
    ],
    [
      'an unquoted key over many lines, which swallows the variable behind it',
      (pem: string) =>
        `CLOUDFRONT_PRIVATE_KEY=${wrapped(pem).replace(/=*$/, '')}\nCLOUDFRONT_KEY_PAIR_ID=K2JCJMDEHXQW5F\n`,
      'ERR_KEY_TRUNCATED',
      'CLOUDFRONT_PRIVATE_KEY starts a PEM and does not end it; a value over several lines must be quoted',
    ],
  ])('is refused at start with what is wrong, in one line: %s', async (_, spell, code, words) => {
    const { privatePem } = playbackEdge();
    const failure: unknown = await loadStreamUrl(parseEnv(spell(privatePem))).catch((error) => error);
    expect(failure).toMatchObject({ name: 'SignerError', code, message: expect.stringContaining(words) });
    expect(String(failure)).not.toContain(oneLine(privatePem).slice(40, 60));
  });
});

/** What the customer had: a pre-signed GET, four hours long. */
function presignWithS3({ s3, cloud }: ReturnType<typeof playbackEdge>['cloud']): StreamUrl {
  return async (videoPath) => {
    const { hostname, port, host } = new URL(cloud.endpoint);
    const path = `/${BUCKET}/${videoPath.split('/').map(encodeURIComponent).join('/')}`;
    const headers = { host, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' };
    // What @aws-sdk/s3-request-presigner does; the client's signer can, though its type does not say so.
    const signer = (await s3.config.signer()) as unknown as Pick<SignatureV4, 'presign'>;
    const { query = {} } = await signer.presign(
      { method: 'GET', protocol: 'http:', hostname, port: Number(port), path, headers },
      { expiresIn: 14_400 },
    );
    const signed = new URLSearchParams(query as Record<string, string>);
    return { url: `${cloud.endpoint}${path}?${signed}`, expiresIn: 14_400 };
  };
}
