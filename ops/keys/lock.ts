/** One command at a time changes an environment's keys: who, from where, since when, at which step. */
import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { z } from 'zod';
import { stateKey } from '../../envs/names.ts';
import { STATE_FILE } from '../terraform/local-state.ts';
import { UsageError } from '../terraform/targets.ts';
import type { KeysContext } from './context.ts';
import { span } from './status-table.ts';

const holderSchema = z.object({
  id: z.string(),
  who: z.string(),
  host: z.string(),
  pid: z.number(),
  since: z.string(),
  step: z.string(),
});
type Holder = z.infer<typeof holderSchema>;

export interface HeldLock {
  /** Tells the next person how far it is. */
  readonly note: (step: string) => Promise<void>;
}

/** Where the lock is: each operation is atomic, the `tag` is what a later one must still find. */
interface Place {
  readonly create: (text: string) => Promise<{ tag: string } | null>;
  readonly read: () => Promise<{ text: string; tag: string } | null>;
  readonly replace: (text: string, tag: string) => Promise<{ tag: string } | null>;
  readonly remove: (tag: string) => Promise<void>;
  readonly name: string;
}

export interface LockOptions {
  readonly command: string;
  /** Whether a person says that the holder is dead. */
  readonly takeOver: boolean;
}

/**
 * Runs with the lock held, and gives it back however that ends. A process that was killed leaves it: the same person on
 * the same machine takes it over once that process is gone, anybody else by saying so.
 *
 * @throws UsageError when somebody else holds it, with who, since when and what to do
 */
export async function withLock<T>(
  context: KeysContext,
  { command, takeOver }: LockOptions,
  run: (lock: HeldLock) => Promise<T>,
): Promise<T> {
  const place = placeOf(context);
  const mine: Holder = {
    id: randomUUID(),
    who: userInfo().username,
    host: hostname(),
    pid: process.pid,
    since: context.now().toISOString(),
    step: command,
  };
  let { tag } = await acquire(place, mine, { takeOver, context });
  let noted = mine.step;
  try {
    return await run({
      note: async (step) => {
        if (step === noted) return;
        const replaced = await place.replace(JSON.stringify({ ...mine, step }), tag);
        if (replaced === null) throw await taken(place, mine);
        noted = step;
        tag = replaced.tag;
      },
    });
  } finally {
    await place.remove(tag).catch(() => {
      context.say(`the lock ${place.name} could not be given back: the next run takes it over`);
    });
  }
}

async function acquire(
  place: Place,
  mine: Holder,
  { takeOver, context }: { takeOver: boolean; context: KeysContext },
): Promise<{ tag: string }> {
  const text = JSON.stringify(mine);
  // Once more for a holder who leaves between our two looks.
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const created = await place.create(text);
    if (created !== null) return created;
    const found = await place.read();
    if (found === null) continue;
    const holder = parseHolder(found.text);
    if (!takeOver && !isDead(holder, mine)) throw refusal(context, place, holder);
    const replaced = await place.replace(text, found.tag);
    if (replaced === null) continue;
    context.say(`took over from ${described(holder)}`);
    return replaced;
  }
  throw new UsageError(`the lock ${place.name} changes hands as we look: try again`);
}

function refusal(context: KeysContext, { name }: Place, holder: Holder | null): UsageError {
  const since = holder === null ? '' : `, for ${span(context.now().getTime() - Date.parse(holder.since))}`;
  return new UsageError(
    `the keys of "${context.config.environment}" are being changed by ${described(holder)}${since}\n` +
      'wait, or ask; if that run is dead: the same person on the same machine takes over by running it again, ' +
      `anybody else with --take-over (the lock is ${name})`,
  );
}

function described(holder: Holder | null): string {
  if (holder === null) return 'somebody whose lock cannot be read';
  const { who, host, pid, since, step } = holder;
  return `${who}@${host} (pid ${pid}) since ${since.slice(0, 19)}Z: ${step}`;
}

async function taken(place: Place, mine: Holder): Promise<UsageError> {
  const found = await place.read();
  const holder = found === null ? null : parseHolder(found.text);
  return new UsageError(
    `the lock of ${mine.who}@${mine.host} was taken over by ${described(holder)}: this run ends`,
  );
}

function isDead(holder: Holder | null, mine: Holder): boolean {
  if (holder === null || holder.who !== mine.who || holder.host !== mine.host) return false;
  try {
    process.kill(holder.pid, 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}

function parseHolder(text: string): Holder | null {
  try {
    return holderSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

function placeOf(context: KeysContext): Place {
  const { config, outdir } = context;
  if (config.state.kind === 's3') return inBucket(context, config.state.bucket);
  return inFile(join(outdir, 'stacks', config.environment, `${STATE_FILE}.rotation`));
}

/**
 * Beside the state, by S3's conditional writes.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
function inBucket({ account: { state: s3 }, config }: KeysContext, bucket: string): Place {
  const at = { Bucket: bucket, Key: `${stateKey(config)}.rotation` };
  const put = async (text: string, condition: { IfNoneMatch: '*' } | { IfMatch: string }) => {
    const { ETag: tag = '' } = await s3.send(
      new PutObjectCommand({ ...at, Body: text, ContentType: 'application/json', ...condition }),
    );
    return { tag };
  };
  const ifLost = (error: unknown) => {
    refuseWithoutBucket(error, config);
    if (statusOf(error) === 412 || statusOf(error) === 409 || statusOf(error) === 404) return null;
    throw error;
  };
  return {
    name: `s3://${bucket}/${at.Key}`,
    create: (text) => put(text, { IfNoneMatch: '*' }).catch(ifLost),
    read: async () => {
      const found = await s3.send(new GetObjectCommand(at)).catch((error) => {
        if (statusOf(error) === 404) return null;
        throw error;
      });
      if (!found?.Body) return null;
      return { text: await found.Body.transformToString(), tag: found.ETag ?? '' };
    },
    replace: (text, tag) => put(text, { IfMatch: tag }).catch(ifLost),
    remove: async (tag) => {
      const { ETag } = await s3.send(new GetObjectCommand(at)).catch((error) => {
        if (statusOf(error) === 404) return { ETag: undefined };
        throw error;
      });
      // Another's by now: not ours to remove.
      if (ETag === tag) await s3.send(new DeleteObjectCommand(at));
    },
  };
}

/** @throws UsageError for S3's 404 that is about the bucket: no lock of anybody's */
function refuseWithoutBucket(error: unknown, { environment, state }: KeysContext['config']): void {
  if (state.kind !== 's3' || !(error instanceof Error) || error.name !== 'NoSuchBucket') return;
  throw new UsageError(
    `there is no state bucket ${state.bucket}: npm run bootstrap -- ${environment}, if that was never done; else these credentials are of another account or region`,
  );
}

/** Beside a state that is a file; its tag is its text. */
function inFile(path: string): Place {
  const create = async (text: string) => {
    mkdirSync(dirname(path), { recursive: true });
    const whole = `${path}.${randomUUID()}`;
    writeFileSync(whole, text);
    try {
      // A link is there with its whole text or not at all.
      linkSync(whole, path);
      return { tag: text };
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return null;
      throw error;
    } finally {
      rmSync(whole, { force: true });
    }
  };
  const read = async () => {
    try {
      const text = readFileSync(path, 'utf8');
      return { text, tag: text };
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null;
      throw error;
    }
  };
  /** Moves the lock aside, which succeeds for one of several; puts it back if it was another than meant. */
  const takeAway = (tag: string): boolean => {
    const aside = `${path}.${randomUUID()}`;
    try {
      renameSync(path, aside);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return false;
      throw error;
    }
    const isMeant = readFileSync(aside, 'utf8') === tag;
    try {
      if (!isMeant) linkSync(aside, path);
    } finally {
      rmSync(aside, { force: true });
    }
    return isMeant;
  };
  return {
    name: path,
    create,
    read,
    replace: async (text, tag) => (takeAway(tag) ? create(text) : null),
    remove: async (tag) => void takeAway(tag),
  };
}

function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return undefined;
  return (error.$metadata as { httpStatusCode?: number }).httpStatusCode;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
