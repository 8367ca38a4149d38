/** `sign-url`: a signed URL for one file. */

import { type Command, EXIT, textOption } from './command.ts';
import { spellDistance, spellInstant } from './instant.ts';
import { printJson } from './print-json.ts';
import { oneOf, openSigner, readConditions, SIGNING_HELP, SIGNING_OPTIONS } from './signing-inputs.ts';

const HELP = `storytime-signer sign-url <path-or-url>: a signed URL for one file

${SIGNING_HELP}
  --scope file|directory    directory: the query string gives access to every file in the file's directory;
                            default: file
  --allow-whole-host        allow --scope directory for a file at the top, which gives access to the whole host
  --json                    print JSON: { "url", "expiresIn", "expiresAt" }

Only the URL is printed on standard output, and the expiry time on standard error.
Exit codes: 0 signed, 2 usage error, or the resource or the key was refused.

Examples
  storytime-signer sign-url /videos/lecture.mp4 --domain media.example.com --key-file key.pem --key-pair-id K2JCJMDEHXQW5F
  aws secretsmanager get-secret-value --secret-id storytime/prod/cloudfront_private_key --query SecretString \\
    --output text | storytime-signer sign-url https://media.example.com/videos/lecture.mp4 --key-file - --expires-in 30m
`;

export const signUrlCommand: Command = {
  subject: 'path or URL',
  help: HELP,
  options: { ...SIGNING_OPTIONS, scope: { type: 'string' }, 'allow-whole-host': { type: 'boolean' } },

  async run(subject, values, terminal) {
    const signer = await openSigner(subject, values, terminal);
    const { url, expiresIn, expiresAt } = await signer.signUrl(subject, {
      ...readConditions(values),
      scope: oneOf('--scope', textOption(values, 'scope'), ['file', 'directory'] as const) ?? 'file',
      allowWholeHost: values['allow-whole-host'] === true,
    });
    if (values.json === true) {
      terminal.writeOut(printJson({ url, expiresIn, expiresAt }));
      return EXIT.ok;
    }
    terminal.writeOut(`${url}\n`);
    terminal.writeError(
      `the URL expires ${spellDistance(expiresAt, terminal.now())}: ${spellInstant(expiresAt)}\n`,
    );
    return EXIT.ok;
  },
};
