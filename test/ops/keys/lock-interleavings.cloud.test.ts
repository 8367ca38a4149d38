/**
 * Three commands on one lock, stopped before every call that they make to S3 or to the file system: fast-check says whose
 * call is next, who is killed there, and whose answer is lost. After each call the lock is read by a judge of its own.
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import * as fileSystem from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, DeleteObjectCommand, GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dev } from '../../../envs/dev.ts';
import { local } from '../../../envs/local.ts';
import { type LocalCloud, startLocalCloud } from '../../../local/aws-api/index.ts';
import { clientConfig } from '../../../local/session/client-config.ts';
import type { KeysContext } from '../../../ops/keys/context.ts';
import { type LockHolder, type LockOptions, withLock } from '../../../ops/keys/lock.ts';
import { type LockFileSystem, lockInFile } from '../../../ops/keys/lock-file.ts';
import { UsageError } from '../../../ops/terraform/targets.ts';

const NAMES = ['A', 'B', 'C'] as const;
type Name = (typeof NAMES)[number];
const BUCKET = 'storytime-terraform-state-dev';
const KEY = 'storytime/dev/terraform.tfstate.rotation';

/** One command: whether it says that the holder is dead, and whether it tells of a step of its own. */
interface Command {
  readonly takeOver: boolean;
  readonly notes: boolean;
}
interface Choice {
  /** Which of those that wait. */
  readonly turn: number;
  readonly fate: 'go' | 'kill' | 'lose';
}

/** What one party calls the lock's store through. */
interface Store {
  readonly connect: (step: Step) => Pick<LockOptions, 'place'> & { readonly context: KeysContext };
  /** The lock's whole text, read past every party. */
  readonly judge: () => Promise<string | null>;
  readonly reset: () => Promise<void>;
}
type Step = <T>(call: () => Promise<T>) => Promise<T>;

class Party {
  state: 'running' | 'waiting' | 'ended' | 'killed' = 'running';
  inside = false;
  /** Of its present command. */
  takeOver = false;
  failure: unknown = null;
  go: (fate: Choice['fate']) => void = () => {};
  readonly name: Name;
  readonly #moved: () => void;

  constructor(name: Name, moved: () => void) {
    this.name = name;
    this.#moved = moved;
  }

  /** A killed party’s never resolves. */
  readonly step: Step = async (call) => {
    if ((await this.#turn()) === 'go') return call();
    // Its call arrives and its answer does not, so that the SDK makes it again.
    await call().catch(() => {});
    await this.#turn();
    return call();
  };

  end(): void {
    this.state = 'ended';
    this.#moved();
  }

  #turn(): Promise<Choice['fate']> {
    return new Promise((resolve) => {
      this.state = 'waiting';
      this.go = (fate) => {
        this.state = fate === 'kill' ? 'killed' : 'running';
        if (fate !== 'kill') resolve(fate);
      };
      this.#moved();
    });
  }
}

/** Plays one schedule to its end. @throws Error at the first call after which two parties could hold the lock */
async function play(
  store: Store,
  commands: readonly (readonly Command[])[],
  schedule: readonly Choice[],
): Promise<void> {
  await store.reset();
  let moved: () => void = () => {};
  const parties = NAMES.map((name) => new Party(name, () => moved()));
  const isKilled = (name: string) => parties.some((one) => one.name === name && one.state === 'killed');
  const liveness: LockOptions['liveness'] = ({ command }: LockHolder) => ({
    state: isKilled(command) ? 'dead' : 'alive',
    why: 'the test says so',
  });
  for (const [index, party] of parties.entries()) {
    void follow(party, store.connect(party.step), commands[index] ?? [], liveness)
      .catch((error) => {
        party.failure = error;
      })
      .finally(() => party.end());
  }
  const quiet = async () => {
    while (parties.some(({ state }) => state === 'running')) {
      await new Promise<void>((resolve) => {
        moved = resolve;
      });
    }
  };
  const superseded = new Set<string>();
  let before: { id: string; name: string } | null = null;
  await quiet();
  for (let turn = 0; parties.some(({ state }) => state === 'waiting'); turn += 1) {
    const waiting = parties.filter(({ state }) => state === 'waiting');
    const choice = schedule[turn] ?? { turn: 0, fate: 'go' };
    const actor = waiting[choice.turn % waiting.length] as Party;
    actor.go(choice.fate);
    await quiet();

    const text = await store.judge();
    const { id, command: name = '' } = text === null ? {} : JSON.parse(text);
    const now = text === null ? null : { id, name };
    const what = `${actor.name}: ${before?.name ?? 'nobody'} → ${now?.name ?? 'nobody'}`;
    if (now !== null && now.id !== before?.id && now.name !== actor.name) throw new Error(`gave it: ${what}`);
    if (now === null && before !== null && before.name !== actor.name) throw new Error(`freed it: ${what}`);
    if (now !== null && before !== null && now.id !== before.id && now.name !== before.name) {
      if (!isKilled(before.name) && !actor.takeOver) throw new Error(`took it from the living: ${what}`);
      superseded.add(before.name);
    }
    if (now !== null) superseded.delete(now.name);
    for (const party of parties) {
      if (!party.inside || party.state === 'killed' || superseded.has(party.name)) continue;
      if (now?.name !== party.name) throw new Error(`${party.name} is inside without it: ${what}`);
    }
    before = now;
  }
  for (const { failure } of parties) if (failure !== null) throw failure;
}

/** Runs one command after another; that one is refused is an answer like any other. */
async function follow(
  party: Party,
  { context, ...options }: ReturnType<Store['connect']>,
  commands: readonly Command[],
  liveness: LockOptions['liveness'],
): Promise<void> {
  for (const { takeOver, notes } of commands) {
    party.takeOver = takeOver;
    try {
      await withLock(
        context,
        { ...options, ...(liveness && { liveness }), command: party.name, takeOver },
        async (lock) => {
          party.inside = true;
          try {
            if (notes) await lock.note('noted');
            await lock.requireHeld();
          } finally {
            party.inside = false;
          }
        },
      );
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
    }
  }
}

const contextOf = (config: KeysContext['config'], state?: S3Client) =>
  ({
    config,
    outdir: tmpdir(),
    account: { state },
    now: () => new Date('2026-11-20T03:00:00Z'),
    tell: () => {},
  }) as unknown as KeysContext;

const command = fc.record({ takeOver: fc.boolean(), notes: fc.boolean() });
const commands = fc.array(fc.array(command, { minLength: 1, maxLength: 2 }), { minLength: 3, maxLength: 3 });
const choices = (lossy: boolean) =>
  fc.array(
    fc.record({
      turn: fc.nat(5),
      fate: fc.oneof(
        { weight: 10, arbitrary: fc.constant('go' as const) },
        { weight: 1, arbitrary: fc.constant('kill' as const) },
        { weight: lossy ? 1 : 0, arbitrary: fc.constant('lose' as const) },
      ),
    }),
    { minLength: 10, maxLength: 40 },
  );

const plain = { takeOver: false, notes: false };
const taking = { takeOver: true, notes: false };
const turns = (...list: number[]): Choice[] => list.map((turn) => ({ turn, fate: 'go' }));

describe('a lock in S3', () => {
  let cloud: LocalCloud;
  let s3: S3Client;
  const clients: S3Client[] = [];
  const store: Store = {
    connect: (step) => {
      const client = new S3Client(clientConfig(cloud));
      clients.push(client);
      client.middlewareStack.add((next) => (args) => step(() => next(args)), { step: 'initialize' });
      return { context: contextOf(dev, client) };
    },
    judge: async () => {
      try {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: KEY }));
        return (await Body?.transformToString()) ?? null;
      } catch {
        return null;
      }
    },
    reset: async () => {
      for (const client of clients.splice(0)) client.destroy();
      await s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: KEY }));
    },
  };

  beforeAll(async () => {
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
  });
  afterAll(async () => {
    await store.reset();
    await cloud.close();
  });

  it('is never deleted from somebody who has taken it over between two looks of its last holder', async () => {
    // A is in and about to leave; B takes it over; A leaves; C comes.
    for (let pause = 0; pause < 6; pause += 1) {
      const schedule = turns(...Array(pause).fill(0), 1, 1, 1, 0, 0, 0, 0, 0, 0);
      await play(store, [[plain], [taking], [plain]], schedule);
    }
  });

  it('has one holder at most, whatever the order of every call', async () => {
    await fc.assert(
      fc.asyncProperty(commands, choices(true), (said, schedule) => play(store, said, schedule)),
      { numRuns: 60 },
    );
  }, 180_000);
});

describe('a lock in a file', () => {
  const root = mkdtempSync(join(tmpdir(), 'storytime-lock-interleavings-'));
  let folder = root;
  const store: Store = {
    connect: (step) => {
      const stepped =
        <A extends unknown[], T>(call: (...args: A) => Promise<T>) =>
        (...args: A) =>
          step(() => call(...args));
      const files = {
        link: stepped(fileSystem.link),
        mkdir: stepped(fileSystem.mkdir),
        readdir: stepped(fileSystem.readdir as (path: string) => Promise<string[]>),
        readFile: stepped(fileSystem.readFile),
        rm: stepped(fileSystem.rm),
        writeFile: stepped(fileSystem.writeFile),
      } as LockFileSystem;
      return { context: contextOf(local), place: lockInFile(folder, files) };
    },
    judge: async () => {
      let highest = 0;
      try {
        for (const name of readdirSync(folder)) highest = Math.max(highest, Number(name) || 0);
      } catch {}
      return highest === 0 ? null : readFileSync(join(folder, `${highest}`), 'utf8') || null;
    },
    reset: async () => {
      folder = join(root, randomUUID());
    },
  };
  afterAll(() => rmSync(root, { recursive: true }));

  it('has one holder at most, whatever the order of every call', async () => {
    await fc.assert(
      fc.asyncProperty(commands, choices(false), (said, schedule) => play(store, said, schedule)),
      { numRuns: 400 },
    );
  }, 180_000);
});

it('the judge tells two holders: a store whose removal asks for nothing is found out', async () => {
  let held: string | null = null;
  const store: Store = {
    connect: (step) => ({
      context: contextOf(local),
      place: {
        name: 'memory',
        create: (text) =>
          step(async () => {
            if (held !== null) return null;
            held = text;
            return { tag: text };
          }),
        read: () => step(async () => (held === null ? null : { text: held, tag: held })),
        replace: (text, tag) =>
          step(async () => {
            if (held !== tag) return null;
            held = text;
            return { tag: text };
          }),
        remove: () =>
          step(async () => {
            held = null;
            return true;
          }),
      },
    }),
    judge: async () => held,
    reset: async () => {
      held = null;
    },
  };
  const found = await fc.check(
    fc.asyncProperty(commands, choices(false), (said, schedule) => play(store, said, schedule)),
    { numRuns: 400 },
  );
  expect(found.failed).toBe(true);
  expect(String(found.errorInstance)).toMatch(/freed it|is inside without it/);
});
