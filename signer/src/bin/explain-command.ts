/** `explain`: would CloudFront allow this request, and if not, why? */

import type { ExplainRequest } from '../verify/explain.ts';
import { usableKey } from '../verify/trusted-key.ts';
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

const HELP = `storytime-signer explain '<url>': would CloudFront allow this request, and if not, why?

  <url>                     as the player sent it, in quotes; - reads it from standard input
  --cookie <header>         the Cookie header; - reads it from standard input
  --cookie-file <file>      the same from a file; Set-Cookie lines will do as well
  --public-key <id>=<file>  a key of the trusted key group: its key pair id and its PEM; may be repeated
  --ip <address>            the viewer's address, where a policy names one
  --now <time>              judge as of 2026-11-20T12:00:00Z or epoch seconds, instead of now
  --json                    the finding as JSON, policy and query strings included

A signed URL and a cookie open the video until they expire. Written into a command they stay in the shell's
history and show in the process list: prefer - or a file.

Without --public-key everything but the signature is checked, and the best answer is "undecided".

Exit codes: 0 allowed, 1 denied, 2 misuse, 3 undecided: nothing wrong was found, and the signature (or a
viewer's address that the policy asks for) was not checked. Only 0 means that the request gets through.

Examples
  storytime-signer explain 'https://media.example.com/books/42/index.m3u8' --cookie-file cookies.txt
  pbpaste | storytime-signer explain - --public-key K2JCJMDEHXQW5F=envs/keys/prod/2026-11-a.pem
  storytime-signer explain 'https://media.example.com/books/42/index.m3u8' --cookie - --json < cookies.txt
`;

export const explainCommand: Command = {
  subject: 'URL',
  help: HELP,
  options: {
    cookie: { type: 'string', multiple: true },
    'cookie-file': { type: 'string', multiple: true },
    'public-key': { type: 'string', multiple: true },
    ip: { type: 'string' },
    now: { type: 'string' },
    json: { type: 'boolean' },
  },

  async run(subject, values, terminal) {
    const request = await readRequest(subject, values, terminal);
    const finding = investigate(request);
    terminal.writeOut(values.json === true ? printJson(toJson(finding)) : describeFinding(finding, request));
    return { allowed: EXIT.ok, denied: EXIT.denied, undecided: EXIT.undecided }[finding.outcome];
  },
};

async function readRequest(
  subject: string,
  values: OptionValues,
  terminal: Terminal,
): Promise<ExplainRequest> {
  const headers = listOption(values, 'cookie');
  const files = listOption(values, 'cookie-file');
  if ([subject, ...headers, ...files].filter((place) => place === '-').length > 1) {
    throw new MisuseError('standard input can be read for one thing only; put the other into a file');
  }
  const cookieTexts = [
    ...(await Promise.all(
      headers.map((text) => (text === '-' ? readText('-', 'the cookies', terminal) : text)),
    )),
    ...(await Promise.all(files.map((file) => readText(file, '--cookie-file', terminal)))),
  ];
  const pasted = subject === '-' ? (await readText('-', 'the URL', terminal)).trim() : subject;
  // A browser shows a fragment and sends none.
  const url = pasted.replace(/#.*$/s, '');
  const ip = textOption(values, 'ip');
  const now = textOption(values, 'now');
  return {
    url,
    ...(cookieTexts.length > 0 && { cookies: cookieTexts.map(readCookieText).join('; ') }),
    ...(ip !== undefined && { ip }),
    now: now === undefined ? terminal.now() : parseInstant('--now', now),
    trustedKeys: await readPublicKeys(listOption(values, 'public-key'), terminal),
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
        `--public-key ${id} names a private key's file; its public half is enough: openssl pkey -in <file> -pubout`,
      );
    }
    if (!usableKey(pem)) {
      throw new MisuseError(
        `--public-key ${id}: expected a PEM "PUBLIC KEY", RSA 2048 or ECDSA P-256: CloudFront takes no other`,
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
    ...(policy && { policy }),
  };
}
