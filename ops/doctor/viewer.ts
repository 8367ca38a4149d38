/** Puts the viewer's request together from the command line and what was pasted. Pure. */
import { isLoopbackHost } from '../../aws/values/loopback.ts';
import { UsageError } from '../terraform/targets.ts';
import { cookiesFor } from './cookie-jar.ts';
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

/**
 * The viewer, once the time at AWS is known: cookies that were set may have run out.
 *
 * @throws UsageError for an address or option that is none; values are not quoted
 */
export function viewerFrom(flags: ViewerFlags, pasted: Pasted | null): (now: Date) => Viewer {
  const address = flags.url ?? pasted?.url ?? undefined;
  if (address === undefined) {
    throw new UsageError("no URL: wanted '<url>' after the environment, or one in what --cookies-from reads");
  }
  const url = parseViewerUrl(address);
  const { ip, country } = flags;
  if (ip !== undefined && !/^(?:\d{1,3}\.){3}\d{1,3}$|^[0-9a-f:]*:[0-9a-f:.]*$/i.test(ip)) {
    throw new UsageError('--ip: wanted the viewer’s address, 203.0.113.7');
  }
  if (country !== undefined && !/^[A-Za-z]{2}$/.test(country)) {
    throw new UsageError('--country: wanted two letters as ISO 3166 has them, DE');
  }
  const origin = flags.origin ?? pasted?.origin ?? null;
  if (origin !== null && !/^https?:\/\/[^/\s]+$/.test(origin)) {
    throw new UsageError('--origin: wanted the origin of the page that plays, https://app.example.com');
  }
  const method = (flags.method ?? pasted?.method ?? 'GET').toUpperCase();
  if (!/^[A-Z]{1,16}$/.test(method)) throw new UsageError('--method: wanted a method of HTTP, OPTIONS');
  const given = [...(flags.cookie ?? []), ...(pasted?.cookies ? [pasted.cookies] : [])];
  return (now) => {
    const fromJar = cookiesFor(url, pasted?.jar ?? [], now);
    const cookies = [...given, ...(fromJar.cookies === null ? [] : [fromJar.cookies])];
    return {
      method,
      url,
      cookies: cookies.length === 0 ? null : cookies.map(withoutName).join('; '),
      keptBack: fromJar.keptBack,
      // A laptop's viewers are on the laptop.
      ip: ip ?? (isLoopbackHost(url.host) ? '127.0.0.1' : null),
      country: country?.toUpperCase() ?? null,
      origin,
    };
  };
}

/** Copied with the header's name. */
function withoutName(cookies: string): string {
  return cookies.replace(/^cookie:\s*/i, '').trim();
}
