/** A call to a service that ends in time, whatever the service does. */

export interface DeadlineOptions {
  readonly timeoutSeconds: number;
  /** Ends the call early. */
  readonly signal?: AbortSignal | undefined;
}

/** setTimeout() takes no longer delay. */
const LONGEST_DELAY = 2 ** 31 - 1;

/**
 * @param call gets a signal that fires at the deadline; a call that does not heed it is left behind
 * @returns what `call` gives; rejects with a `TimeoutError`, or with the reason of `signal`
 */
export async function withDeadline<Result>(
  call: (signal: AbortSignal) => Promise<Result>,
  { timeoutSeconds, signal }: DeadlineOptions,
): Promise<Result> {
  signal?.throwIfAborted();
  const controller = new AbortController();
  const timer = setTimeout(
    () => controller.abort(new DOMException(`no answer within ${timeoutSeconds} s`, 'TimeoutError')),
    Math.min(timeoutSeconds * 1000, LONGEST_DELAY),
  );
  try {
    return await untilAborted(untilAborted(call(controller.signal), controller.signal), signal, (reason) =>
      controller.abort(reason),
    );
  } finally {
    clearTimeout(timer);
  }
}

/** Stops waiting when `signal` fires; the awaited work continues unless `onAbort` ends it. */
export function untilAborted<Result>(
  pending: Promise<Result>,
  signal: AbortSignal | undefined,
  onAbort: (reason: unknown) => void = () => {},
): Promise<Result> {
  if (signal === undefined) return pending;
  return new Promise((resolve, reject) => {
    const stop = () => {
      onAbort(signal.reason);
      reject(signal.reason);
    };
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    pending.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
