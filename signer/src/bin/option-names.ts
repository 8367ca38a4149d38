/** The library's remedies in the command line's words: an error names an option that the command has. */

const OPTIONS: Readonly<Record<string, string>> = {
  domain: '--domain',
  cookieDomain: '--cookie-domain',
  expiresIn: '--expires-in',
  expiresAt: '--expires-at',
  startsAt: '--starts-at',
  ipAddress: '--ip',
  path: '--path',
  'allowWholeHost: true': '--allow-whole-host',
  "scope: 'directory'": '--scope directory',
};

/** A remedy that needs an option which the command line does not have is omitted. */
export function inCommandLineWords(message: string): string {
  return message
    .replace(' or raise "maxExpiresIn"', '')
    .replace('verbatim(…) signs it unchanged', 'verbatim(…) signs it unchanged, in code')
    .replace('use signCookies', 'use sign-cookies')
    .replace(/"([^"]+)"/g, (quoted, name: string) =>
      Object.hasOwn(OPTIONS, name) ? (OPTIONS[name] ?? quoted) : quoted,
    );
}
