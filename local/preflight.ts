/**
 * Looks for the programs that `npm start` and `npm test` run, sets up what Debian or pip can bring, and
 * names the one command for the rest: `node --import tsx/esm local/preflight.ts [start|test]`.
 */

import { argv, stderr } from 'node:process';
import { pathToFileURL } from 'node:url';
import { installDebianPackages, installMoto } from './preflight/install.ts';
import { type Purpose, TOOLS, type Tool } from './preflight/tools.ts';

/** A tool is missing and could not be set up; the message is what to tell the person, one line a tool. */
export class PreflightError extends Error {
  override readonly name = 'PreflightError';
}

/**
 * Resolves when every tool for `purpose` is there, after installing what can be installed.
 *
 * @throws {PreflightError} naming each tool that is still missing, with its remedy.
 */
export async function preflight(purpose: Purpose, say: (line: string) => void): Promise<void> {
  const missing = await missingTools(purpose);
  if (missing.length === 0) return;

  const sources = missing.map(({ tool }) => tool.from);
  const packages = sources.flatMap((from) =>
    from !== null && from !== 'virtual-environment' ? from.debianPackage : [],
  );
  if (packages.length > 0) await installDebianPackages(packages, say);
  if (sources.includes('virtual-environment')) await installMoto(say);

  const left = await missingTools(purpose);
  if (left.length === 0) return;
  const lines = left.map(({ tool, problem }) => `${tool.name}: ${problem}; ${tool.remedy}`);
  throw new PreflightError(lines.join('\n'));
}

async function missingTools(purpose: Purpose): Promise<{ tool: Tool; problem: string }[]> {
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
