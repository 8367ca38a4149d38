/** One command at a time, beside a state in S3 and beside one in a file. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dev } from '../../../envs/dev.ts';
import { local } from '../../../envs/local.ts';
import { type LocalCloud, startLocalCloud } from '../../../local/aws-api/index.ts';
import { clientConfig } from '../../../local/session/client-config.ts';
import { connect } from '../../../ops/keys/account.ts';
import type { KeysContext } from '../../../ops/keys/context.ts';
import { type KeysEvent, sentenceOf } from '../../../ops/keys/events.ts';
import { LOCK_FOLDER, type LockOptions, runUnderWay, withLock } from '../../../ops/keys/lock.ts';
import { lockInBucket } from '../../../ops/keys/lock-place.ts';

/** A PID namespace whose first process is the command, with a /proc of its own; for root, or where users may. */
const UNSHARE = [
  ...(process.getuid?.() === 0 ? [] : ['--user', '--map-current-user']),
  ...['--pid', '--fork', '--mount-proc', '--kill-child'],
];
const hasNamespaces = spawnSync('unshare', [...UNSHARE, 'true']).status === 0;
if (!hasNamespaces)
  console.warn('a lock of another PID namespace is not tested: unshare may not make one here');

const BUCKET = 'storytime-terraform-state-dev';
const KEY = 'storytime/dev/terraform.tfstate.rotation';

describe.each(['s3', 'file'] as const)('the lock beside a state in %s', (kind) => {
  const outdir = mkdtempSync(join(tmpdir(), 'storytime-keys-lock-'));
  const folder = join(outdir, 'stacks/local', LOCK_FOLDER);
  const name = kind === 's3' ? `s3://${BUCKET}/${KEY}` : folder;
  const environment = kind === 's3' ? 'dev' : 'local';
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
      tell: (event: KeysEvent) => said.push(sentenceOf(event, environment)),
    } as unknown as KeysContext;
  });
  afterAll(async () => {
    await cloud?.close();
    rmSync(outdir, { recursive: true });
  });

  const read = async (): Promise<string | null> => {
    try {
      if (kind === 'file') return readFileSync(join(folder, String(newest())), 'utf8') || null;
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
      step: 'retire',
      ...holder,
    });
    if (kind === 'file') {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, String(newest() + 1)), text);
    } else await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: KEY, Body: text }));
  };
  const newest = () => Math.max(0, ...readdirSync(folder).map(Number));
  const lock = (takeOver = false, options: Partial<LockOptions> = {}) =>
    withLock(context, { command: 'rotate', takeOver, ...options }, async () => 'ran');
  let mine = '';

  it('is held while a command runs, says how far it is, and is given back', async () => {
    await withLock(context, { command: 'rotate', takeOver: false }, async ({ note }) => {
      await note('retire');
      mine = (await read()) ?? '';
    });

    expect(JSON.parse(mine)).toMatchObject({
      pid: process.pid,
      command: 'rotate',
      generation: null,
      step: 'retire',
    });
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
    let refused = 0;
    let all: () => void = () => {};
    const everybodyElse = new Promise<void>((resolve) => {
      all = resolve;
    });
    const results = await Promise.allSettled(
      Array.from({ length: 12 }, () =>
        withLock(context, { command: 'rotate', takeOver: false }, () => everybodyElse).catch((error) => {
          refused += 1;
          if (refused === 11) all();
          throw error;
        }),
      ),
    );

    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await read()).toBeNull();
  });

  it('is named by status with its command and what to do, whichever process left it', async () => {
    const dead = () => ({ state: 'dead', why: 'process 17 has ended' }) as const;
    const alive = () => ({ state: 'alive', why: 'process 17 runs' }) as const;
    const me = userInfo().username;
    const revoking = { command: 'revoke', generation: '2026-11-a', step: null };
    const asked = (liveness: NonNullable<LockOptions['liveness']>) => runUnderWay(context, { liveness });
    expect(await asked(dead)).toBeNull();

    await leave({ who: me, host: 'here', pid: 17, step: 'promote' });
    expect(await asked(dead)).toBe(
      `unfinished: a rotation, started by ${me}@here (pid 17) since 2026-11-20T03:00:00Z: rotate: promote\n` +
        `  that run has ended: process 17 has ended\n  continue it: npm run keys -- rotate ${environment}`,
    );
    expect(await asked(alive)).toMatch(/that run is alive: process 17 runs\n {2}wait until it ends/);
    await leave({ who: 'ada', host: 'there', pid: 17, ...revoking });
    expect(await asked(dead)).toMatch(
      new RegExp(
        `^unfinished: keys revoke, started by ada.*Z: revoke 2026-11-a\n.*take over its lock: npm run keys -- revoke ${environment} 2026-11-a --take-over$`,
        's',
      ),
    );
    expect(await lock(true)).toBe('ran');
  });

  it('refuses a second person with who, since when and at which step', async () => {
    await leave({ who: 'ada', host: 'desk', pid: 17 });

    await expect(lock()).rejects.toThrow(
      /being changed by ada@desk \(pid 17\) since 2026-11-20T03:00:00Z: rotate: retire, for /,
    );
    await expect(lock(false, { command: 'revoke', generation: '2026-11-a' })).rejects.toThrow(
      new RegExp(
        `npm run keys -- revoke ${environment} 2026-11-a --take-over\nthe lock is ${name.replaceAll('.', '\\.')}$`,
      ),
    );
    expect(JSON.parse((await read()) ?? '')).toMatchObject({ who: 'ada' });
  });

  it('is taken over from anybody by --take-over alone', async () => {
    expect(await lock(true)).toBe('ran');
    expect(said.at(-1)).toMatch(
      /^took over the lock of ada@desk \(pid 17\) since 2026-11-20T03:00:00Z: rotate: retire \(.+\)$/,
    );
    expect(await read()).toBeNull();
  });

  it('is taken over by the same person on the same machine once that process is gone, and not before', async () => {
    await leave({});
    await expect(lock()).rejects.toThrow(`(pid ${process.pid})`);

    const { pid } = spawnSync('true');
    await leave({ pid });
    expect(await lock()).toBe('ran');
    expect(said.at(-1)).toMatch(new RegExp(`: rotate: retire \\(process ${pid} has ended\\)$`));
  });

  it('is left to a holder that may be alive: in another container, after a restart, or not identified', async () => {
    const { pid } = spawnSync('true');
    const { identity } = JSON.parse(mine);
    for (const [other, why] of [
      [{ ...identity, pidNamespace: 'pid:[1]' }, 'it was started in another container'],
      [
        { ...identity, bootId: '0' },
        'it was started on another machine, or before this machine was restarted',
      ],
      [undefined, 'its lock does not identify the process'],
      ['of another form', 'its lock does not identify the process'],
    ]) {
      await leave({ pid, identity: other });
      await expect(lock()).rejects.toThrow(
        `that run may be alive: ${why}\n` +
          `wait, or ask ${userInfo().username}; only if that run has ended, run npm run keys -- rotate ${environment} --take-over\n`,
      );
    }
    expect(await lock(true)).toBe('ran');
  });

  it('is left to a holder that is alive, and says how to end it', async () => {
    await leave({});

    await expect(lock()).rejects.toThrow(
      `\nthat run is alive: process ${process.pid} is running on this machine\nwait until it ends, or interrupt it in its terminal\n`,
    );
    await lock(true);
  });

  it('is taken over where a later process has the number of one that has ended', async () => {
    await leave({ identity: { ...JSON.parse(mine).identity, startedAtTicks: '1' } });

    expect(await lock()).toBe('ran');
    expect(said.at(-1)).toContain(`(process ${process.pid} has ended, and a later process has its number)`);
  });

  it('is left by another person’s dead run, and names the arguments to take it over with', async () => {
    const { pid } = spawnSync('true');
    await leave({ who: 'ada', pid });

    await expect(lock(false, { args: ['create', environment, '--type', 'ec'] })).rejects.toThrow(
      `that run has ended: process ${pid} has ended\ntake over its lock: npm run keys -- create ${environment} --type ec --take-over\n`,
    );
    await lock(true);
  });

  it('shows nothing that a terminal obeys', async () => {
    await leave({ who: 'a\u001b]0;x\u0007', host: 'b\u009b2J', step: 'c\u202e' });

    const refused = await lock().catch(String);
    expect(refused).toContain('being changed by a\\u001b]0;x\\u0007@b\\u009b2J');
    expect(refused?.replaceAll('\n', '')).not.toMatch(/\p{Cc}|\p{Cf}/u);
    await lock(true);
  });

  it.each([
    [
      { command: 'revoke', generation: '2026-11-a; reboot' },
      (named: string) => `keys -- revoke ${named} --take-over`,
    ],
    [{ command: 'revoke $(reboot)' }, (named: string) => `keys -- rotate ${named} --take-over`],
  ])('gives no command to copy that a shell reads more into: %j', async (holder, wanted) => {
    await leave({ who: 'ada', pid: 17, ...holder });

    const said = await runUnderWay(context, { liveness: () => ({ state: 'dead', why: 'it has ended' }) });
    expect(said).toContain(wanted(environment));
    expect(said).not.toContain('reboot');
    await lock(true);
  });

  it('that cannot be read is left, and taken over by --take-over alone', async () => {
    await leave({ pid: -1 });

    await expect(lock()).rejects.toThrow(
      /being changed by a run whose lock cannot be read\nthat run may be alive: .*\nwait, or ask your team; only if/,
    );
    expect(await lock(true)).toBe('ran');
  });

  it('ends a run before its next change when it was taken over', async () => {
    const run = withLock(context, { command: 'rotate', takeOver: false }, async ({ requireHeld }) => {
      await requireHeld();
      await leave({ who: 'bob', host: 'desk', pid: 4, id: 'another' });
      await requireHeld();
    });

    await expect(run).rejects.toThrow(
      /^the lock of \S+ \(pid \d+\) was taken over by bob@desk \(pid 4\) since .*: rotate: retire\nthis run makes no more changes; /,
    );
    await lock(true);
  });

  it('tells a run that ends that it was taken over meanwhile, and leaves the other’s lock', async () => {
    await withLock(context, { command: 'rotate', takeOver: false }, () =>
      leave({ who: 'bob', host: 'desk', pid: 4, id: 'another' }),
    );

    expect(said.at(-1)).toMatch(/was taken over by bob@desk \(pid 4\)/);
    expect(JSON.parse((await read()) ?? '')).toMatchObject({ who: 'bob' });
    await lock(true);
  });

  if (kind === 'file') {
    const hold = async (command: string, ...args: string[]) => {
      const script = fileURLToPath(new URL('./hold-lock.ts', import.meta.url));
      const child = spawn(command, [...args, '--import', 'tsx', script, outdir], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      const ended = once(child, 'close');
      const [line] = await Promise.race([once(child.stdout, 'data'), ended]);
      return { child, ended, said: String(line) };
    };

    it('is taken over from a run that was killed, once it is', async () => {
      const { child, ended } = await hold(process.execPath);
      await expect(lock()).rejects.toThrow(`that run is alive: process ${child.pid} is running`);

      child.kill('SIGKILL');
      await ended;
      expect(await lock()).toBe('ran');
      expect(said.at(-1)).toContain(`(process ${child.pid} has ended)`);
    }, 60_000);

    it.skipIf(!hasNamespaces)(
      'is left to a run in another PID namespace under the same host name',
      async () => {
        const { child, ended, said: held } = await hold('unshare', ...UNSHARE, process.execPath);
        // The first process of a namespace: here that number is another process, which is alive and no run of ours.
        expect(held).toBe('held by 1\n');

        await expect(lock()).rejects.toThrow('that run may be alive: it was started in another container');
        child.stdin.end('end\n');
        await ended;
        expect(await read()).toBeNull();
      },
      60_000,
    );
  }

  if (kind === 's3') {
    it('is ours though the answer to its creation was lost, and to every call after it', async () => {
      const lossy = new S3Client({ ...clientConfig(cloud as LocalCloud), maxAttempts: 2 });
      let [calls, lost] = [0, 0];
      // Inside the SDK’s retries: the call has reached S3, and it is made again.
      lossy.middlewareStack.add(
        (next) => async (args) => {
          const result = await next(args);
          calls += 1;
          if (calls % 2 === 0) return result;
          lost += 1;
          throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
        },
        { step: 'finalizeRequest', priority: 'low' },
      );
      const account = { ...context.account, state: lossy };
      const before = said.length;

      await withLock(
        { ...context, account },
        { command: 'rotate', takeOver: false },
        async ({ note, requireHeld }) => {
          await note('retire');
          await requireHeld();
        },
      );

      expect(await read()).toBeNull();
      expect(said.slice(before)).toEqual([]);
      // Those of the creation, of the note and of the removal at least.
      expect(lost).toBeGreaterThanOrEqual(3);
      lossy.destroy();
    });

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
      await note('promote');
    });

    await expect(run).rejects.toThrow(/was taken over by bob@desk/);
    expect(JSON.parse((await read()) ?? '')).toMatchObject({ who: 'bob' });
    await lock(true);
    expect(await read()).toBeNull();
  });
});

it('a bucket that answers without an ETag holds no lock: the next call would be made without its condition', async () => {
  const place = lockInBucket(
    { account: { state: { send: async () => ({}) } }, config: dev } as never,
    BUCKET,
  );
  await expect(place.create('{}')).rejects.toThrow('answered without an ETag');
});
