/** Keeps private keys off the command line, where the shell's history and the process list would hold them. */

import { MisuseError } from './command.ts';

/** A PEM, or the base64 of one (`-----BEGIN`), anywhere in an argument. */
const PEM = /-----BEGIN|PRIVATE KEY-----|LS0tLS1CRUdJTi/;
/** A key's bare base64 (PKCS #8 and PKCS #1 RSA, PKCS #8 and SEC 1 P-256), as the whole argument or an option's value. */
const BARE_KEY = /^(?:--?[a-z-]+=)?\s*(?:MII[A-Za-z0-9+/]|MIGHAgEA|MHcCAQEE)[A-Za-z0-9+/=\s]{60,}$/;
/** The secret of Secrets Manager. */
const SECRET_JSON = /["']?privateKey["']?\s*:/;

/** @throws MisuseError without a character of the argument */
export function refuseSecrets(argv: readonly string[]): void {
  const found = argv.findIndex((text) => PEM.test(text) || BARE_KEY.test(text) || SECRET_JSON.test(text));
  if (found === -1) return;
  throw new MisuseError(
    `argument ${found + 1} looks like a private key; it is now in the shell's history and the process list, so ` +
      'consider it leaked. Pass keys as --key-file <file>, --key-file - (standard input), or in CLOUDFRONT_PRIVATE_KEY',
  );
}
