/** One command at a time changes an environment's keys: who, from where, since when, at which step. */
import { randomUUID } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { printableLine } from '../../envs/printable.ts';
import { UsageError } from '../terraform/targets.ts';
import { span } from '../text/span.ts';
import type { KeysContext } from './context.ts';
import { lockInFile } from './lock-file.ts';
import { type LockPlace, lockInBucket } from './lock-place.ts';
import { type Liveness, livenessOf, ownIdentity, processIdentitySchema } from './process-identity.ts';

/** Beside the stack, for a state that is a file. */
export const LOCK_FOLDER = 'rotation-lock';

/** It is printed: anyone who can write the lock could write control characters that a terminal obeys. */
const text = z.string().transform(printableLine);

/** Becomes part of a command that is printed to be copied, so it is nothing that a shell reads. */
const word = z.string().regex(/^[\w-]{1,40}$/);

const holderSchema = z.object({
  id: z.string(),
  who: text,
  host: text,
  pid: z.number().int().positive(),
  /** Null, or of a form that is not ours, says nothing of the process. */
  identity: processIdentitySchema.nullable().catch(null),
  since: z.iso.datetime(),
  command: word,
  /** The one that the command names; null for a command without. */
  generation: word.nullable().catch(null),
  /** How far it is; null before its first step. */
  step: text.nullable(),
});
export type LockHolder = z.infer<typeof holderSchema>;

export interface HeldLock {
  /** Tells the next person how far it is. @throws UsageError when somebody has taken the lock over */
  readonly note: (step: string) => Promise<void>;
  /** Asked right before a change. @throws UsageError when somebody has taken the lock over */
  readonly requireHeld: () => Promise<void>;
}

export interface LockOptions {
  readonly command: string;
  /** @default - the command names none */
  readonly generation?: string | undefined;
  /** Whether a person says that the holder is dead. */
  readonly takeOver: boolean;
  /** The arguments of this command, for a line to copy. @default - those of the command alone */
  readonly args?: readonly string[];
  /** @default - beside the environment's state */
  readonly place?: LockPlace;
  /** Whether a holder still runs. @default - asks the system */
  readonly liveness?: (holder: LockHolder) => Liveness;
}

type TakenOptions = Pick<LockOptions, 'command' | 'generation' | 'args'>;

/** How often it looks again after somebody else was faster, or S3 could not tell who was. */
const ATTEMPTS = 5;

/**
 * Runs with the lock held, and gives it back however that ends. A process that was killed leaves it: the same person takes
 * it over by running the command again where that process is certain to have ended, anybody else with --take-over.
 *
 * @throws UsageError when somebody else holds it, with who, since when, whether that run is alive, and what to do
 */
export async function withLock<T>(
  context: KeysContext,
  options: LockOptions,
  run: (lock: HeldLock) => Promise<T>,
): Promise<T> {
  const place = options.place ?? placeOf(context);
  const mine: LockHolder = {
    id: randomUUID(),
    who: userInfo().username,
    host: hostname(),
    pid: process.pid,
    identity: ownIdentity(),
    since: context.now().toISOString(),
    command: options.command,
    generation: options.generation ?? null,
    step: null,
  };
  let { tag } = await acquire(context, place, mine, options);
  let noted = mine.step;
  let isLost = false;
  const lost = (holder: LockHolder | null | 'nobody'): UsageError => {
    isLost = true;
    return new UsageError(lostText(mine, holder));
  };
  try {
    return await run({
      requireHeld: async () => {
        const found = await readHolder(place);
        if (found?.holder?.id !== mine.id) throw lost(found === null ? 'nobody' : found.holder);
      },
      note: async (step) => {
        if (step === noted) return;
        const replaced = await change(place, mine.id, tag, (last) =>
          place.replace(JSON.stringify({ ...mine, step }), last),
        );
        if ('lostTo' in replaced) throw lost(replaced.lostTo);
        noted = step;
        tag = replaced.done.tag;
      },
    });
  } finally {
    if (!isLost) await release(context, place, mine, tag);
  }
}

/**
 * The command that holds the lock, or that was killed and left it, and what to do about it; null when there is none, or when
 * the lock may not be read.
 */
export async function runUnderWay(
  context: KeysContext,
  options: Partial<Pick<LockOptions, 'place' | 'liveness'>> = {},
): Promise<string | null> {
  const place = options.place ?? placeOf(context);
  const found = await readHolder(place).catch((error: unknown) => {
    // Who may look at keys may not be allowed to read the state bucket, and it may not exist yet.
    if (error instanceof UsageError || (error instanceof Error && '$metadata' in error)) return null;
    throw error;
  });
  if (found === null) return null;
  const { holder } = found;
  const state = stateOf(holder, options.liveness);
  const { environment } = context.config;
  const { command, generation = null } = holder ?? { command: 'rotate' };
  const again = commandLine(command, environment, generation);
  const isMine = holder?.who === userInfo().username;
  return [
    `unfinished: ${command === 'rotate' ? 'a rotation' : `keys ${command}`}, started by ${described(holder)}`,
    ...(state.state === 'dead' && isMine
      ? [`that run has ended: ${state.why}`, `continue it: ${again}`]
      : adviceFor(holder, state, `${again} --take-over`)),
  ].join('\n  ');
}

async function acquire(
  context: KeysContext,
  place: LockPlace,
  mine: LockHolder,
  options: LockOptions,
): Promise<{ tag: string }> {
  const content = JSON.stringify(mine);
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const created = await place.create(content);
    if (created !== null) return created;
    const found = await readHolder(place);
    if (found === null) continue;
    const { holder } = found;
    // Our own: the call that was repeated, because its answer was lost, had succeeded.
    if (holder?.id === mine.id) return found;
    const state = stateOf(holder, options.liveness);
    const isLeftByMe = state.state === 'dead' && holder?.who === mine.who;
    if (!options.takeOver && !isLeftByMe) throw refusal(context, place, { holder, state, options });
    const replaced = await place.replace(content, found.tag);
    if (replaced === null) continue;
    context.tell({
      event: 'lock-taken-over',
      holder: described(holder),
      why: state.why,
      isAlive: state.state === 'alive',
    });
    return replaced;
  }
  throw new UsageError(`someone else just took the lock ${place.name}; try again`);
}

function stateOf(
  holder: LockHolder | null,
  liveness = (found: LockHolder) => livenessOf(found, ownIdentity()),
): Liveness {
  return holder === null
    ? { state: 'unknown', why: 'the lock cannot be read, so another version may have written it' }
    : liveness(holder);
}

async function release(context: KeysContext, place: LockPlace, mine: LockHolder, tag: string): Promise<void> {
  try {
    const released = await change(place, mine.id, tag, async (last) => (await place.remove(last)) || null);
    // Nobody: the call that was repeated, because its answer was lost, had succeeded.
    if ('lostTo' in released && released.lostTo !== 'nobody') {
      context.tell({ event: 'lock-lost', text: lostText(mine, released.lostTo) });
    }
  } catch (error) {
    const why = error instanceof Error ? error.name : 'unknown error';
    context.tell({ event: 'lock-not-released', lock: place.name, why });
  }
}

/**
 * Changes the lock that we hold. What is refused although the lock is still ours was a call whose answer was lost, or one
 * that S3 could not decide: it is made again with the tag that is there now.
 */
async function change<T>(
  place: LockPlace,
  id: string,
  tag: string,
  make: (tag: string) => Promise<T | null>,
): Promise<{ done: T } | { lostTo: LockHolder | null | 'nobody' }> {
  let last = tag;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const done = await make(last);
    if (done !== null) return { done };
    const found = await readHolder(place);
    if (found === null) return { lostTo: 'nobody' };
    if (found.holder?.id !== id) return { lostTo: found.holder };
    last = found.tag;
  }
  throw new Error(`${place.name} was changed ${ATTEMPTS} times while this run held it`);
}

/** Who holds the lock; null when nobody does, and a null holder for a lock that cannot be read. */
export async function readHolder(
  place: LockPlace,
): Promise<{ holder: LockHolder | null; tag: string } | null> {
  const found = await place.read();
  return found && { holder: parseHolder(found.text), tag: found.tag };
}

function parseHolder(text: string): LockHolder | null {
  try {
    return holderSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

function refusal(
  { config, now }: KeysContext,
  { name }: LockPlace,
  { holder, state, options }: { holder: LockHolder | null; state: Liveness; options: TakenOptions },
): UsageError {
  const { environment } = config;
  const since = holder === null ? '' : `, for ${span(now().getTime() - Date.parse(holder.since))}`;
  const advice = adviceFor(holder, state, takeOverCommand(environment, options));
  return new UsageError(
    [
      `the keys of "${environment}" are being changed by ${described(holder)}${since}`,
      ...advice,
      `the lock is ${name}`,
    ].join('\n'),
  );
}

function adviceFor(holder: LockHolder | null, state: Liveness, takeOver: string): string[] {
  return {
    alive: [`that run is alive: ${state.why}`, 'wait until it ends, or interrupt it in its terminal'],
    dead: [`that run has ended: ${state.why}`, `take over its lock: ${takeOver}`],
    unknown: [
      `that run may be alive: ${state.why}`,
      `wait, or ask ${holder?.who ?? 'your team'}; only if that run has ended, run ${takeOver}`,
    ],
  }[state.state];
}

function takeOverCommand(environment: string, { command, generation, args }: TakenOptions): string {
  const typed = args && ['npm run keys --', ...args].join(' ');
  const input = command === 'inject' ? ['<', 'key.pem'] : [];
  return [typed ?? commandLine(command, environment, generation ?? null), '--take-over', ...input].join(' ');
}

function commandLine(command: string, environment: string, generation: string | null): string {
  return ['npm run keys --', command, environment, ...(generation === null ? [] : [generation])].join(' ');
}

/** `rotate: apply`, `revoke 2026-11-a`: what a holder does, for people. */
export function workOf({ command, generation, step }: LockHolder): string {
  return `${command}${generation === null ? '' : ` ${generation}`}${step === null ? '' : `: ${step}`}`;
}

function described(holder: LockHolder | null): string {
  if (holder === null) return 'a run whose lock cannot be read';
  const { who, host, pid, since } = holder;
  return `${who}@${host} (pid ${pid}) since ${since.slice(0, 19)}Z: ${workOf(holder)}`;
}

function lostText(mine: LockHolder, holder: LockHolder | null | 'nobody'): string {
  const by = holder === 'nobody' ? 'another run, which has released it since' : described(holder);
  return (
    `the lock of ${mine.who}@${mine.host} (pid ${mine.pid}) was taken over by ${by}\n` +
    'this run makes no more changes; npm run keys -- status shows what was done'
  );
}

/** The lock of an environment whose state is a file. */
export function lockBesideStack(outdir: string, environment: string): LockPlace {
  return lockInFile(join(outdir, 'stacks', environment, LOCK_FOLDER));
}

function placeOf(context: KeysContext): LockPlace {
  const { config, outdir } = context;
  if (config.state.kind === 's3') return lockInBucket(context, config.state.bucket);
  return lockBesideStack(outdir, config.environment);
}
