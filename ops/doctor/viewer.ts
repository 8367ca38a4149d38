/** Puts the viewer's request together from the command line and what was pasted. Pure. */
import { isLoopbackHost } from '../../aws/values/loopback.ts';
import { optionError, UsageError } from '../terraform/targets.ts';
import { cookiesFor } from './cookie-jar.ts';
import type { EnvironmentHosts } from './environment-hosts.ts';
import { takeFromHar } from './har.ts';
import type { Viewer } from './observation.ts';
import type { Pasted } from './pasted.ts';
import { parseViewerUrl } from './viewer-url.ts';

export interface ViewerFlags {
  /** The argument; undefined when it is in what was pasted. */
  readonly url: string | undefined;
  /** Cookie headers, or single `name=value`. */
  readonly cookie?: readonly string[];
  readonly ip?: string;
  readonly country?: string;
  readonly origin?: string;
  readonly method?: string;
}

/** What the account tells before the viewer's request can be put together. */
export interface SeenByAccount {
  /** By AWS's clock. */
  readonly now: Date;
  readonly hosts: EnvironmentHosts;
}

/**
 * The viewer, once the time at AWS and the environment's hosts are known: cookies that were set may have expired, and a HAR
 * has requests to other hosts too.
 *
 * @throws UsageError for an address or option that is none, and for a HAR without a request to the environment; what was
 *   pasted is not quoted
 */
export function viewerFrom(flags: ViewerFlags, pasted: Pasted | null): (seen: SeenByAccount) => Viewer {
  const har = pasted?.har ?? null;
  const address = flags.url ?? pasted?.url ?? null;
  if (address === null && har === null) {
    throw new UsageError("no URL: give '<url>' after the environment, or a --cookies-from that has one");
  }
  const named = address === null ? null : parseViewerUrl(address);
  const { ip, country } = flags;
  if (ip !== undefined && !/^(?:\d{1,3}\.){3}\d{1,3}$|^[0-9a-f:]*:[0-9a-f:.]*$/i.test(ip)) {
    throw optionError('--ip', `expected the viewer’s IP address, such as 203.0.113.7`);
  }
  if (country !== undefined && !/^[A-Za-z]{2}$/.test(country)) {
    throw optionError('--country', `expected an ISO 3166 code of two letters, such as DE`);
  }
  requireForms(flags);
  return ({ now, hosts }) => {
    const fromHar = har === null ? null : takeFromHar(har, hosts, named);
    const request = fromHar?.request ?? pasted;
    const url = named ?? parseViewerUrl(fromHar?.request.url ?? '');
    const origin = flags.origin ?? request?.origin ?? null;
    const method = (flags.method ?? request?.method ?? 'GET').toUpperCase();
    requireForms({ method, ...(origin !== null && { origin }) });
    const given = [...(flags.cookie ?? []), ...(request?.cookies ? [request.cookies] : [])];
    const fromJar = cookiesFor(url, pasted?.jar ?? [], now);
    const cookies = [...given, ...(fromJar.cookies === null ? [] : [fromJar.cookies])];
    return {
      method,
      url,
      cookies: cookies.length === 0 ? null : cookies.map(withoutName).join('; '),
      keptBack: fromJar.keptBack,
      // Viewers of `local` are on this machine.
      ip: ip ?? (isLoopbackHost(url.host) ? '127.0.0.1' : null),
      country: country?.toUpperCase() ?? null,
      origin,
      fromHar: fromHar?.taken ?? null,
    };
  };
}

/** Of options before the account is asked, and of what was pasted. A value is never quoted: it may be a cookie in the wrong place. */
function requireForms({ origin, method }: Partial<Pick<ViewerFlags, 'origin' | 'method'>>): void {
  if (origin !== undefined && !/^https?:\/\/[^/\s]+$/.test(origin)) {
    throw optionError(
      '--origin',
      `expected the origin of the page that plays the video, such as https://app.example.com`,
    );
  }
  if (method !== undefined && !/^[A-Z]{1,16}$/i.test(method)) {
    throw optionError('--method', `expected an HTTP method, such as OPTIONS`);
  }
}

/** Copied with the header's name. */
function withoutName(cookies: string): string {
  return cookies.replace(/^cookie:\s*/i, '').trim();
}
