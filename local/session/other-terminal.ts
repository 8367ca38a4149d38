/** What another terminal needs to talk to a running `npm start`: a file of the run with the credentials, and how to use it. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EnvironmentConfig } from '../../envs/config.ts';
import { RUNNING_LOCAL, runningLocalText } from '../../envs/running-local.ts';

export interface RunningLocalRun {
  /** The environment as this run has it, with its ports. */
  readonly config: EnvironmentConfig;
  readonly keysDirectory: string;
  /** The run's own directory, which nobody else may read and which is removed at the end. */
  readonly directory: string;
  /** The AWS_* variables of the local AWS API. */
  readonly environment: Readonly<Record<string, string>>;
  /** Where the environment was applied from. */
  readonly outdir: string;
  readonly edgeUrl: string;
  readonly bookId: string;
}

const NEEDED = ['AWS_ENDPOINT_URL', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_REGION'];

/**
 * Writes the variables into a file that this user alone may read; gives back what to say of it. The secret access key
 * opens the local AWS API for as long as the run lasts, so it is printed nowhere, where a terminal's history would keep it.
 */
export async function prepareOtherTerminal(localPorts: RunningLocalRun): Promise<string> {
  const path = join(localPorts.directory, 'other-terminal.sh');
  await writeFile(path, exportsOf(localPorts), { mode: 0o600 });
  return [
    'In another terminal:',
    `  . ${quoted(path)}`,
    `  npm run --silent doctor -- local ${quoted(`${localPorts.edgeUrl}/${localPorts.config.pathPrefix}/${localPorts.bookId}/index.m3u8`)}`,
    '  npm run --silent keys -- status local',
    '  npm run --silent upload -- local <your videos>',
    '  npm run --silent titles -- local',
  ].join('\n');
}

/**
 * Lines for any POSIX shell. A profile or a session that the other shell has for AWS would win over the credentials or
 * spoil them, so both are emptied there.
 */
function exportsOf(localPorts: RunningLocalRun): string {
  const { environment, outdir, edgeUrl } = localPorts;
  const variables = [
    ...NEEDED.map((name) => [name, environment[name] ?? '']),
    ['AWS_PROFILE', ''],
    ['AWS_SESSION_TOKEN', ''],
    ['CDKTF_OUTDIR', outdir],
    ['STORYTIME_EDGE_URL', edgeUrl],
    [RUNNING_LOCAL, runningLocalText(localPorts)],
  ];
  return variables.map(([name, value = '']) => `export ${name}=${quoted(value)}\n`).join('');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
