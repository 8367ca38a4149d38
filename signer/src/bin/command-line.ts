/** Finds the command, runs it, and turns whatever goes wrong into one line and an exit code. */

import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { SignerError, SignerTypeError } from '../errors.ts';
import { hideTokens } from '../verify/hide-tokens.ts';
import { refuseSecrets } from './argv-secrets.ts';
import { type Command, EXIT, MisuseError, type Terminal } from './command.ts';
import { inCommandLineWords } from './command-words.ts';
import { explainCommand } from './explain-command.ts';
import { showInvisible } from './show-invisible.ts';
import { signCookiesCommand } from './sign-cookies-command.ts';
import { signUrlCommand } from './sign-url-command.ts';

const COMMANDS: Readonly<Record<string, Command>> = {
  explain: explainCommand,
  'sign-url': signUrlCommand,
  'sign-cookies': signCookiesCommand,
};

const HELP = `storytime-signer: signed URLs and cookies for CloudFront, and the reason for a 403

  storytime-signer explain '<url>'          would CloudFront or Bunny allow this request, and if not, why?
  storytime-signer sign-url <path-or-url>   a signed URL for one file
  storytime-signer sign-cookies <resource>  signed cookies for one file or a directory ('/books/42/*')

For the options of a command: storytime-signer <command> --help. Exit codes: 0 allowed or signed, 1 denied,
2 usage error, 3 inconclusive (explain had no key, or not the viewer's address that a policy or token requires).
`;

/** @returns the exit code */
export async function runCommandLine(argv: readonly string[], terminal: Terminal): Promise<number> {
  try {
    return await run(argv, terminal);
  } catch (error) {
    terminal.writeError(`storytime-signer: ${showInvisible(hideTokens(describe(error)))}\n`);
    return EXIT.misuse;
  }
}

async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  // Before anything could quote an argument.
  refuseSecrets(argv);
  const [name = '', ...rest] = argv;
  if (name === '--help' || name === '-h' || name === 'help') {
    terminal.writeOut(HELP);
    return EXIT.ok;
  }
  if (name === '--version') {
    terminal.writeOut(`${readVersion()}\n`);
    return EXIT.ok;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) {
    throw new MisuseError(
      `expected a command: ${Object.keys(COMMANDS).join(', ')}; see storytime-signer --help`,
    );
  }
  const { values, positionals } = parse(rest, { name, command });
  if (values.help === true) {
    terminal.writeOut(command.help);
    return EXIT.ok;
  }
  const [subject, ...more] = positionals;
  if (subject === undefined || more.length > 0) {
    throw new MisuseError(
      `${name} takes one ${command.subject}, got ${positionals.length}; does it need quotes?`,
    );
  }
  return command.run(subject, values, terminal);
}

function parse(args: readonly string[], { name, command }: { name: string; command: Command }) {
  try {
    return parseArgs({
      args: [...args],
      options: { ...command.options, help: { type: 'boolean', short: 'h' } },
      allowPositionals: true,
    });
  } catch (error) {
    // Node's own words quote what was typed: only a name that could be an option's is repeated.
    const option = /^(?:Unknown option|Option) '(?:-\w, )?(--?[a-z][a-z-]{0,30})[ =']/.exec(
      error instanceof Error ? error.message : '',
    )?.[1];
    const isKnown = Object.hasOwn(command.options, option?.replace(/^-+/, '') ?? '');
    throw new MisuseError(
      `${isKnown ? `${name} ${option} has a missing or unexpected value` : `${name} has no option${option === undefined ? ' like that' : ` ${option}`}`}; storytime-signer ${name} --help lists the options`,
    );
  }
}

function readVersion(): string {
  const packageJson: unknown = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  );
  return String((packageJson as { version?: unknown }).version);
}

function describe(error: unknown): string {
  if (error instanceof MisuseError) return error.message;
  if (error instanceof SignerError || error instanceof SignerTypeError) {
    return inCommandLineWords(error);
  }
  return `unexpected ${error instanceof Error ? error.name : 'failure'}; this is a bug in storytime-signer`;
}
