/** One request, as a viewer sends it. */

const SECONDS = 20;

/** Status of the answer; null when there was none. The body is not read, and the URL holds a signature: it is never shown. */
export async function requestStatus(url: string, signal: AbortSignal): Promise<number | null> {
  try {
    const answer = await fetch(url, {
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(SECONDS * 1000)]),
    });
    await answer.body?.cancel();
    return answer.status;
  } catch {
    signal.throwIfAborted();
    return null;
  }
}
