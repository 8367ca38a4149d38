/**
 * Which request of a HAR is the denied one? Pure; nothing of a HAR is ever quoted.
 *
 * A denial of CloudFront has no CORS headers, so a page's request that was denied ends as a network error: Chromium,
 * Firefox and Safari write the status 0 for it, and Playwright -1. Among the requests of a page, which go to many hosts,
 * only those to the environment count.
 *
 * @see http://www.softwareishard.com/blog/har-12-spec/
 */
import { optionError, UsageError } from '../terraform/targets.ts';
import { type EnvironmentHosts, hostsText, isOfEnvironment } from './environment-hosts.ts';
import { readViewerUrl, shownUrl, type ViewerUrl } from './viewer-url.ts';

export interface HarRequest {
  /** As it was sent; it may hold a signed query. */
  readonly url: string;
  readonly method: string | null;
  /** The Cookie header; null for none. */
  readonly cookies: string | null;
  readonly origin: string | null;
  /** 0 or less for a request without an answer that the page could read. */
  readonly status: number;
  /** Whether the page itself gave it up, as a player does after a seek. */
  readonly isAborted: boolean;
}

/** Its place in the HAR, in the order in which the requests were sent. */
export interface Taken {
  readonly number: number;
  readonly of: number;
  /** Without its query. */
  readonly address: string;
  readonly status: number;
  /** Whether the HAR has anything signed of it; of a request that failed, some browsers keep no Cookie header. */
  readonly isSigned: boolean;
}

type ToEnvironment = HarRequest & { readonly address: ViewerUrl; readonly number: number };

/** The surest first, each with the one of its kind that counts: the first denial, the newest signature. */
const KINDS: readonly {
  readonly isOfKind: (request: ToEnvironment) => boolean;
  readonly takes: 'first' | 'last';
}[] = [
  { isOfKind: ({ status }) => status === 403, takes: 'first' },
  { isOfKind: ({ status, isAborted }) => status <= 0 && !isAborted, takes: 'first' },
  { isOfKind: isSigned, takes: 'last' },
];

/** In the order in which they were sent; null for a JSON text that is no HAR. */
export function harRequests(har: unknown): readonly HarRequest[] | null {
  const entries = at(har, 'log', 'entries');
  if (!Array.isArray(entries)) return null;
  // The specification allows any order; entries without a time stay where they are.
  return entries
    .map((entry: unknown) => ({ request: requestOf(entry), startedAt: startOf(entry) }))
    .sort((one, other) => one.startedAt - other.startedAt)
    .map(({ request }) => request);
}

/**
 * @param wanted - the address that the person named; requests for it count before all others
 * @throws UsageError when no request went to the environment, or none of them was denied or signed
 */
export function takeFromHar(
  requests: readonly HarRequest[],
  hosts: EnvironmentHosts,
  wanted: ViewerUrl | null = null,
): { readonly request: HarRequest; readonly taken: Taken } {
  const toEnvironment = requests.flatMap((request, index): ToEnvironment[] => {
    const address = readViewerUrl(request.url);
    return address !== null && isOfEnvironment(address, hosts)
      ? [{ ...request, address, number: index + 1 }]
      : [];
  });
  if (toEnvironment.length === 0) {
    throw new UsageError(
      `the HAR has no request to "${hosts.environment}": expected one to ${hostsText(hosts)}, ` +
        `got ${requests.length} to other hosts`,
      { option: 'the HAR' },
    );
  }
  const forWanted = toEnvironment.filter(
    ({ address }) => address.host === wanted?.host && address.path === wanted.path,
  );
  const found = mostTelling(forWanted) ?? mostTelling(toEnvironment);
  if (found === undefined) {
    throw optionError(
      'the HAR',
      `expected a request to "${hosts.environment}" that was denied or has CloudFront cookies, got ` +
        `${toEnvironment.length} without; browsers omit cookies unless they are asked for a HAR "with sensitive data"`,
    );
  }
  const { address, number, ...request } = found;
  const { status } = request;
  const taken = {
    number,
    of: requests.length,
    address: shownUrl(address),
    status,
    isSigned: isSigned(found),
  };
  return { request, taken };
}

function mostTelling(requests: readonly ToEnvironment[]): ToEnvironment | undefined {
  for (const { isOfKind, takes } of KINDS) {
    const found = takes === 'first' ? requests.find(isOfKind) : requests.findLast(isOfKind);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isSigned({ cookies, address }: ToEnvironment): boolean {
  return /(?:^|[;\s])CloudFront-/.test(cookies ?? '') || /(?:^|&)Key-Pair-Id=/.test(address.query);
}

function requestOf(entry: unknown): HarRequest {
  const header = (name: string) =>
    listOf(at(entry, 'request', 'headers'))
      .filter((one) => stringOf(at(one, 'name'))?.toLowerCase() === name)
      .map((one) => stringOf(at(one, 'value')))
      .find((value) => value !== null) ?? null;
  const status = at(entry, 'response', 'status');
  // Chromium's DevTools and Playwright name the network error in a field of their own.
  const failure =
    stringOf(at(entry, 'response', '_error')) ?? stringOf(at(entry, 'response', '_failureText'));
  return {
    url: stringOf(at(entry, 'request', 'url')) ?? '',
    method: stringOf(at(entry, 'request', 'method')),
    cookies: header('cookie'),
    // Of a request that failed, Chromium may keep neither Origin nor Cookie.
    origin: header('origin') ?? originOf(header('referer')),
    status: typeof status === 'number' ? status : 0,
    isAborted: /ERR_ABORTED|NS_BINDING_ABORTED/.test(failure ?? ''),
  };
}

function originOf(url: string | null): string | null {
  return url !== null && /^https?:/i.test(url) && URL.canParse(url) ? new URL(url).origin : null;
}

/** Milliseconds; the same for every entry without a time, so that sorting leaves their order. */
function startOf(entry: unknown): number {
  const milliseconds = Date.parse(stringOf(at(entry, 'startedDateTime')) ?? '');
  return Number.isNaN(milliseconds) ? 0 : milliseconds;
}

function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (found, name) =>
      typeof found === 'object' && found !== null ? (found as Record<string, unknown>)[name] : undefined,
    value,
  );
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function stringOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
