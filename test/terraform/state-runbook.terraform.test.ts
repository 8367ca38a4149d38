/** docs/runbooks/state-lock.md, its commands as they are written there, on runs that were really killed or cut off. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dev } from '../../envs/dev.ts';
import { hlsOutputsBucketName, stateKey } from '../../envs/names.ts';
import { type LocalCloud, startLocalCloud } from '../../local/aws-api/index.ts';
import { clientConfig } from '../../local/session/client-config.ts';
import { findTerraform } from '../../ops/terraform/binary.ts';
import type { CommandResult } from '../ops/run-command.ts';
import { AWS_SERVICES } from '../support/aws-services/index.ts';
import { OWN_PROVIDER, type ProviderProcess, startProvider } from '../support/provider.ts';
import { type Stop, startStop } from './held-requests.ts';
import { family, meanwhile, type RunningCommand, startCommand } from './running-command.ts';
import { sharedPlugins } from './terraform.ts';

const missing = findTerraform(process.env) === undefined && !process.env.CI;
if (missing) console.warn('the lock’s runbook is not tested: neither terraform nor tofu is on PATH');

const STATE = stateKey(dev);
const LOCK = `${STATE}.tflock`;
const ROLE = 'aws_iam_role.mediaconvert';
const BUCKET = 'aws_s3_bucket.outputs';
const OWNERSHIP = 'aws_s3_bucket_ownership_controls.outputs';
const PUBLIC_ACCESS = 'aws_s3_bucket_public_access_block.outputs';
const outputs = hlsOutputsBucketName(dev);

const [WHO, IS_ALIVE, WAIT, UNLOCK, PUSH, APPLY, IMPORT, DONE, ...others] = shellBlocks(
  readFileSync('docs/runbooks/state-lock.md', 'utf8'),
) as [string, ...string[]];

describe('the runbook', () => {
  it('has the commands that are run below, and no other', () => {
    expect(others).toEqual([]);
    expect(DONE).toBe('npm run plan -- dev');
  });
});

describe.skipIf(missing)('a state that is locked', () => {
  const outdir = mkdtempSync(join(tmpdir(), 'storytime-runbook-'));
  const folder = join(outdir, 'stacks/dev');
  const { state } = dev;
  if (state.kind !== 's3') throw new Error('dev keeps its state in S3');
  const { bucket } = state;
  let cloud: LocalCloud;
  let gate: Stop;
  let provider: ProviderProcess;
  let s3: S3Client;
  beforeAll(async () => {
    cloud = await startLocalCloud({
      accountId: dev.allowedAccountIds[0] ?? '',
      region: dev.awsRegion,
      services: AWS_SERVICES,
      transcode: () => Promise.reject(new Error('no job is run here')),
    });
    gate = await startStop(cloud.environment);
    provider = await startProvider({ ...cloud.environment, AWS_ENDPOINT_URL: gate.endpoint });
    s3 = new S3Client(clientConfig(cloud));
    await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  });
  afterAll(async () => {
    await provider.close();
    await gate.close();
    await cloud.close();
    rmSync(outdir, { recursive: true });
  });

  /** dev in small: what the runbook's examples are about. */
  const part = [ROLE, OWNERSHIP];
  /** A block of the runbook, in a shell; Terraform's questions are answered with yes. */
  const start = (...step: Parameters<typeof startWith>[1]): RunningCommand =>
    startWith(provider.environment, step);
  const startWith = (
    own: Readonly<Record<string, string>>,
    [block, ...placeholders]: [block: string | undefined, ...placeholders: [string, string][]],
  ): RunningCommand => {
    let script = block ?? '';
    for (const [name, value] of placeholders) script = script.replaceAll(`<${name}>`, value);
    const targets = part.map((address) => `-target=${address}`).join(' ');
    const run = startCommand('bash', ['-ec', `${NPM_RUN}\n${script}`], {
      ...cloud.environment,
      ...sharedPlugins(),
      AWS_ENDPOINT_URL: gate.endpoint,
      CDKTF_OUTDIR: outdir,
      TF_CLI_ARGS: '-no-color',
      TF_CLI_ARGS_plan: targets,
      TF_CLI_ARGS_apply: `-auto-approve ${targets}`,
      // Terraform writes its state in the middle of a long apply, too.
      TF_STATE_PERSIST_INTERVAL: '600',
      ...own,
    });
    run.type('yes\n');
    return run;
  };
  const follow = (...step: Parameters<typeof start>): Promise<CommandResult> => start(...step).ended;
  const stateObjects = async () => {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
    return Contents.map(({ Key }) => Key);
  };
  /** Step 1, and the id that it tells. */
  const lockId = async (): Promise<string> => {
    const { exitCode, stderr } = await follow(WHO);
    expect(exitCode).toBe(1);
    const holder = `${userInfo().username}@${hostname()}`;
    const [, id] =
      new RegExp(`the state is locked by ${holder}: apply since .*, lock (\\S+)\n`).exec(stderr) ?? [];
    expect(stderr).toContain('docs/runbooks/state-lock.md');
    return id ?? '';
  };

  // One life of one stack: each step stands on the one before.
  it('by an apply that was killed is found, unlocked by its id, and what is there taken over', async () => {
    const held = holdRequest('PUT', 'ownershipControls');
    // With all that it has started, its provider too.
    const killed = startWith(OWN_PROVIDER, [APPLY]);
    await meanwhile(held.arrived, killed);
    await killed.says(new RegExp(`${ROLE}: Creation complete`));
    for (const pid of family(killed.pid)) process.kill(pid, 'SIGKILL');
    await killed.ended;
    held.release();
    expect(await stateObjects()).toEqual([LOCK]);

    const id = await lockId();
    expect(await follow(IS_ALIVE)).toMatchObject({ stderr: '' });
    const another = await follow(UNLOCK, ['lock id', '00000000-0000-4000-8000-000000000000']);
    expect(another.exitCode).toBe(1);
    expect(await stateObjects()).toEqual([LOCK]);
    expect(await follow(UNLOCK, ['lock id', id])).toMatchObject({ exitCode: 0 });
    expect(await stateObjects()).toEqual([]);

    const refused = await follow(APPLY);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toMatch(new RegExp(`EntityAlreadyExists[^\n]*\n\n  with ${ROLE},`));
    expect(refused.stderr).toMatch(new RegExp(`BucketAlreadyOwnedByYou[^\n]*\n\n  with ${BUCKET},`));

    expect(await follow(IMPORT)).toMatchObject({ exitCode: 0 });
    expect(await follow(APPLY)).toMatchObject({ exitCode: 0 });
    const alive = holdRequest('GET', 'ownershipControls');
    const done = start(DONE);
    await meanwhile(alive.arrived, done);
    const waiting = start(WAIT);
    await waiting.says(/Acquiring state lock/);
    alive.release();
    expect((await done.ended).stdout).toContain('No changes.');
    expect(await waiting.ended).toMatchObject({ exitCode: 0 });
    expect(await stateObjects()).toEqual([STATE]);
  }, 600_000);

  it('by an apply that lost its credentials gets what that could not write', async () => {
    part.push(PUBLIC_ACCESS);
    // What the last step planned, and kept, knows nothing of that.
    rmSync(join(folder, 'plan.tfplan'));
    const held = holdRequest('PUT', 'publicAccessBlock');
    const cutOff = start(APPLY);
    await meanwhile(held.arrived, cutOff);
    const allow = gate.refuse(({ method, url }) => method !== 'GET' && url.startsWith(`/${bucket}/`));
    held.release();
    const { exitCode, stderr } = await cutOff.ended;
    allow();
    expect(exitCode).toBe(1);
    expect(stderr).toContain('Failed to persist state');
    expect(existsSync(join(folder, 'errored.tfstate'))).toBe(true);

    expect(await follow(UNLOCK, ['lock id', await lockId()])).toMatchObject({ exitCode: 0 });
    expect(await follow(PUSH)).toMatchObject({ exitCode: 0 });
    const done = await follow(DONE);
    expect(done.exitCode).toBe(0);
    expect(done.stdout).toContain('No changes.');
  }, 400_000);

  function holdRequest(wanted: string, query: string) {
    return gate.hold(({ method, url }) => method === wanted && url.startsWith(`/${outputs}?${query}`));
  }
});

/** `npm run <script> -- …` without npm: it would take a second of each step. */
const NPM_RUN =
  'npm() { shift; local script=$1; shift 2; node --import tsx ops/terraform.ts "$script" "$@"; }';

function shellBlocks(markdown: string): string[] {
  return [...markdown.matchAll(/^```sh\n(.*?)\n```$/gms)].map(([, block = '']) => block);
}
