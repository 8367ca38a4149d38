/** How long something is tried again. */
import { setTimeout as sleep } from 'node:timers/promises';
import { SendFailed } from './send-failed.ts';
import { type Trouble, troubleOf } from './trouble.ts';

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 15_000;
/** A line that changes bytes more often than this is not getting better. */
const MOST_DAMAGED = 5;

/** Five minutes: a router that starts anew, a train in a tunnel. */
export const PATIENCE_SECONDS = 300;

export interface Patience {
  /** Pauses together until it is given up. */
  readonly seconds: number;
  readonly signal: AbortSignal;
}

/** Failures of one thing, and the pauses between them. */
export class Retries {
  readonly #patience: Patience;
  #pausedMs = 0;
  #failures = 0;
  #damaged = 0;

  constructor(patience: Patience) {
    this.#patience = patience;
  }

  /**
   * Returns after a pause when the thing is to be tried again, with the reason.
   *
   * @throws SendFailed when it was tried long enough; `error` itself when trying again does not help; the signal's reason
   */
  async after(error: unknown): Promise<Exclude<Trouble, { kind: 'lasting' | 'upload-gone' }>> {
    const { signal, seconds } = this.#patience;
    signal.throwIfAborted();
    const trouble = troubleOf(error);
    if (trouble.kind === 'lasting' || trouble.kind === 'upload-gone') throw error;
    if (trouble.kind === 'damaged') {
      this.#damaged += 1;
      if (this.#damaged >= MOST_DAMAGED) throw damaged(error);
    }
    const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#failures);
    this.#failures += 1;
    if (this.#pausedMs >= seconds * 1000) throw unreachable(trouble.why, error);
    // Not all parts at the same time.
    const pause = Math.min(longest * (0.5 + Math.random() / 2), seconds * 1000 - this.#pausedMs);
    this.#pausedMs += pause;
    await sleep(pause, undefined, { signal });
    return trouble;
  }
}

/** Asks until there is an answer, or no more patience. */
export async function patiently<Answer>(
  ask: (signal: AbortSignal) => Promise<Answer>,
  patience: Patience,
  longestAnswerSeconds: number,
): Promise<Answer> {
  const retries = new Retries(patience);
  for (;;) {
    const deadline = AbortSignal.timeout(longestAnswerSeconds * 1000);
    try {
      return await ask(AbortSignal.any([patience.signal, deadline]));
    } catch (error) {
      await retries.after(deadline.aborted ? deadline.reason : error);
    }
  }
}

function unreachable(why: string, cause: unknown): SendFailed {
  return new SendFailed(
    'S3_UNREACHABLE',
    `S3 cannot be reached: ${why}; check the network, then run the same command again: it continues where it stopped`,
    { cause },
  );
}

function damaged(cause: unknown): SendFailed {
  return new SendFailed(
    'DAMAGED_ON_THE_WAY',
    `S3 received other bytes than were sent, ${MOST_DAMAGED} times: check the network and this machine's memory, then run the same command again`,
    { cause },
  );
}
