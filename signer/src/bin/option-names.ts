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

/** What the command line has no option for is left out of the remedy. */
export function inCommandLineWords(message: string): string {
  return message
    .replace(' or raise "maxExpiresIn"', '')
    .replace('verbatim(…) signs it as it stands', 'verbatim(…) signs it as it stands, in code')
    .replace('use signCookies', 'use sign-cookies')
    .replace(/"([^"]+)"/g, (quoted, name: string) =>
      Object.hasOwn(OPTIONS, name) ? (OPTIONS[name] ?? quoted) : quoted,
    );
}
