/** `sign-cookies`: signed cookies for one file or everything under a directory. */

import type { SignCookiesOptions } from '../signer-types.ts';
import { type Command, EXIT, type OptionValues, textOption } from './command.ts';
import { spellDistance, spellInstant } from './instant.ts';
import { printJson } from './print-json.ts';
import { oneOf, openSigner, readConditions, SIGNING_HELP, SIGNING_OPTIONS } from './signing-inputs.ts';

const HELP = `storytime-signer sign-cookies <resource>: cookies for one file, or a directory such as '/books/42/*' (in quotes)

${SIGNING_HELP}
  --cookie-domain <domain>  the cookies' Domain: the host or a parent domain; default: the host only
  --path <path>             the cookies' Path; default: the resource's directory
  --same-site <mode>        Lax (default), Strict or None
  --max-age                 the browser keeps the cookies until they expire; default: until it is closed
  --allow-whole-host        allow '/*', which gives access to the whole host
  --header                  print one "Cookie:" request header instead of "Set-Cookie:" lines
  --json                    print JSON: { "cookies", "setCookie", "expiresIn", "expiresAt", "refreshAfter" }

The lines are printed on standard output, and the expiry time on standard error.
Exit codes: 0 signed, 2 usage error, or the resource or the key was refused.

Examples
  storytime-signer sign-cookies '/books/42/*' --domain media.example.com --cookie-domain example.com --expires-in 1h
  storytime-signer sign-cookies '/books/42/*' --domain media.example.com --header |
    curl -H @- https://media.example.com/books/42/index.m3u8
`;

export const signCookiesCommand: Command = {
  subject: 'resource',
  help: HELP,
  options: {
    ...SIGNING_OPTIONS,
    'cookie-domain': { type: 'string' },
    path: { type: 'string' },
    'same-site': { type: 'string' },
    'max-age': { type: 'boolean' },
    'allow-whole-host': { type: 'boolean' },
    header: { type: 'boolean' },
  },

  async run(subject, values, terminal) {
    const cookieDomain = textOption(values, 'cookie-domain');
    const signer = await openSigner(subject, values, terminal, { cookieDomain });
    const signed = await signer.signCookies(subject, readCookieOptions(values));
    const { cookies, setCookie, expiresAt } = signed;
    if (values.json === true) {
      terminal.writeOut(printJson(signed));
      return EXIT.ok;
    }
    const pairs = Object.entries(cookies).map(([name, value]) => `${name}=${value}`);
    const lines =
      values.header === true
        ? [`Cookie: ${pairs.join('; ')}`]
        : setCookie.map((line) => `Set-Cookie: ${line}`);
    terminal.writeOut(lines.map((line) => `${line}\n`).join(''));
    terminal.writeError(
      `the cookies expire ${spellDistance(expiresAt, terminal.now())}: ${spellInstant(expiresAt)}\n`,
    );
    return EXIT.ok;
  },
};

function readCookieOptions(values: OptionValues): SignCookiesOptions {
  const path = textOption(values, 'path');
  const sameSite = oneOf('--same-site', textOption(values, 'same-site'), ['Lax', 'Strict', 'None'] as const);
  return {
    ...readConditions(values),
    ...(path !== undefined && { path }),
    ...(sameSite !== undefined && { sameSite }),
    maxAge: values['max-age'] === true,
    allowWholeHost: values['allow-whole-host'] === true,
  };
}
