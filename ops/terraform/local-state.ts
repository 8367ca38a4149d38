/** Terraform's state as a text, and as the file beside a stack. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** What `useLocalState` in envs/provider.ts names. */
export const STATE_FILE = 'terraform.tfstate';

const stateSchema = z.object({
  resources: z.array(z.looseObject({ type: z.string(), name: z.string() })),
});

export interface State {
  readonly addresses: readonly string[];
  /** Everything in it as one text: equal texts are copies of one state. Its lineage says less, a move gives it a new one. */
  readonly resources: string;
}

/** Null for a state of nothing: no text, or no resources. */
export function parseState(text: string): State | null {
  if (text.trim() === '') return null;
  const { resources } = stateSchema.parse(JSON.parse(text));
  if (resources.length === 0) return null;
  return {
    addresses: resources.map(({ type, name }) => `${type}.${name}`),
    resources: JSON.stringify(resources),
  };
}

/** The state in the file beside a stack; null when there is none. */
export function localState(folder: string): State | null {
  const path = join(folder, STATE_FILE);
  return existsSync(path) ? parseState(readFileSync(path, 'utf8')) : null;
}

export function removeLocalState(folder: string): void {
  for (const file of [STATE_FILE, `${STATE_FILE}.backup`]) rmSync(join(folder, file), { force: true });
}
