/** What docs/adding-an-environment.md says: one file of values and one line in envs/environments.ts. */
import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EnvironmentConfig } from '../../envs/config.ts';
import { clientConfig } from '../../local/session/client-config.ts';
import { PLUGIN_CACHE } from '../../local/session/infrastructure.ts';
import { transcode } from '../../local/transcoder/index.ts';
import { startCloudWithProvider } from '../support/provider.ts';

const root = resolve(import.meta.dirname, '../..');

describe('a new environment, here trial', () => {
  let copy: string;
  let trial: EnvironmentConfig;

  beforeAll(async () => {
    copy = mkdtempSync(join(tmpdir(), 'storytime-staging-'));
    for (const room of ['aws', 'envs', 'modules', 'ops', 'package.json', 'tsconfig.json', 'cdktf.json']) {
      cpSync(join(root, room), join(copy, room), { recursive: true });
    }
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));

    // The document's own commands, for a name that no clone has yet, with keys in a folder of the test's.
    shell(commandsOf('1. The values').filter((line) => line.startsWith('sed ')));
    shell(commandsOf('3. The key').map((line) => line.replaceAll('/dev/shm', copy)));
    const list = join(copy, 'envs/environments.ts');
    writeFileSync(
      list,
      readFileSync(list, 'utf8')
        .replace(/^const \{ dev \}/m, "const { trial } = await loaded(() => import('./trial.ts'));\n$&")
        .replace(/new Map\(\s*\[/, '$&trial, '),
    );
    ({ trial } = await import(pathToFileURL(join(copy, 'envs/trial.ts')).href));
  });
  afterAll(() => rmSync(copy, { recursive: true }));

  function shell(commands: readonly string[]): void {
    expect(commands).not.toEqual([]);
    execFileSync('sh', ['-ec', commands.join('\n')], { cwd: copy, stdio: 'pipe' });
  }

  /** Not the synchronous kind: the local AWS API answers from this very process. */
  async function run(command: readonly string[], environment: Record<string, string> = {}): Promise<string> {
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', ...command], {
      cwd: copy,
      env: { ...process.env, TF_CLI_ARGS: '-no-color', TF_PLUGIN_CACHE_DIR: PLUGIN_CACHE, ...environment },
    });
    return stdout;
  }

  it('is synthesized with names and a state of its own, and passes every guardrail', async () => {
    await run(['ops/terraform.ts', 'synth', 'trial']);
    const stack = JSON.parse(readFileSync(join(copy, 'cdktf.out/stacks/trial/cdk.tf.json'), 'utf8'));

    const { projectName, bucketSuffix } = trial;
    const end = bucketSuffix === null ? '' : `-${bucketSuffix}`;
    expect(stack.resource.aws_s3_bucket.masters.bucket).toBe(`${projectName}-master-uploads-trial${end}`);
    expect(stack.terraform.backend.s3).toMatchObject({
      bucket: bucketOf(trial),
      key: `${projectName}/trial/terraform.tfstate`,
    });
    expect(await run(['envs/guardrails/check.ts'])).toContain('trial, state-trial, ');
  }, 120_000);

  it('is planned from nothing', async () => {
    const [accountId = ''] = trial.allowedAccountIds;
    const cloud = await startCloudWithProvider({ accountId, region: trial.awsRegion, transcode });
    try {
      const s3 = new S3Client(clientConfig(cloud));
      await s3.send(new CreateBucketCommand({ Bucket: bucketOf(trial) }));
      mkdirSync(PLUGIN_CACHE, { recursive: true });
      const said = await run(['ops/terraform.ts', 'plan', 'trial'], cloud.environment);

      expect(said).toMatch(/Plan: \d{2} to add, 0 to change, 0 to destroy/);
      expect(said).toContain('npm run apply -- trial');
    } finally {
      await cloud.close();
    }
  }, 180_000);
});

/** The lines of a section's first shell block, for `trial` instead of `staging`. */
function commandsOf(section: string): string[] {
  const [, text = ''] = readFileSync(join(root, 'docs/adding-an-environment.md'), 'utf8').split(
    `## ${section}\n`,
  );
  const [, block = ''] = /```sh\n([\s\S]*?)```/.exec(text) ?? [];
  return block.replaceAll('staging', 'trial').trim().split('\n');
}

function bucketOf({ state }: EnvironmentConfig): string {
  if (state.kind !== 's3') throw new Error('the state is not in S3');
  return state.bucket;
}
