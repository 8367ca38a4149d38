/**
 * What browsers write into a HAR of a request that a page could not read, because the denial has no CORS headers.
 *
 * @see https://github.com/ChromeDevTools/devtools-frontend/blob/main/front_end/models/har/Log.ts
 * @see https://searchfox.org/mozilla-central/source/devtools/client/netmonitor/src/har/har-builder.js
 * @see https://github.com/WebKit/WebKit/blob/main/Source/WebInspectorUI/UserInterface/Controllers/HARBuilder.js
 */

export interface Asked {
  readonly url: string;
  readonly method?: string;
  readonly cookies?: string | null;
  readonly origin?: string | null;
  /** @default '2026-11-20T12:00:00.000Z' */
  readonly startedAt?: string;
}

/** An entry of a request that was answered, as every browser has it. */
export function answered(asked: Asked, status: number): object {
  return {
    ...requested(asked),
    response: { ...NO_ANSWER, status, statusText: '', httpVersion: 'http/2.0' },
  };
}

/** Of a denial that the page could not read, or of a request that it gave up. */
export const UNREADABLE: Readonly<Record<string, (asked: Asked) => object>> = {
  Chromium: (asked) => ({
    ...requested(asked),
    _resourceType: 'fetch',
    response: { ...NO_ANSWER, status: 0, statusText: '', httpVersion: '', _error: 'net::ERR_FAILED' },
  }),
  Playwright: (asked) => ({
    ...requested(asked),
    response: { ...NO_ANSWER, status: -1, statusText: '', _failureText: 'net::ERR_FAILED' },
  }),
  Firefox: (asked) => ({
    ...requested(asked),
    response: { ...NO_ANSWER, status: 0, statusText: '', httpVersion: 'unknown' },
    _securityState: 'secure',
  }),
  Safari: (asked) => ({
    ...requested(asked),
    response: { ...NO_ANSWER, status: 0, statusText: '', httpVersion: '', _error: 'Load failed' },
  }),
};

export function aborted(asked: Asked): object {
  return { ...requested(asked), response: { ...NO_ANSWER, status: 0, _error: 'net::ERR_ABORTED' } };
}

export function harOf(entries: readonly object[]): string {
  return JSON.stringify({ log: { version: '1.2', creator: { name: 'test', version: '1' }, entries } });
}

const NO_ANSWER = {
  headers: [],
  cookies: [],
  content: { size: 0, mimeType: 'x-unknown' },
  redirectURL: '',
  headersSize: -1,
  bodySize: -1,
};

function requested({ url, method = 'GET', cookies = null, origin = null, startedAt }: Asked) {
  return {
    startedDateTime: startedAt ?? '2026-11-20T12:00:00.000Z',
    time: 1,
    request: {
      method,
      url,
      httpVersion: 'http/2.0',
      headers: [
        ...(cookies === null ? [] : [{ name: 'Cookie', value: cookies }]),
        ...(origin === null ? [] : [{ name: 'Origin', value: origin }]),
        { name: 'User-Agent', value: 'test' },
      ],
      queryString: [],
      cookies: [],
      headersSize: -1,
      bodySize: 0,
    },
    cache: {},
    timings: { send: 0, wait: 0, receive: 0 },
  };
}
