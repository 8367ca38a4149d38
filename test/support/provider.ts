/**
 * Terraform's AWS provider as one process for all runs of a suite. Each run starts the provider several times otherwise, and
 * each `init` reads all of its 700 MB for the lock file. A process has one configuration: simultaneous runs with
 * different AWS APIs cannot share one.
 *
 * @see https://developer.hashicorp.com/terraform/plugin/debugging (TF_REATTACH_PROVIDERS)
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { inject } from 'vitest';
import { type LocalCloud, type LocalCloudOptions, startLocalCloud } from '../../local/aws-api/index.ts';
import { AWS_SERVICES } from './aws-services/index.ts';
import { startProviderFront } from './provider-front.ts';
import { ourTypes } from './provider-schema.ts';

export interface ProviderProcess {
  /**
   * For Terraform, on top of what the provider was started with. `init` then neither looks for the provider nor at the lock
   * file: suites that are about either do without this.
   */
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** For a command of such a suite that must start the provider itself: it has an AWS of its own, or is about to be killed. */
export const OWN_PROVIDER = { TF_REATTACH_PROVIDERS: '' };

/** The provider ends with its standard input: when it is told to, and when the process that started it is gone. */
const UNTIL_STDIN_ENDS = '"$0" -debug & exec >&-; read -r _; kill $!; wait $!';

/**
 * Starts the provider that Terraform itself has found for this run, and another process of it for each further region.
 *
 * @param environment where its AWS is: it reads the `AWS_*` variables of its own process, not those of Terraform
 */
export async function startProvider(environment: Readonly<Record<string, string>>): Promise<ProviderProcess> {
  const { address, binary } = inject('awsProvider');
  // Terraform is missing: every test that would run it is skipped.
  if (binary === '') return { environment: {}, close: async () => {} };
  const folder = mkdtempSync(join(tmpdir(), 'storytime-provider-'));
  const first = startProcess(binary, folder, environment);
  const processes = [first];
  const byRegion = new Map<string, Started>();
  const processFor = async (region: string | null): Promise<string> => {
    if (region === null) return (await first.attached).Addr.String;
    const known =
      byRegion.get(region) ?? (byRegion.size === 0 ? first : startProcess(binary, folder, environment));
    byRegion.set(region, known);
    if (!processes.includes(known)) processes.push(known);
    return (await known.attached).Addr.String;
  };
  let closeFront = async (): Promise<void> => {};
  const close = async (): Promise<void> => {
    await closeFront();
    await Promise.all(processes.map((started) => started.close()));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const attached = await first.attached;
    const socket = join(folder, 'front');
    closeFront = await startProviderFront({ socket, processFor, types: ourTypes() });
    const front = { ...attached, Addr: { ...attached.Addr, String: socket } };
    return { environment: { TF_REATTACH_PROVIDERS: JSON.stringify({ [address]: front }) }, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What Terraform wants to know of a process: its socket and more. */
interface Attached {
  readonly Addr: { readonly Network: string; readonly String: string };
}

interface Started {
  readonly attached: Promise<Attached>;
  close(): Promise<void>;
}

function startProcess(
  binary: string,
  folder: string,
  environment: Readonly<Record<string, string>>,
): Started {
  const { PATH, HOME, GOGC, GOMEMLIMIT } = process.env;
  const child = spawn('sh', ['-c', UNTIL_STDIN_ENDS, binary], {
    // A socket in a folder of its own goes with the folder.
    env: { PATH, HOME, GOGC, GOMEMLIMIT, ...environment, TMPDIR: folder },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const ended = once(child, 'close');
  const close = async (): Promise<void> => {
    child.stdin.end();
    await ended;
  };
  return { attached: reattachTo(child), close };
}

/** A local AWS API with every service, whose `environment` makes Terraform use one provider process. It ends with `close`, too. */
export async function startCloudWithProvider(options: LocalCloudOptions): Promise<LocalCloud> {
  const cloud = await startLocalCloud({ services: AWS_SERVICES, ...options });
  try {
    const provider = await startProvider(cloud.environment);
    return {
      endpoint: cloud.endpoint,
      environment: { ...cloud.environment, ...provider.environment },
      close: () => provider.close().then(() => cloud.close()),
    };
  } catch (error) {
    await cloud.close();
    throw error;
  }
}

/** What the provider prints for Terraform. */
async function reattachTo(child: ChildProcess): Promise<Attached> {
  if (child.stdout === null) throw new Error('the provider has no output');
  for await (const line of createInterface(child.stdout)) {
    const [, reattach] = /TF_REATTACH_PROVIDERS='(.*)'/.exec(line) ?? [];
    if (reattach === undefined) continue;
    child.stdout.resume();
    const [attached] = Object.values(JSON.parse(reattach) as Record<string, Attached>);
    if (attached !== undefined) return attached;
  }
  throw new Error('the AWS provider ended before it could be attached to');
}
