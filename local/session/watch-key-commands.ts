/** Sees key commands that somebody runs in a terminal: their lock beside the stack, and the name of the active key. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lockBesideStack, readHolder, workOf } from '../../ops/keys/lock.ts';
import { livenessOf, ownIdentity } from '../../ops/keys/process-identity.ts';
import type { KeyCommands } from '../demo/rotation.ts';

/** A person at the page notices no delay of a second, and two small files are read for it. */
const PAUSE_MS = 1000;

export interface WatchOptions {
  /** Where the environment was applied from. */
  readonly outdir: string;
  readonly environment: string;
  readonly keysDirectory: string;
  /** Aborting ends the watch. */
  readonly signal: AbortSignal;
  /** Called at first, then whenever something differs. */
  readonly onChange: (keys: KeyCommands) => void;
}

export async function watchKeyCommands({
  outdir,
  environment,
  keysDirectory,
  signal,
  onChange,
}: WatchOptions): Promise<void> {
  const lock = lockBesideStack(outdir, environment);
  let before = '';
  while (!signal.aborted) {
    const found = await look().catch(() => null);
    const text = JSON.stringify(found);
    if (found !== null && text !== before) onChange(found);
    if (found !== null) before = text;
    await sleep(PAUSE_MS, undefined, { signal, ref: false }).catch(() => {});
  }

  async function look(): Promise<KeyCommands> {
    const held = await readHolder(lock);
    const active = (await readFile(join(keysDirectory, 'active'), 'utf8')).trim();
    // A killed command leaves its lock, and one that cannot be read says nothing.
    const holder = held?.holder ?? null;
    if (holder === null) return { active, step: null, isInterrupted: false };
    const isInterrupted = livenessOf(holder, ownIdentity()).state === 'dead';
    return { active, step: workOf(holder), isInterrupted };
  }
}
