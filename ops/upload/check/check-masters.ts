/** Several files at once, each with an end of its own. */
import { UploadRefused } from '../refused.ts';
import { type CheckedMaster, type CheckOptions, checkMaster, type FileToCheck } from './check-master.ts';

export type CheckResult =
  | { readonly kind: 'accepted'; readonly master: CheckedMaster }
  | { readonly kind: 'refused'; readonly file: FileToCheck; readonly refusal: UploadRefused };

/**
 * Results as they come, so that a short film is sent while a long one is still read. The caller releases every master that
 * it was given.
 *
 * @param options.filesAtOnce - each is read by ffprobe, ffmpeg and this process in turn
 * @throws what is no refusal of a file, after the others have ended
 */
export async function* checkMasters(
  files: readonly FileToCheck[],
  options: CheckOptions & { readonly filesAtOnce: number },
): AsyncGenerator<CheckResult> {
  const ending = new AbortController();
  const own = { ...options, signal: AbortSignal.any([options.signal, ending.signal]) };
  const waiting = [...files];
  const running = new Set<Promise<CheckResult>>();
  try {
    while (waiting.length > 0 || running.size > 0) {
      while (waiting.length > 0 && running.size < options.filesAtOnce) {
        const check = checked(waiting.shift() as FileToCheck, own);
        // It is looked at below; until then nobody listens.
        check.catch(() => undefined);
        running.add(check);
      }
      const [ended, result] = await Promise.race(
        [...running].map((check) => check.then((result) => [check, result] as const)),
      );
      running.delete(ended);
      yield result;
    }
  } finally {
    ending.abort();
    const left = await Promise.allSettled(running);
    for (const end of left) {
      if (end.status === 'fulfilled' && end.value.kind === 'accepted') await end.value.master.release();
    }
  }
}

async function checked(file: FileToCheck, options: CheckOptions): Promise<CheckResult> {
  try {
    return { kind: 'accepted', master: await checkMaster(file, options) };
  } catch (error) {
    if (error instanceof UploadRefused) return { kind: 'refused', file, refusal: error };
    throw error;
  }
}
