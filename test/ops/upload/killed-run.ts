/** A command of the library that is killed at a point of its traffic. */
import { expect } from 'vitest';
import type { EnvironmentConfig } from '../../../envs/config.ts';
import type { TestCloud } from '../../local/aws-api/start.ts';
import { startWire, type Wire, type WireOptions } from '../../support/aws-wire.ts';
import { startCommand, type TestLibrary } from './uploading.ts';

interface KilledCommand {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly config?: Partial<EnvironmentConfig>;
}

/** Runs until the wire's options kill it; the wire, with every request. */
export async function killedRun(
  cloud: TestCloud,
  library: TestLibrary,
  { args, cwd, config }: KilledCommand,
  optionsOf: (kill: () => Promise<unknown>) => Omit<WireOptions, 'target'>,
): Promise<Wire> {
  let kill = (): void => undefined;
  const ended = new Promise((resolve) => {
    kill = () => {
      run.child.kill('SIGKILL');
      resolve(run.ended);
    };
  });
  const options = optionsOf(() => {
    kill();
    return ended;
  });
  const wire = await startWire({ target: cloud.cloud.endpoint, ...options });
  const run = startCommand(cloud, library, args, { cwd, wire, ...(config && { config }) });
  const { code } = await run.ended;
  expect([code, run.child.signalCode]).toEqual([null, 'SIGKILL']);
  await wire.close();
  return wire;
}
