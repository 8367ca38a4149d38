/** AWS's clock, by the `Date` header of its answers. */
import type { CloudFrontClient } from '@aws-sdk/client-cloudfront';

/** Measures from now on. The answer: this machine's clock minus AWS's, by the latest response; null before any. */
export function measureClock(client: CloudFrontClient): () => number | null {
  let ahead: number | null = null;
  client.middlewareStack.add(
    (next) => async (args) => {
      const sentAt = Date.now();
      const result = await next(args);
      const date = dateOf(result.response);
      // The header has whole seconds: halfway between request and response, and half a second into that second.
      if (date !== null) ahead = Math.round(((sentAt + Date.now()) / 2 - date.getTime() - 500) / 1000);
      return result;
    },
    { step: 'deserialize', name: 'storytimeMeasuresTheClock' },
  );
  return () => ahead;
}

function dateOf(response: unknown): Date | null {
  if (typeof response !== 'object' || response === null || !('headers' in response)) return null;
  const headers = response.headers as Readonly<Record<string, string>>;
  const at = Date.parse(headers.date ?? '');
  return Number.isNaN(at) ? null : new Date(at);
}
