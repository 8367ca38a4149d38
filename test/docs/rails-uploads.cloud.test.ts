/** The presigned POST of docs/rails.md, made by Ruby's gem and sent to the local AWS API. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { CreateBucketCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, it } from 'vitest';
import { REGION, useLocalCloud } from '../local/aws-api/start.ts';

const ROOT = new URL('../../', import.meta.url);
const PROGRAM = fileURLToPath(new URL('rails-uploads.rb', import.meta.url));
const BUCKET = 'storytime-master-uploads-test';
const MOST_BYTES = 1000;

const cloud = useLocalCloud();

interface Form {
  readonly url: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly key: string;
}

/** Ruby runs beside this process, which holds the local AWS API and its connections. */
async function forms(
  requests: readonly { bookId: unknown; contentType: string }[],
  env: Readonly<Record<string, string>> = {},
): Promise<(Form & { refusal?: string })[]> {
  const child = spawn('ruby', [PROGRAM], {
    env: {
      PATH: process.env.PATH,
      ...cloud().cloud.environment,
      AWS_REGION: REGION,
      MASTER_UPLOADS_BUCKET: BUCKET,
      MASTER_UPLOADS_PREFIX: 'uploads/',
      MASTER_UPLOADS_CONTENT_TYPES: 'video/mp4,video/quicktime',
      MASTER_UPLOADS_MAX_BYTES: String(MOST_BYTES),
      MASTER_UPLOADS_EXPIRY_SECONDS: '600',
      ...env,
    },
  });
  child.stdin.end(JSON.stringify(requests));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

async function send(
  { url, fields }: Form,
  bytes: number,
  change: Record<string, string> = {},
): Promise<number> {
  const form = new FormData();
  for (const [name, value] of Object.entries({ ...fields, ...change })) form.append(name, value);
  form.append('file', new Blob([new Uint8Array(bytes)]));
  return (await fetch(url, { method: 'POST', body: form })).status;
}

beforeAll(async () => {
  await cloud().s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
});

it('is the file that the page shows', () => {
  const page = readFileSync(new URL('docs/rails.md', ROOT), 'utf8');
  expect(page).toContain(readFileSync(new URL('docs/rails/master_uploads.rb', ROOT), 'utf8'));
});

describe('a form that Ruby made', () => {
  it('sends one master to the key of its book', async () => {
    const [form] = await forms([{ bookId: '42', contentType: 'video/mp4' }]);
    if (!form) throw new Error('no form');
    expect(form.key).toBe('uploads/42/master');
    expect(await send(form, MOST_BYTES)).toBe(204);
    const head = await cloud().s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key: form.key }));
    expect([head.ContentLength, head.ContentType]).toEqual([MOST_BYTES, 'video/mp4']);
  });

  it('sends nothing else: S3 refuses it', async () => {
    const [form] = await forms([{ bookId: '43', contentType: 'video/mp4' }]);
    if (!form) throw new Error('no form');
    expect(await send(form, MOST_BYTES + 1)).toBe(400);
    expect(await send(form, 0)).toBe(400);
    expect(await send(form, 10, { key: 'uploads/42/master' })).toBe(403);
    expect(await send(form, 10, { key: 'titles/42.json' })).toBe(403);
    expect(await send(form, 10, { 'Content-Type': 'text/html' })).toBe(403);
  });

  it('expires', async () => {
    const [form] = await forms([{ bookId: '44', contentType: 'video/mp4' }], {
      MASTER_UPLOADS_EXPIRY_SECONDS: '-1',
    });
    if (!form) throw new Error('no form');
    expect(await send(form, 10)).toBe(403);
  });

  it('takes 5 GiB at most, whatever the environment allows in parts', async () => {
    const [form] = await forms([{ bookId: '45', contentType: 'video/mp4' }], {
      MASTER_UPLOADS_MAX_BYTES: String(50 * 1024 ** 4),
    });
    const policy = JSON.parse(Buffer.from(form?.fields.policy ?? '', 'base64').toString());
    expect(policy.conditions).toContainEqual(['content-length-range', 1, 5 * 1024 ** 3]);
  });
});

it('is refused for an id that is no folder, and for another content type', async () => {
  const ids = ['../42', 'a/b', '', '42\n'].map((bookId) => ({ bookId, contentType: 'video/mp4' }));
  expect(await forms([...ids, { bookId: '42', contentType: 'text/html' }])).toEqual([
    ...ids.map(() => ({ refusal: 'book_id: expected 1 to 64 letters, digits, - or _' })),
    { refusal: 'content_type: expected video/mp4, video/quicktime' },
  ]);
});
