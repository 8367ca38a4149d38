/** A bounded history with followers: late comers see what has been, then what comes. */

/** Enough for a few minutes of playback; the page shows fewer. */
const HISTORY_LENGTH = 200;

export class RequestFeed<Entry> {
  readonly #history: Entry[] = [];
  readonly #followers = new Set<(entry: Entry) => void>();
  readonly #historyLength: number;

  constructor(historyLength = HISTORY_LENGTH) {
    this.#historyLength = historyLength;
  }

  publish(entry: Entry): void {
    this.#history.push(entry);
    if (this.#history.length > this.#historyLength) this.#history.shift();
    for (const tell of this.#followers) tell(entry);
  }

  /** Everything in the history, then each new entry, until `signal` aborts; a slow reader misses the oldest. */
  async *follow(signal: AbortSignal): AsyncGenerator<Entry> {
    const queue = [...this.#history];
    let wake = (): void => {};
    const tell = (entry: Entry): void => {
      queue.push(entry);
      // Who does not read misses what the history forgets, too.
      if (queue.length > this.#historyLength) queue.shift();
      wake();
    };
    const stop = (): void => wake();
    this.#followers.add(tell);
    signal.addEventListener('abort', stop);
    try {
      while (!signal.aborted) {
        const entry = queue.shift();
        if (entry !== undefined) {
          yield entry;
          continue;
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    } finally {
      this.#followers.delete(tell);
      signal.removeEventListener('abort', stop);
    }
  }
}
