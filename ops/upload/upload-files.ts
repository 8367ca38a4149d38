/** Many files on their way to titles: each is checked, sent and transcoded by itself, and none stops another. */
import pLimit from 'p-limit';
import type { Title } from '../library/title.ts';
import type { UploadEvent } from './events.ts';
import { addressFields, type SignedAddress } from './signed-address.ts';

/** A failure that is said in one line, with its remedy. */
export interface Failure {
  readonly outcome: 'refused' | 'failed';
  /** Null before there is one. */
  readonly id: string | null;
  readonly code: string;
  readonly text: string;
}

export interface UploadSteps<Candidate extends { readonly file: string }, Master> {
  /** Looks at one file and reads it once. */
  readonly check: (candidate: Candidate) => Promise<Master>;
  /** Ends what was made for sending a file. */
  readonly release: (master: Master) => Promise<void>;
  /** What is told of a file that passed. */
  readonly accepted: (master: Master) => Extract<UploadEvent, { event: 'accepted' }>;
  /**
   * Up to the title in the catalogue. It calls `sending` around what takes the network.
   */
  readonly publish: (
    master: Master,
    sending: <T>(send: () => Promise<T>) => Promise<T>,
  ) => Promise<{ readonly title: Title; readonly isNew: boolean }>;
  /** A signed URL of the playlist; null where the caller may not sign. */
  readonly sign: (playlistPath: string) => Promise<SignedAddress | null>;
  /** Null for a defect of ours, which ends everything. */
  readonly failureOf: (error: unknown) => Failure | null;
  readonly tell: (event: UploadEvent) => void;
}

export interface UploadLimits {
  /** ffprobe and one pass over each file. */
  readonly checksAtOnce: number;
  /** Files on their way, each with parts in flight. */
  readonly filesAtOnce: number;
  /** Files whose jobs are followed, beside those that are sent. */
  readonly jobsAtOnce: number;
}

export interface Outcome {
  readonly file: string;
  readonly outcome: 'accepted' | 'live' | 'live-already' | 'refused' | 'failed';
  /** Why it is neither live nor accepted. */
  readonly text?: string;
}

/**
 * Outcomes in the order of the candidates.
 *
 * @param options.dryRun - ends after the checks
 * @throws the first defect, after every other file has ended; the signal's reason
 */
export async function uploadFiles<Candidate extends { readonly file: string }, Master>(
  candidates: readonly Candidate[],
  steps: UploadSteps<Candidate, Master>,
  options: { readonly limits: UploadLimits; readonly dryRun: boolean; readonly signal: AbortSignal },
): Promise<Outcome[]> {
  const { limits, dryRun, signal } = options;
  const checking = pLimit(limits.checksAtOnce);
  const sending = pLimit(limits.filesAtOnce);
  // A file is looked at when there soon is a place for it: of a thousand, few have copies and claims at a time.
  const underWay = pLimit(limits.filesAtOnce + limits.jobsAtOnce);
  const toItsEnd = async ({ file }: Candidate, master: Master): Promise<Outcome> => {
    steps.tell(steps.accepted(master));
    if (dryRun) return { file, outcome: 'accepted' };
    const { title, isNew } = await steps.publish(master, (send) => sending(send));
    const { id, playlistPath } = title;
    const address = await steps.sign(playlistPath);
    steps.tell({ file, event: 'live', id, playlistPath, isNew, ...addressFields(address) });
    return { file, outcome: isNew ? 'live' : 'live-already' };
  };
  const one = async (candidate: Candidate): Promise<Outcome> => {
    const { file } = candidate;
    try {
      const master = await checking(() => {
        signal.throwIfAborted();
        return steps.check(candidate);
      });
      try {
        signal.throwIfAborted();
        return await toItsEnd(candidate, master);
      } finally {
        await steps.release(master);
      }
    } catch (error) {
      signal.throwIfAborted();
      const failure = steps.failureOf(error);
      if (failure === null) throw error;
      const { outcome, id, code, text } = failure;
      steps.tell(
        outcome === 'refused'
          ? { file, event: 'refused', code, text }
          : { file, event: 'failed', id, code, text },
      );
      return { file, outcome, text };
    }
  };
  const settled = await Promise.allSettled(candidates.map((candidate) => underWay(() => one(candidate))));
  signal.throwIfAborted();
  return settled.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}

/** The lines that a person reads at the end, with everything that is to be done again. */
export function summaryOf(outcomes: readonly Outcome[]): string[] {
  const counted = (['live', 'live-already', 'accepted', 'refused', 'failed'] as const)
    .map((outcome) => ({ outcome, count: outcomes.filter((one) => one.outcome === outcome).length }))
    .filter(({ count }) => count > 0)
    .map(({ outcome, count }) => `${count} ${COUNTED[outcome]}`);
  const again = outcomes.filter(({ outcome }) => outcome === 'refused' || outcome === 'failed');
  return [counted.join(', '), ...again.map(({ file, outcome, text }) => `  ${file}: ${outcome}: ${text}`)];
}

const COUNTED = {
  live: 'live now',
  'live-already': 'live already',
  accepted: 'accepted (nothing was sent)',
  refused: 'refused',
  failed: 'failed',
} as const;

/** Whether every file is what was wanted. */
export function isComplete(outcomes: readonly Outcome[]): boolean {
  return outcomes.every(({ outcome }) => outcome !== 'refused' && outcome !== 'failed');
}
