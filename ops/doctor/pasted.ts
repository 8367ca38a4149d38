/**
 * What on-call has of a viewer's request, in whichever form: its raw headers or the Cookie header alone, the `Set-Cookie`
 * lines of the login, a curl command copied from a browser's network panel, a HAR, or an address. Pure; nothing of it is
 * ever quoted.
 */
import { parse } from 'shell-quote';
import { optionError, type UsageError } from '../terraform/targets.ts';
import { parseSetCookie, type StoredCookie } from './cookie-jar.ts';
import { type HarRequest, harRequests } from './har.ts';

export interface Pasted {
  /** Null when the text has none. */
  readonly url: string | null;
  readonly method: string | null;
  /** A Cookie header: what was sent. */
  readonly cookies: string | null;
  /** What a backend set; a browser may keep it back. */
  readonly jar: readonly StoredCookie[];
  readonly origin: string | null;
  /** All requests of a HAR: which of them it is can only be told by the environment's hosts. Null for any other text. */
  readonly har: readonly HarRequest[] | null;
}

const NOTHING: Pasted = { url: null, method: null, cookies: null, jar: [], origin: null, har: null };

/** @throws UsageError for a text that is none of them */
export function parsePasted(text: string): Pasted {
  const trimmed = text.trim();
  if (trimmed === '') {
    throw optionError('--cookies-from', 'got an empty input; omit the option for a request without cookies');
  }
  if (trimmed.startsWith('{')) return parseHar(trimmed);
  if (/^curl(\.exe)?\s/.test(trimmed)) return parseCurl(trimmed);
  // A whole message has a body behind its headers.
  const isMessage = /^(?:HTTP\/[\d.]+ \d{3}|[A-Z]+ \/\S* HTTP\/)/.test(trimmed);
  return parseLines(isMessage ? (trimmed.split(/\r?\n\r?\n/, 1)[0] ?? '') : trimmed);
}

/**
 * Raw headers of a request or an answer, `name=value; …` and addresses, a line each; headers that say nothing here are
 * passed over. HTTP/2 spells the first line as `:method`, `:authority` and `:path`.
 */
function parseLines(text: string): Pasted {
  let found = NOTHING;
  let target: string | null = null;
  let host: string | null = null;
  for (const line of text.split(/\r?\n/).map((one) => one.trim())) {
    const [, header, value = ''] = /^(:?[a-z][a-z0-9-]*)\s*:(?!\/\/)\s*(.*)$/i.exec(line) ?? [];
    const [, method, path] = /^([A-Z]+) (\/\S*) HTTP\/[\d.]+$/.exec(line) ?? [];
    if (line === '' || /^HTTP\/[\d.]+ \d{3}/.test(line)) continue;
    if (method !== undefined && path !== undefined) {
      found = { ...found, method };
      target = path;
    } else if (header !== undefined) {
      const name = header.toLowerCase();
      if (name === 'host' || name === ':authority') host = value;
      else if (name === ':path') target = value;
      else if (name === ':method') found = { ...found, method: value };
      else found = withHeader(found, name, value);
    } else if (/^https?:\/\/\S+$/i.test(line)) found = { ...found, url: line };
    else if (/^[^\s=;,:]+=[^\s]*(?:;|$)/.test(line)) found = withCookies(found, line);
    else throw unreadable();
  }
  const url = found.url ?? (target !== null && host !== null ? `https://${host}${target}` : null);
  const pasted = { ...found, url };
  if (pasted.url === null && pasted.cookies === null && pasted.jar.length === 0) throw unreadable();
  return pasted;
}

function withHeader(found: Pasted, name: string, value: string): Pasted {
  switch (name) {
    case 'cookie':
      return withCookies(found, value);
    case 'set-cookie':
      return withSetCookie(found, value);
    case 'origin':
      return { ...found, origin: value };
    default:
      return found;
  }
}

function parseCurl(text: string): Pasted {
  const words = shellWords(text);
  let found = NOTHING;
  for (let at = 1; at < words.length; at++) {
    const written = words[at] ?? '';
    // Short ones in one word: the last alone may have a value.
    const word = /^-[A-Za-z]{2,}$/.test(written) && written[1] !== 'X' ? `-${written.at(-1)}` : written;
    const next = words[at + 1] ?? '';
    if (['-H', '--header'].includes(word)) {
      const [, name = '', value = ''] = /^([^:]+):\s*(.*)$/.exec(next) ?? [];
      if (name.toLowerCase() === 'cookie') found = withCookies(found, value);
      if (name.toLowerCase() === 'origin') found = { ...found, origin: value };
      at++;
    } else if (['-b', '--cookie'].includes(word)) {
      found = withCookies(found, next);
      at++;
    } else if (['-X', '--request'].includes(word)) {
      found = { ...found, method: next };
      at++;
    } else if (/^-X[A-Z]+$/.test(word)) found = { ...found, method: word.slice(2) };
    else if (['-I', '--head'].includes(word)) found = { ...found, method: 'HEAD' };
    else if (word === '--url') {
      found = { ...found, url: next };
      at++;
    } else if (OTHER_VALUES.has(word)) at++;
    else if (!word.startsWith('-')) found = { ...found, url: word };
  }
  return found;
}

/** What curl takes besides that has a value of its own, which is no address: as browsers copy it and people type it. */
const OTHER_VALUES: ReadonlySet<string> = new Set([
  ...['-A', '--user-agent', '-e', '--referer', '-u', '--user', '-x', '--proxy', '-r', '--range'],
  ...['-d', '--data', '--data-raw', '--data-binary', '--data-urlencode', '-F', '--form'],
  ...['-o', '--output', '-D', '--dump-header', '-w', '--write-out', '-c', '--cookie-jar'],
  ...['-m', '--max-time', '--connect-timeout', '--retry', '--resolve', '--connect-to', '--max-redirs'],
  ...['--cacert', '-E', '--cert', '--key'],
]);

/** Words as a POSIX shell has them; what was copied for Windows' cmd, which quotes by `^`, is read as such. */
function shellWords(text: string): string[] {
  const forCmd = text.includes('^"') ? text.replace(/\^\r?\n/g, ' ').replace(/\^(.)/g, '$1') : text;
  const source = forCmd.replace(/\\\r?\n/g, ' ');
  return parsedWords(source).flatMap((word) => {
    if (typeof word === 'string') return word;
    if ('pattern' in word) return word.pattern;
    return 'op' in word ? word.op : [];
  });
}

function parsedWords(source: string): ReturnType<typeof parse> {
  try {
    return parse(source, (name) => `$${name}`);
  } catch {
    // The parser's own words quote the text.
    throw unreadable();
  }
}

function parseHar(text: string): Pasted {
  const har = harRequests(parseJson(text));
  if (har === null) throw unreadable();
  return { ...NOTHING, har };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own words quote the text.
    throw unreadable();
  }
}

function withCookies(found: Pasted, cookies: string): Pasted {
  return { ...found, cookies: found.cookies === null ? cookies : `${found.cookies}; ${cookies}` };
}

function withSetCookie(found: Pasted, value: string): Pasted {
  const cookie = parseSetCookie(value);
  if (cookie === null) throw unreadable();
  return { ...found, jar: [...found.jar, cookie] };
}

function unreadable(): UsageError {
  return optionError(
    '--cookies-from',
    'expected a Cookie header or raw headers, Set-Cookie lines, a curl command or a HAR, got another text',
  );
}
