/** One command at a time, beside a state in S3 and beside one in a file. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dev } from '../../../envs/dev.ts';
import { local } from '../../../envs/local.ts';
import { type LocalCloud, startLocalCloud } from '../../../local/aws-api/index.ts';
import { clientConfig } from '../../../local/session/client-config.ts';
import { connect } from '../../../ops/keys/account.ts';
import type { KeysContext } from '../../../ops/keys/context.ts';
import { withLock } from '../../../ops/keys/lock.ts';

const BUCKET = 'storytime-terraform-state-dev';
const KEY = 'storytime/dev/terraform.tfstate.rotation';

describe.each(['s3', 'file'] as const)('the lock beside a state in %s', (kind) => {
  const outdir = mkdtempSync(join(tmpdir(), 'storytime-keys-lock-'));
  const file = join(outdir, 'stacks/local/terraform.tfstate.rotation');
  const said: string[] = [];
  let cloud: LocalCloud | undefined;
  let s3: S3Client;
  let context: KeysContext;

  beforeAll(async () => {
    const config = kind === 's3' ? dev : local;
    if (kind === 's3') {
      cloud = await startLocalCloud({
        accountId: dev.allowedAccountIds[0] ?? '',
        region: dev.awsRegion,
        transcode: () => Promise.reject(new Error('no job is run here')),
      });
      s3 = new S3Client(clientConfig(cloud));
      await s3.send(
        new CreateBucketCommand({
          Bucket: BUCKET,
          CreateBucketConfiguration: { LocationConstraint: 'eu-central-1' },
        }),
      );
    }
    const account = { ...connect(config), ...(kind === 's3' && { state: s3 }) };
    context = {
      config,
      outdir,
      account,
      now: () => new Date(),
      say: (line: string) => said.push(line),
    } as unknown as KeysContext;
  });
  afterAll(async () => {
    await cloud?.close();
    rmSync(outdir, { recursive: true });
  });

  const read = async (): Promise<string | null> => {
    try {
      if (kind === 'file') return readFileSync(file, 'utf8');
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: KEY }));
      return (await Body?.transformToString()) ?? null;
    } catch {
      return null;
    }
  };
  const leave = async (holder: Record<string, unknown>) => {
    const text = JSON.stringify({
      ...JSON.parse(mine),
      since: '2026-11-20T03:00:00.000Z',
      step: 'rotate: retire',
      ...holder,
    });
    if (kind === 'file') writeFileSync(file, text);
    else await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: KEY, Body: text }));
  };
  const lock = (takeOver = false) => withLock(context, { command: 'rotate', takeOver }, async () => 'ran');
  let mine = '';

  it('is held while a command runs, says how far it is, and is given back', async () => {
    await withLock(context, { command: 'rotate', takeOver: false }, async ({ note }) => {
      await note('rotate: retire');
      mine = (await read()) ?? '';
    });

    expect(JSON.parse(mine)).toMatchObject({ pid: process.pid, step: 'rotate: retire' });
    expect(await read()).toBeNull();
  });

  it('is given back by a command that fails', async () => {
    const failing = withLock(context, { command: 'rotate', takeOver: false }, () =>
      Promise.reject(new Error('failed')),
    );

    await expect(failing).rejects.toThrow('failed');
    expect(await read()).toBeNull();
  });

  it('lets one of many through at a time', async () => {
    let inside = 0;
    const results = await Promise.allSettled(
      Array.from({ length: 12 }, () =>
        withLock(context, { command: 'rotate', takeOver: false }, async () => {
          inside += 1;
          expect(inside).toBe(1);
          await new Promise((resolve) => setTimeout(resolve, 200));
          inside -= 1;
        }),
      ),
    );

    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await read()).toBeNull();
  });

  it('refuses a second person with who, since when and at which step', async () => {
    await leave({ who: 'ada', host: 'laptop', pid: 17 });

    await expect(lock()).rejects.toThrow(
      /being changed by ada@laptop \(pid 17\) since 2026-11-20T03:00:00Z: rotate: retire, for /,
    );
    expect(JSON.parse((await read()) ?? '')).toMatchObject({ who: 'ada' });
  });

  it('is taken over from anybody by --take-over alone', async () => {
    expect(await lock(true)).toBe('ran');
    expect(said.at(-1)).toBe('took over from ada@laptop (pid 17) since 2026-11-20T03:00:00Z: rotate: retire');
    expect(await read()).toBeNull();
  });

  it('is taken over by the same person on the same machine once that process is gone, and not before', async () => {
    await leave({});
    await expect(lock()).rejects.toThrow(`(pid ${process.pid})`);

    const { pid } = spawnSync('true');
    await leave({ pid });
    expect(await lock()).toBe('ran');
  });

  if (kind === 's3') {
    it('is nobody’s where there is no state bucket, and says so', async () => {
      const elsewhere = { ...dev, state: { ...dev.state, bucket: 'storytime-never-made' } };

      await expect(
        withLock(
          { ...context, config: elsewhere } as KeysContext,
          { command: 'rotate', takeOver: false },
          () => Promise.resolve(),
        ),
      ).rejects.toThrow(/^there is no state bucket storytime-never-made: npm run bootstrap -- dev/);
    });
  }

  it('ends a run whose lock was taken over, and leaves the other’s lock', async () => {
    const run = withLock(context, { command: 'rotate', takeOver: false }, async ({ note }) => {
      await leave({ who: 'bob', host: 'desk', pid: 4, id: 'another' });
      await note('rotate: promote');
    });

    await expect(run).rejects.toThrow(/was taken over by bob@desk/);
    expect(JSON.parse((await read()) ?? '')).toMatchObject({ who: 'bob' });
    await lock(true);
    if (kind === 'file') expect(readdirSync(join(outdir, 'stacks/local'))).toEqual([]);
  });
});
