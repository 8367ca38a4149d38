/** Jobs and the queues' order: one at a time per queue, the others wait. */
import { randomBytes } from 'node:crypto';
import type { Transcode, TranscodeOutcome } from '../../transcoder/contract.ts';
import { withoutContentKeys } from './content-keys.ts';
import { conflict, notFound } from './errors.ts';
import { epochSeconds, stringMap } from './fields.ts';
import type { Queue } from './queues.ts';
import type { JsonObject } from './wire-case.ts';

/** "Internal service error" in MediaConvert's table of error codes. */
const INTERNAL_SERVICE_ERROR = 1999;

export interface SubmittedJob {
  readonly arn: string;
  readonly id: string;
  /** The queue's ARN. */
  readonly queue: string;
  readonly settings: JsonObject;
  /** Answered as submitted: role, userMetadata, jobTemplate, … */
  readonly echoed: JsonObject;
}

export interface Job extends SubmittedJob {
  /** As they can be read, without content keys. */
  readonly settings: JsonObject;
  status: 'SUBMITTED' | 'PROGRESSING' | 'COMPLETE' | 'ERROR' | 'CANCELED';
  phase: 'PROBING' | 'TRANSCODING' | 'UPLOADING' | undefined;
  percent: number | undefined;
  readonly submitTime: Date;
  startTime: Date | undefined;
  finishTime: Date | undefined;
  outcome: TranscodeOutcome | undefined;
  readonly abort: AbortController;
}

export interface JobsOptions {
  readonly transcode: Transcode;
  /** What a worker needs to reach this API. */
  readonly environment: () => Readonly<Record<string, string>>;
  readonly queue: (arn: string) => Queue;
  readonly log: (line: string) => void;
  /** Gets a job whenever it has another status: PROGRESSING, then COMPLETE, ERROR or CANCELED. */
  readonly onStatus: (job: Job) => void;
}

export class Jobs {
  readonly #byId = new Map<string, Job>();
  /** As they were submitted, by the id of a job that is not finished. */
  readonly #submitted = new Map<string, JsonObject>();
  readonly #running = new Map<string, Promise<void>>();
  readonly #options: JobsOptions;
  #closed = false;

  constructor(options: JobsOptions) {
    this.#options = options;
  }

  submit(job: SubmittedJob): Job {
    const submitted: Job = {
      ...job,
      settings: withoutContentKeys(job.settings),
      status: 'SUBMITTED',
      phase: undefined,
      percent: undefined,
      submitTime: new Date(),
      startTime: undefined,
      finishTime: undefined,
      outcome: undefined,
      abort: new AbortController(),
    };
    this.#byId.set(job.id, submitted);
    this.#submitted.set(job.id, job.settings);
    this.startNext(job.queue);
    return submitted;
  }

  get(id: string): Job {
    const job = this.#byId.get(id);
    if (job === undefined) throw notFound(`job ${id} does not exist`);
    return job;
  }

  /** Oldest first. */
  list(): readonly Job[] {
    return [...this.#byId.values()];
  }

  cancel(id: string): void {
    const job = this.get(id);
    if (job.status !== 'SUBMITTED' && job.status !== 'PROGRESSING') {
      throw conflict(`job ${id} is ${job.status} and cannot be canceled`);
    }
    this.#finish(job, 'CANCELED');
    job.abort.abort(new Error('the job was canceled'));
  }

  /** Starts the queue's oldest waiting job unless one runs or the queue is paused. */
  startNext(queueArn: string): void {
    if (this.#closed || this.#running.has(queueArn) || this.#options.queue(queueArn).status === 'PAUSED')
      return;
    const next = this.list().find((job) => job.queue === queueArn && job.status === 'SUBMITTED');
    if (next === undefined) return;
    const run = this.#run(next).finally(() => {
      this.#running.delete(queueArn);
      this.startNext(queueArn);
    });
    this.#running.set(queueArn, run);
  }

  /** Cancels what runs and waits until it has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const job of this.#byId.values()) job.abort.abort(new Error('the local cloud is closing'));
    await Promise.all(this.#running.values());
  }

  #finish(job: Job, status: Job['status'], outcome?: TranscodeOutcome): void {
    job.status = status;
    job.outcome = outcome;
    job.finishTime = new Date();
    this.#submitted.delete(job.id);
    if (status === 'COMPLETE') job.percent = 100;
    if (!this.#closed) this.#options.onStatus(job);
  }

  async #run(job: Job): Promise<void> {
    job.status = 'PROGRESSING';
    job.startTime = new Date();
    job.phase = 'PROBING';
    job.percent = 0;
    this.#options.onStatus(job);
    try {
      const outcome = await this.#options.transcode(
        {
          id: job.id,
          settings: this.#submitted.get(job.id) ?? job.settings,
          userMetadata: stringMap(job.echoed, 'userMetadata'),
        },
        {
          environment: this.#options.environment(),
          signal: job.abort.signal,
          onProgress: ({ phase, percent }) => {
            if (job.status === 'PROGRESSING') Object.assign(job, { phase, percent });
          },
        },
      );
      if (job.status === 'PROGRESSING') this.#finish(job, outcome.status, outcome);
    } catch (error) {
      if (job.status !== 'PROGRESSING') return;
      if (!job.abort.signal.aborted) this.#options.log(`mediaconvert job ${job.id}: ${String(error)}`);
      const errorMessage = 'the local transcoder failed; the log of the local AWS API says why';
      this.#finish(job, 'ERROR', { status: 'ERROR', errorCode: INTERNAL_SERVICE_ERROR, errorMessage });
    }
  }
}

/** A new id in MediaConvert's form: milliseconds, then six characters. */
export function newJobId(): string {
  return `${Date.now()}-${randomBytes(3).toString('hex')}`;
}

/** A job as the REST API spells it. */
export function jobJson(job: Job) {
  const { outcome } = job;
  return {
    ...job.echoed,
    arn: job.arn,
    id: job.id,
    queue: job.queue,
    settings: job.settings,
    status: job.status,
    createdAt: epochSeconds(job.submitTime),
    currentPhase: job.status === 'PROGRESSING' ? job.phase : undefined,
    jobPercentComplete: job.percent,
    timing: {
      submitTime: epochSeconds(job.submitTime),
      startTime: job.startTime && epochSeconds(job.startTime),
      finishTime: job.finishTime && epochSeconds(job.finishTime),
    },
    // What the transcoder has to say of an input beyond its failure is in its log.
    messages: { info: [], warning: [] },
    errorCode: outcome?.status === 'ERROR' ? outcome.errorCode : undefined,
    errorMessage: outcome?.status === 'ERROR' ? outcome.errorMessage : undefined,
    outputGroupDetails: outcome?.status === 'COMPLETE' ? outcome.outputGroupDetails : undefined,
  };
}
