/** The key commands on a test's environment, as processes, and what the secret holds after them. */
import { spawn } from 'node:child_process';
import { DescribeSecretCommand, GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import type { EnvironmentConfig } from '../../../envs/config.ts';
import { type Assessment, assess } from '../../../ops/keys/assess.ts';
import { isChange, type KeysEvent } from '../../../ops/keys/events.ts';
import { observe } from '../../../ops/keys/observe.ts';
import { timingOf } from '../../../ops/keys/timing.ts';
import { compiled } from '../../support/compiled.ts';
import { type RunningCommand, startCommand } from '../../terraform/running-command.ts';
import type { CommandResult } from '../run-command.ts';
import type { Rotated } from './fixture.ts';

const COMMAND = await compiled('test/ops/keys/run-keys.ts');
const CHANGING: ReadonlySet<string> = new Set([
  'create',
  'promote',
  'retire',
  'rotate',
  'rollback',
  'revoke',
]);

/**
 * With `--json`, which a test reads: words are compared where they are the subject.
 *
 * @param env - on top of the environment's own, such as another endpoint
 */
export function startKeys(
  rotated: Rotated,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): RunningCommand {
  const json = CHANGING.has(args[0] ?? '') && !args.includes('--json') ? ['--json'] : [];
  return startCommand(process.execPath, [COMMAND, ...args, ...json], { ...environmentOf(rotated), ...env });
}

/** `inject local` with a key through a pipe, as from a secret store. */
export async function pipeIntoInject(
  rotated: Rotated,
  pem: string,
  env: Readonly<Record<string, string>>,
): Promise<CommandResult> {
  const child = spawn(process.execPath, [COMMAND, 'inject', 'local', '--json'], {
    env: { ...process.env, ...environmentOf(rotated), ...env },
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => (output.stdout += chunk));
  child.stderr.on('data', (chunk) => (output.stderr += chunk));
  child.stdin.end(pem);
  const exitCode = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { exitCode, ...output };
}

/** What is now and what it means, by the functions that `status` prints. */
export function statusOf(
  { secrets, cloudFront, keysDirectory }: Rotated,
  config: EnvironmentConfig,
): Promise<Assessment> {
  const account = { secrets, cloudFront };
  return observe({ config, keysDirectory, account, now: () => new Date() }).then((observation) =>
    assess(observation, timingOf(config)),
  );
}

/** Every value that is under a stage, by stage; a stage on two versions is named so. */
export async function stagedValues({
  secrets,
  outputs,
}: Rotated): Promise<Record<string, Record<string, string>>> {
  const SecretId = outputs.cloudfront_private_key_secret_arn;
  const { VersionIdsToStages = {} } = await secrets.send(new DescribeSecretCommand({ SecretId }));
  const found: Record<string, Record<string, string>> = {};
  for (const [VersionId, stages] of Object.entries(VersionIdsToStages)) {
    if (stages.length === 0) continue;
    const { SecretString = '' } = await secrets.send(new GetSecretValueCommand({ SecretId, VersionId }));
    for (const stage of stages) {
      found[stage in found ? `${stage}, on two versions` : stage] = JSON.parse(SecretString);
    }
  }
  return found;
}

const FREE_TEXT: ReadonlySet<string> = new Set(['note', 'failed']);

type PrintedEvent = Pick<KeysEvent, 'event'> & Record<string, unknown>;

/** What `--json` printed, without the instant, the environment and, but for free text, the sentence. */
export function eventsIn({ stdout }: Pick<CommandResult, 'stdout'>): PrintedEvent[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const { at: _at, environment: _environment, message, ...event } = JSON.parse(line);
      return FREE_TEXT.has(event.event) ? { ...event, message } : event;
    });
}

/** The events that tell what was changed. */
export function changesIn(result: Pick<CommandResult, 'stdout'>): PrintedEvent[] {
  return eventsIn(result).filter(isChange);
}

function environmentOf({ environment }: Rotated): Record<string, string> {
  return { ...environment, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true', AWS_MAX_ATTEMPTS: '3' };
}
