/** What the steps of a run share, what they leave behind, and how they are put together. */

import { join } from 'node:path';
import type { ListrTask } from 'listr2';
import type { EnvironmentConfig } from '../../envs/config.ts';
import type { CheckedMaster } from '../../ops/upload/check/check-master.ts';
import type { LocalCloud } from '../aws-api/index.ts';
import type { SigningAccess } from '../demo/server.ts';
import type { Announcement } from './announcement.ts';
import type { Closers } from './closers.ts';
import type { Outputs } from './infrastructure.ts';
import type { LocalSigningKey } from './signing-key.ts';

export type Step = ListrTask<SessionContext>;

/** The same for every step of a run. */
export interface Run {
  readonly config: EnvironmentConfig & { readonly localPorts: NonNullable<EnvironmentConfig['localPorts']> };
  readonly bookId: string;
  /** Aborted when the run is to end. */
  readonly signal: AbortSignal;
  /** What was started, each ended when the run ends. */
  readonly closers: Closers;
  /** Terraform's outputs, as soon as those that an upload and a job need are there. */
  readonly earlyOutputs: Announcement<Outputs>;
}

/** What the steps leave behind, each field set by the step that makes it. */
export interface SessionContext {
  directory: string;
  key: LocalSigningKey;
  cloud: LocalCloud;
  /** The folder of the synthesized and initialized stack. */
  stack: string;
  outputs: Outputs;
  video: CheckedMaster;
  masterKey: string;
  signing: SigningAccess;
  edgeUrl: string;
  demoUrl: string;
}

/** Steps under one title, one after the other or side by side. */
export function group(
  title: string,
  steps: readonly Step[],
  { concurrent, signal }: { readonly concurrent: boolean; readonly signal: AbortSignal },
): Step {
  const guarded = steps.map((step) => unlessAborted(step, signal));
  return { title, task: (_, task) => task.newListr(guarded, { concurrent }) };
}

/** A step that does not begin once the run is to end. */
export function unlessAborted(step: Step, signal: AbortSignal): Step {
  return {
    ...step,
    task: (context, task) => {
      signal.throwIfAborted();
      return step.task?.(context, task);
    },
  };
}

/** Where the environment is synthesized and applied from; the state is below it. */
export function outdirOf({ directory }: Pick<SessionContext, 'directory'>): string {
  return join(directory, 'cdktf.out');
}

/** The run's own, so that two runs of one checkout do not replace each other's keys. */
export function keysDirectoryOf({ directory }: Pick<SessionContext, 'directory'>): string {
  return join(directory, 'keys');
}
