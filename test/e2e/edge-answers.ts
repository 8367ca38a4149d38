/**
 * What the edge answered a page, as the network saw it. A denial has no CORS headers, so that scripts and Playwright's
 * `response` learn of it as a failure without a status.
 */
import type { Page } from 'playwright-core';

export interface Answer {
  readonly url: URL;
  readonly status: number;
  readonly hasCookie: boolean;
}

/** @returns every answer until now, in order */
export async function edgeAnswers(page: Page, edgeUrl: string): Promise<() => Answer[]> {
  const urls = new Map<string, string>();
  const withCookie = new Set<string>();
  const answers: { readonly requestId: string; readonly statusCode: number }[] = [];
  const network = await page.context().newCDPSession(page);
  network.on('Network.requestWillBeSent', ({ requestId, request }) => urls.set(requestId, request.url));
  network.on('Network.requestWillBeSentExtraInfo', ({ requestId, headers }) => {
    if ('Cookie' in headers) withCookie.add(requestId);
  });
  network.on('Network.responseReceivedExtraInfo', (answer) => answers.push(answer));
  await network.send('Network.enable');
  return () =>
    answers.flatMap(({ requestId, statusCode }) => {
      // The events of one request come from two processes, and in no certain order.
      const url = urls.get(requestId);
      if (!url?.startsWith(`${edgeUrl}/`)) return [];
      return [{ url: new URL(url), status: statusCode, hasCookie: withCookie.has(requestId) }];
    });
}
