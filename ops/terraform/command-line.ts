/** What the commands share: where stacks go, what a mistake looks like, and how they are interrupted. */
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { ConfigError } from '../../envs/config-error.ts';
import { GuardrailError } from '../../envs/guardrails/report.ts';
import { printable, printableInColour } from '../../envs/printable.ts';
import { awsFailureText } from './aws-failure.ts';
import { HELP_WITH_REQUIRED } from './required-argument.ts';
import { TerraformError } from './run.ts';
import { UsageError } from './targets.ts';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

/** CDKTF's own variable moves the output, for tests and for its command line alike. */
export const outdir = process.env.CDKTF_OUTDIR ?? fileURLToPath(new URL('../../cdktf.out', import.meta.url));

const interruption = new AbortController();

/**
 * Aborted by Ctrl-C, SIGTERM and a terminal that goes away, with the signal's name as its reason: the first counts,
 * since a second interrupt would make Terraform drop its state.
 */
export const interrupted: AbortSignal = interruption.signal;

export function newProgram(name: string): Command {
  return new Command(name)
    .enablePositionalOptions()
    .configureHelp(HELP_WITH_REQUIRED)
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : EXIT_USAGE));
}

/** Runs the program to its end and sets the exit code: 1 for what failed, 2 for what was asked wrongly. */
export async function runProgram(program: Command): Promise<void> {
  // Terraform saves its state and we wait, whatever comes after.
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => interruption.abort(name));
  // The reader of our output may end before Terraform does.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  try {
    await program.parseAsync();
  } catch (error) {
    complain(messageOf(error));
    process.exitCode = error instanceof UsageError ? EXIT_USAGE : EXIT_FAILED;
  }
}

/** Prints lines, without what a terminal would obey. */
export function say(lines: string): void {
  process.stdout.write(`${printable(lines)}\n`);
}

/** The same where errors and warnings go. */
export function complain(lines: string): void {
  process.stderr.write(`${printable(lines)}\n`);
}

/** Prints a line with colours of ours; what is a stranger's in it must have none, as `printableLine` leaves it. */
export function sayInColour(line: string): void {
  process.stdout.write(`${printableInColour(line)}\n`);
}

/** A mistake of a person or of the world is said in words, not as a stack trace; anything else is a defect of ours. */
function messageOf(error: unknown): string {
  const isTheirs = [UsageError, ConfigError, GuardrailError, TerraformError].some(
    (kind) => error instanceof kind,
  );
  if (isTheirs && error instanceof Error) return error.message;
  const known = awsFailureText(error, process.env) ?? outdirFailureText(error, outdir);
  if (known !== null) return known;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** What the system says of a folder that is a file, or that it does not let us use. */
const NOT_USABLE: ReadonlySet<string> = new Set(['EEXIST', 'ENOTDIR', 'EACCES', 'EPERM', 'EROFS', 'ENOSPC']);

/** @returns null for an error of another kind, and for one about a file elsewhere */
function outdirFailureText(error: unknown, folder: string): string | null {
  if (!(error instanceof Error && 'code' in error && 'path' in error)) return null;
  const { code, path } = error as NodeJS.ErrnoException;
  if (!NOT_USABLE.has(code ?? '') || relative(folder, path ?? '/').startsWith('..')) return null;
  return `CDKTF_OUTDIR: expected a folder that can be read and written, got ${code} at ${path}`;
}
