/** Writes the public side: `<generation>.pem`, `<generation>.kms` and `active`. Each change is one rename or one unlink. */
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KeysContext } from './context.ts';

/** Where they are. Only the holder of the lock writes them, so one process does. */
type KeyFiles = Pick<KeysContext, 'keysDirectory' | 'requireLock'>;

/** @param content - an SPKI PEM, or the key spec of a pair that KMS is to make */
export async function writeGeneration(
  files: KeyFiles,
  generation: string,
  { kind, content }: { kind: 'pem' | 'kms'; content: string },
): Promise<void> {
  await replace(files, `${generation}.${kind}`, { content, unfinished: `.${generation}.new` });
}

export async function writeActive(files: KeyFiles, generation: string): Promise<void> {
  await replace(files, 'active', { content: `${generation}\n`, unfinished: '.active.new' });
}

export async function removeGeneration(
  { keysDirectory, requireLock }: KeyFiles,
  generation: string,
): Promise<void> {
  await requireLock();
  for (const kind of ['pem', 'kms']) rmSync(join(keysDirectory, `${generation}.${kind}`), { force: true });
}

/**
 * Nobody ever reads half a file; what a killed process leaves begins with a dot and counts for nothing. Its name is always
 * the same, so that the next run writes over it and none is left to be committed.
 */
async function replace(
  { keysDirectory, requireLock }: KeyFiles,
  name: string,
  { content, unfinished }: { content: string; unfinished: string },
): Promise<void> {
  await requireLock();
  writeFileSync(join(keysDirectory, unfinished), content, { flush: true });
  renameSync(join(keysDirectory, unfinished), join(keysDirectory, name));
}
