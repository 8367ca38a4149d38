/** `explain`: would CloudFront or Bunny allow this request, and if not, why? */

import type { ExplainBunnyRequest } from '../bunny/verify/explain-bunny.ts';
import { isBunnyUrl, isOnlyBunnys } from '../bunny/verify/read-bunny-url.ts';
import { textOf } from '../keys/environment.ts';
import { unquote } from '../policy/domain.ts';
import type { ExplainRequest } from '../verify/explain-request.ts';
import { hideTokens } from '../verify/hide-tokens.ts';
import { usableKey } from '../verify/trusted-key.ts';
import { bunnyFindingJson, describeBunnyFinding, investigateBunny } from './bunny-finding.ts';
import {
  type Command,
  EXIT,
  listOption,
  MisuseError,
  type OptionValues,
  type Terminal,
  textOption,
} from './command.ts';
import { readCookieText } from './cookie-text.ts';
import { describeFinding } from './describe-finding.ts';
import { parseInstant } from './instant.ts';
import { type Finding, investigate } from './investigate.ts';
import { printJson } from './print-json.ts';
import { readText } from './read-text.ts';

const HELP = `storytime-signer explain '<url>': would CloudFront or Bunny allow this request, and if not, why?

  <url>                     the URL exactly as the player sent it, in quotes; - reads it from standard input
  --cookie <header>         the Cookie header; - reads it from standard input
  --cookie-file <file>      a file with the Cookie header, or with Set-Cookie lines
  --public-key <id>=<file>  a key of the trusted key group: key pair id and PEM file; may be repeated
  --ip <address>            the viewer's IP address; needed if the policy or token names one
  --now <time>              the time to judge at: 2026-11-20T12:00:00Z or epoch seconds; default: now
  --json                    print the finding as JSON, including the policy and query strings

A signed URL or cookie gives access to the video until it expires. One that you type into a command stays in the
shell's history and is visible in the process list: prefer - or a file.

A Bunny URL is recognised by its host (*.b-cdn.net, player.mediadelivery.net) or by its token. Its options:
  --bunny-key-file <file>   the pull zone's token key; - reads standard input; default: BUNNY_TOKEN_KEY
  --bunny-embed-key-file <file>  the library's embed token key; default: BUNNY_EMBED_TOKEN_KEY
  --country <code>          the viewer's country; needed if the token names countries
A key cannot be passed as an argument, because the shell's history and the process list would hold it.

Without a key, everything except the signature is checked, and the best result is "Inconclusive".

Exit codes: 0 allowed, 1 denied, 2 usage error, 3 inconclusive: no fault was found, but the signature (or the
viewer's address that the policy requires) was not checked. Only 0 means that the request is allowed.

Examples
  storytime-signer explain 'https://media.example.com/books/42/index.m3u8' --cookie-file cookies.txt
  pbpaste | storytime-signer explain - --public-key K2JCJMDEHXQW5F=envs/keys/prod/2026-11-a.pem
  storytime-signer explain 'https://media.example.com/books/42/index.m3u8' --cookie - --json < cookies.txt
  pbpaste | storytime-signer explain - --bunny-key-file token.key --ip 203.0.113.7
`;

export const explainCommand: Command = {
  subject: 'URL',
  help: HELP,
  options: {
    cookie: { type: 'string', multiple: true },
    'cookie-file': { type: 'string', multiple: true },
    'public-key': { type: 'string', multiple: true },
    'bunny-key-file': { type: 'string' },
    'bunny-embed-key-file': { type: 'string' },
    country: { type: 'string' },
    ip: { type: 'string' },
    now: { type: 'string' },
    json: { type: 'boolean' },
  },

  async run(subject, values, terminal) {
    refuseTwoReaders(subject, values);
    const url = await readUrl(subject, terminal);
    const cloudFrontOption = CLOUDFRONT_OPTIONS.find((name) => listOption(values, name).length > 0);
    if (cloudFrontOption !== undefined && isOnlyBunnys(url)) {
      throw new MisuseError(
        `--${cloudFrontOption} is for CloudFront URLs, but this is a Bunny URL; for Bunny, use ` +
          `${BUNNY_OPTIONS.map((name) => `--${name}`).join(', ')} and --ip`,
      );
    }
    if (isBunnyUrl(url) && cloudFrontOption === undefined) {
      const request = await readBunnyRequest(url, values, terminal);
      const finding = investigateBunny(request);
      terminal.writeOut(
        values.json === true ? printJson(bunnyFindingJson(finding)) : describeBunnyFinding(finding, request),
      );
      return CODES[finding.outcome];
    }
    const misplaced = BUNNY_OPTIONS.find((name) => values[name] !== undefined);
    if (misplaced !== undefined) {
      throw new MisuseError(
        `--${misplaced} is for Bunny URLs, but this is not one; is it the URL that the player sent?`,
      );
    }
    const request = await readRequest(url, values, terminal);
    const finding = investigate(request);
    terminal.writeOut(values.json === true ? printJson(toJson(finding)) : describeFinding(finding, request));
    return CODES[finding.outcome];
  },
};

const CODES: Readonly<Record<Finding['outcome'], number>> = {
  allowed: EXIT.ok,
  denied: EXIT.denied,
  inconclusive: EXIT.inconclusive,
};
/** What only a request to CloudFront has. */
const CLOUDFRONT_OPTIONS = ['cookie', 'cookie-file', 'public-key'] as const;
const BUNNY_OPTIONS = ['bunny-key-file', 'bunny-embed-key-file', 'country'] as const;

function refuseTwoReaders(subject: string, values: OptionValues): void {
  const places = [
    subject,
    ...listOption(values, 'cookie'),
    ...listOption(values, 'cookie-file'),
    textOption(values, 'bunny-key-file'),
    textOption(values, 'bunny-embed-key-file'),
  ];
  if (places.filter((place) => place === '-').length > 1) {
    throw new MisuseError('standard input (-) can be read only once; put the other value in a file');
  }
}

async function readUrl(subject: string, terminal: Terminal): Promise<string> {
  const pasted = subject === '-' ? (await readText('-', 'the URL', terminal)).trim() : subject;
  // A browser shows a fragment and sends none.
  return pasted.replace(/#.*$/s, '');
}

async function readRequest(url: string, values: OptionValues, terminal: Terminal): Promise<ExplainRequest> {
  const headers = listOption(values, 'cookie');
  const files = listOption(values, 'cookie-file');
  const cookieTexts = [
    ...(await Promise.all(
      headers.map((text) => (text === '-' ? readText('-', 'the cookies', terminal) : text)),
    )),
    ...(await Promise.all(files.map((file) => readText(file, '--cookie-file', terminal)))),
  ];
  return {
    url,
    ...(cookieTexts.length > 0 && { cookies: cookieTexts.map(readCookieText).join('; ') }),
    ...readViewer(values, terminal),
    trustedKeys: await readPublicKeys(listOption(values, 'public-key'), terminal),
  };
}

async function readBunnyRequest(
  url: string,
  values: OptionValues,
  terminal: Terminal,
): Promise<ExplainBunnyRequest> {
  const tokenKey = await readBunnyKey('bunny-key-file', 'BUNNY_TOKEN_KEY', values, terminal);
  const embedTokenKey = await readBunnyKey('bunny-embed-key-file', 'BUNNY_EMBED_TOKEN_KEY', values, terminal);
  const country = textOption(values, 'country');
  return {
    url,
    ...(tokenKey !== undefined && { tokenKey }),
    ...(embedTokenKey !== undefined && { embedTokenKey }),
    ...(country !== undefined && { country }),
    ...readViewer(values, terminal),
  };
}

async function readBunnyKey(
  option: (typeof BUNNY_OPTIONS)[number],
  variable: string,
  values: OptionValues,
  terminal: Terminal,
): Promise<string | undefined> {
  const file = textOption(values, option);
  if (file === undefined) return unquote(textOf(terminal.env, variable)?.trim() ?? '') || undefined;
  const key = (await readText(file, `--${option}`, terminal)).trim();
  if (!/^[\x21-\x7e]{1,256}$/.test(key)) {
    throw new MisuseError(`--${option} must name a file that contains only the key, on one line`);
  }
  return key;
}

function readViewer(values: OptionValues, terminal: Terminal): { readonly ip?: string; readonly now: Date } {
  const ip = textOption(values, 'ip');
  const now = textOption(values, 'now');
  return {
    ...(ip !== undefined && { ip }),
    now: now === undefined ? terminal.now() : parseInstant('--now', now),
  };
}

async function readPublicKeys(
  pairs: readonly string[],
  terminal: Terminal,
): Promise<ReadonlyMap<string, string>> {
  const keys = new Map<string, string>();
  for (const pair of pairs) {
    const [, id, file] = /^([A-Za-z0-9]{1,64})=(.+)$/s.exec(pair) ?? [];
    if (id === undefined || file === undefined) {
      throw new MisuseError('--public-key must be <key pair id>=<file>, such as K2JCJMDEHXQW5F=key.pem');
    }
    const pem = await readText(file, `--public-key ${id}`, terminal);
    if (pem.includes('PRIVATE KEY')) {
      throw new MisuseError(
        `--public-key ${id} names a file with a private key; pass the public key instead: openssl pkey -in <file> -pubout`,
      );
    }
    if (!usableKey(pem)) {
      throw new MisuseError(
        `--public-key ${id}: expected a PEM "PUBLIC KEY" of type RSA 2048 or ECDSA P-256; CloudFront accepts no other type`,
      );
    }
    keys.set(id, pem);
  }
  return keys;
}

function toJson({ denial, signed, ...finding }: Finding) {
  const { outcome, cause, remedy, signature, policy } = finding;
  return {
    outcome,
    allowed: outcome === 'allowed',
    signature,
    cause,
    ...(remedy !== undefined && { remedy }),
    ...(denial && { reason: denial.reason, errorCode: denial.errorCode, message: denial.message }),
    ...signed,
    ...(policy && { policy: { ...policy, resource: hideTokens(policy.resource) } }),
  };
}
