/** Workflows and composite actions as YAML, with just the parts that the rules look at. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

export const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Step {
  readonly if?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, unknown>>;
}

export interface Job {
  readonly if?: string;
  readonly needs?: string | readonly string[];
  readonly uses?: string;
  readonly environment?: string;
  readonly 'runs-on'?: string;
  readonly 'timeout-minutes'?: number;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly concurrency?: Concurrency;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly steps?: readonly Step[];
}

interface Concurrency {
  readonly group: string;
  readonly 'cancel-in-progress': boolean | string;
}

export interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly concurrency?: Concurrency;
  readonly jobs: Readonly<Record<string, Job>>;
}

export interface CompositeAction {
  readonly runs: { readonly using: string; readonly steps: readonly Step[] };
}

/** Paths from the root. */
export const workflowFiles = readdirSync(join(root, '.github', 'workflows'))
  .filter((name) => name.endsWith('.yml'))
  .map((name) => join('.github', 'workflows', name));

export const actionFiles = readdirSync(join(root, '.github', 'actions')).map((name) =>
  join('.github', 'actions', name, 'action.yml'),
);

export function readWorkflow(file: string): Workflow {
  return parse(readFileSync(join(root, file), 'utf8'));
}

export function readAction(file: string): CompositeAction {
  return parse(readFileSync(join(root, file), 'utf8'));
}

/** The steps of one workflow, and of the actions of this repository that it uses. */
export function stepsOf({ jobs }: Workflow): Step[] {
  return Object.values(jobs).flatMap((job) => job.steps ?? []);
}
