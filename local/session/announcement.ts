/** A value that one step tells and others wait for. */

export interface Announcement<Value> {
  /** Rejects with the signal's reason when the run ends before. */
  readonly told: Promise<Value>;
  readonly tell: (value: Value) => void;
}

export function announcement<Value>(signal: AbortSignal): Announcement<Value> {
  let tell: (value: Value) => void = () => {};
  const told = new Promise<Value>((resolve, reject) => {
    tell = resolve;
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  // Nobody may be waiting when it is aborted.
  told.catch(() => {});
  return { told, tell };
}
