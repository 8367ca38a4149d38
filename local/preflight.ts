/**
 * Looks for the programs that `npm start` and `npm test` run, installs what it can, names a remedy for the rest, and
 * says where Terraform gets its providers: `node --import tsx/esm local/preflight.ts [start|test]`.
 */

import { argv, stderr } from 'node:process';
import { pathToFileURL } from 'node:url';
import { findTerraform } from '../ops/terraform/binary.ts';
import { MirrorError, providerSource } from '../ops/terraform/provider-source.ts';
import { installDebianPackages, installMoto, installTerraform } from './preflight/install.ts';
import { type Purpose, TOOLS, type Tool } from './preflight/tools.ts';

/** A tool is missing and could not be set up; the message is what to tell the person, one line a tool. */
export class PreflightError extends Error {
  override readonly name = 'PreflightError';
}

/**
 * Resolves when every tool for `purpose` is there, after installing what can be installed.
 *
 * @throws {PreflightError} naming each tool that is still missing, with its remedy; the signal's reason when aborted
 */
export async function preflight(
  purpose: Purpose,
  say: (line: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  const missing = await missingTools(purpose);
  // A Ctrl-C at the terminal also ends the programs that are asked for their version: they are not missing.
  signal?.throwIfAborted();
  if (missing.length > 0) await installMissing(missing, say, signal);
  signal?.throwIfAborted();

  const left = missing.length > 0 ? await missingTools(purpose) : [];
  if (left.length > 0) {
    const lines = left.map(({ tool, problem }) => `${tool.name}: ${problem}; ${tool.remedy}`);
    throw new PreflightError(lines.join('\n'));
  }
  say(await providersLine());
}

async function installMissing(
  missing: readonly Missing[],
  say: (line: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  const sources = missing.map(({ tool }) => tool.from);
  const packages = sources.flatMap((from) =>
    typeof from === 'object' && from !== null ? from.debianPackages : [],
  );
  if (packages.length > 0) await installDebianPackages(packages, say);
  if (sources.includes('download')) await installTerraform(say, signal);
  if (sources.includes('virtual-environment')) await installMoto(say);
}

async function providersLine(): Promise<string> {
  try {
    return (await providerSource(process.env, findTerraform(process.env) ?? 'terraform')).line;
  } catch (error) {
    if (!(error instanceof MirrorError)) throw error;
    throw new PreflightError(error.message, { cause: error });
  }
}

interface Missing {
  readonly tool: Tool;
  readonly problem: string;
}

async function missingTools(purpose: Purpose): Promise<readonly Missing[]> {
  const wanted = TOOLS.filter((tool) => tool.purposes.includes(purpose));
  const looked = await Promise.all(wanted.map(async (tool) => ({ tool, problem: await tool.problem() })));
  return looked.flatMap(({ tool, problem }) => (problem === null ? [] : [{ tool, problem }]));
}

if (import.meta.url === pathToFileURL(argv[1] ?? '').href) {
  const purpose = argv[2];
  if (purpose !== 'start' && purpose !== 'test') {
    stderr.write('usage: local/preflight.ts start|test\n');
    process.exit(2);
  }
  try {
    await preflight(purpose, (line) => stderr.write(`${line}\n`));
  } catch (error) {
    if (!(error instanceof PreflightError)) throw error;
    stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}
