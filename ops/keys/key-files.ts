/** Writes the public side: `<generation>.pem`, `<generation>.kms` and `active`. Each change is one rename or one unlink. */
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** @param content - an SPKI PEM, or the key spec of a pair that KMS is to make */
export function writeGeneration(
  directory: string,
  generation: string,
  { kind, content }: { kind: 'pem' | 'kms'; content: string },
): void {
  replace(join(directory, `${generation}.${kind}`), content, join(directory, `.${generation}.new`));
}

export function writeActive(directory: string, generation: string): void {
  replace(join(directory, 'active'), `${generation}\n`, join(directory, '.active.new'));
}

export function removeGeneration(directory: string, generation: string): void {
  for (const kind of ['pem', 'kms']) rmSync(join(directory, `${generation}.${kind}`), { force: true });
}

/** Nobody ever reads half a file; what a killed process leaves begins with a dot and counts for nothing. */
function replace(path: string, content: string, unfinished: string): void {
  writeFileSync(unfinished, content, { flush: true });
  renameSync(unfinished, path);
}
