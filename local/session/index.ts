/**
 * One run of the local environment: from nothing to a book that plays behind signed cookies, as a list of steps.
 * `npm start` shows them live; the browser test runs the same list silently.
 */

import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CheckedMaster } from '../../ops/upload/check/check-master.ts';
import { announcement } from './announcement.ts';
import { Closers } from './closers.ts';
import { type HeldPort, holdPort } from './held-port.ts';
import { infrastructureSteps } from './infrastructure-steps.ts';
import { PORT_NAMES, PORT_OPTIONS } from './ports.ts';
import { servingSteps } from './serving-steps.ts';
import { group, type Run, type Step, unlessAborted } from './steps.ts';
import { videoSteps } from './video-steps.ts';

export { keysDirectoryOf, outdirOf, type SessionContext } from './steps.ts';

export interface SessionOptions {
  readonly config: Run['config'];
  /** A video already checked, or null for the test clip. */
  readonly video: CheckedMaster | null;
  /** Aborting ends the step that runs; call `close` as well. */
  readonly signal: AbortSignal;
}

export interface Session {
  readonly bookId: string;
  readonly steps: Step[];
  /** Ends what the steps started, newest first, and nothing else; once, however often it is called. */
  close(): Promise<void>;
}

export function createSession({ config, video, signal: ended }: SessionOptions): Session {
  const closers = new Closers();
  const heldPorts = new Map<number, HeldPort>();
  const stop = new AbortController();
  const signal = AbortSignal.any([ended, stop.signal]);
  const run: Run = { config, bookId: randomUUID(), signal, closers, earlyOutputs: announcement(signal) };
  const isTestClip = video === null;

  const takePorts: Step = {
    title: 'Take the ports',
    task: async (context) => {
      for (const name of PORT_NAMES) {
        const held = await holdPort(config.localPorts[name], PORT_OPTIONS[name]);
        heldPorts.set(config.localPorts[name], held);
        closers.add(() => held.release());
      }
      context.directory = await mkdtemp(join(tmpdir(), 'storytime-'));
      closers.add(() => rm(context.directory, { recursive: true, force: true }));
      if (video !== null) context.video = { ...video, id: { value: run.bookId, given: true } };
    },
  };
  const build = [
    group('Infrastructure', infrastructureSteps(run), { concurrent: false, signal }),
    // Encoding takes as long as Terraform waits for the job template, which no job needs.
    group('Video', videoSteps(run, { isTestClip }), { concurrent: false, signal }),
  ];
  const releasePort = async (port: number): Promise<void> => heldPorts.get(port)?.release();
  const steps = [
    takePorts,
    group('Build the infrastructure and the video', build, { concurrent: true, signal }),
    ...servingSteps(run, { releasePort }),
  ];

  return {
    bookId: run.bookId,
    steps: steps.map((step) => unlessAborted(step, signal)),
    close: () => {
      stop.abort();
      return closers.closeAll();
    },
  };
}
