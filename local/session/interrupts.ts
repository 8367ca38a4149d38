/** How often a person has asked a run to end. One Ctrl-C can be two signals; this file counts what was meant. */

import { writeSync } from 'node:fs';

/** 128 + SIGINT, as a shell reports it. */
export const EXIT_INTERRUPTED = 130;

/** Nobody presses Ctrl-C twice in a second and means two things by it. */
const ONE_PRESS_MS = 1000;

/** What asks a run to end: Ctrl-C, `kill` and a CI job that is cancelled, a terminal that goes away. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface Interrupts {
  /** Aborted at the first press. */
  readonly signal: AbortSignal;
  /** Signals have their usual effect again. */
  stop(): void;
}

/**
 * The number of the press that a signal belongs to: 1 for the first, and for all signals within a second of it.
 *
 * npm forwards the SIGINT that the terminal has sent to us already, about 2 ms later; systemd sends SIGHUP right after
 * SIGTERM.
 *
 * @see https://github.com/npm/run-script/blob/main/lib/signal-manager.js
 */
export function pressCounter(): (atMilliseconds: number) => number {
  let presses = 0;
  let pressedAt = Number.NEGATIVE_INFINITY;
  return (atMilliseconds) => {
    if (atMilliseconds - pressedAt >= ONE_PRESS_MS) {
      presses += 1;
      pressedAt = atMilliseconds;
    }
    return presses;
  };
}

/** Aborts at the first press, and ends this process at the second, whatever it is waiting for. */
export function listenForInterrupts(say: (line: string) => void): Interrupts {
  const interrupt = new AbortController();
  const pressOf = pressCounter();
  const onSignal = (): void => {
    const press = pressOf(performance.now());
    if (press > 1) {
      // Past the list of steps, which keeps back what is written while it is drawn.
      writeSync(
        process.stderr.fd,
        'ended at once, without cleaning up: files of this run may be left in the temporary folder\n',
      );
      process.exit(EXIT_INTERRUPTED);
    }
    if (interrupt.signal.aborted) return;
    interrupt.abort();
    say(
      '\nstopping everything that this run started; press Ctrl-C again to end at once, without cleaning up',
    );
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  return {
    signal: interrupt.signal,
    stop: () => {
      for (const name of SIGNALS) process.off(name, onSignal);
    },
  };
}
