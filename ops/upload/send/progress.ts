/** What an upload says of its progress, at most four times a second. */
import { nextRate, rateFrom, secondsLeft } from './rate.ts';
import type { SendEvent } from './send-event.ts';

const LEAST_MS = 250;

export interface Progress {
  /** Bytes that left; negative where a part has to be sent again. */
  add(bytes: number): void;
  /** Bytes that others sent meanwhile. */
  found(bytes: number): void;
}

export function createProgress(options: {
  readonly bytes: number;
  readonly presentBytes: number;
  readonly tell: (event: SendEvent) => void;
  /** Milliseconds. */
  readonly now: () => number;
}): Progress {
  const { bytes, tell, now } = options;
  let { presentBytes } = options;
  let sent = 0;
  let rate = rateFrom(now());
  return {
    add(more) {
      sent += more;
      const atMs = now();
      if (atMs - rate.atMs < LEAST_MS) return;
      rate = nextRate(rate, sent, atMs);
      const sentBytes = Math.min(bytes, presentBytes + sent);
      tell({
        event: 'progress',
        sentBytes,
        bytes,
        bytesPerSecond: Math.round(rate.bytesPerSecond ?? 0),
        secondsLeft: secondsLeft(rate, bytes - sentBytes),
      });
    },
    found(more) {
      presentBytes += more;
    },
  };
}
