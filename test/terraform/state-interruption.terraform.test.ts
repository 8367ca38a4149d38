/** An apply that is stopped in the middle, in each way that leaves Terraform time to save its state. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dev } from '../../envs/dev.ts';
import { hlsOutputsBucketName, masterUploadsBucketName, stateKey } from '../../envs/names.ts';
import { type LocalCloud, startLocalCloud } from '../../local/aws-api/index.ts';
import { clientConfig } from '../../local/session/client-config.ts';
import { findTerraform } from '../../ops/terraform/binary.ts';
import { AWS_SERVICES } from '../support/aws-services/index.ts';
import { type Stop, startStop } from './held-requests.ts';
import { meanwhile, type RunningCommand, startCommand } from './running-command.ts';
import { sharedPlugins } from './terraform.ts';

const missing = findTerraform(process.env) === undefined && !process.env.CI;
if (missing) console.warn('interruptions are not tested: neither terraform nor tofu is on PATH');

const npm: readonly string[] = ['npm', 'run', 'apply', '--', 'dev', '-no-color'];
/** What a terminal is to the command below it; killing it is a closed lid. */
const TERMINAL = ['python3', '-c', 'import pty, sys; pty.spawn(sys.argv[1:])'];

interface Stopped {
  readonly by: string;
  readonly command: readonly string[];
  /** Made by this run; the request that makes it is the one that is stopped. */
  readonly address: string;
  readonly request: string;
  readonly stop: (run: RunningCommand) => void;
  /** What the person reads at the end; null when nobody is there any more. */
  readonly says: string | null;
}

const outputs = hlsOutputsBucketName(dev);
const masters = masterUploadsBucketName(dev);
const WAYS: readonly Stopped[] = [
  {
    by: 'SIGINT to npm alone, as a CI job is cancelled',
    command: npm,
    address: 'aws_s3_bucket_ownership_controls.outputs',
    request: `/${outputs}?ownershipControls`,
    stop: ({ pid }) => process.kill(pid, 'SIGINT'),
    says: 'terraform apply was interrupted\n',
  },
  {
    by: 'SIGTERM to everything at once, as timeout and systemd do',
    command: npm,
    address: 'aws_s3_bucket_public_access_block.outputs',
    request: `/${outputs}?publicAccessBlock`,
    stop: ({ pid }) => process.kill(-pid, 'SIGTERM'),
    says: 'terraform apply was interrupted\n',
  },
  {
    by: 'Ctrl-C, which also ends the reader of its output',
    command: [...TERMINAL, 'sh', '-c', `${npm.join(' ')} | cat`],
    address: 'aws_s3_bucket_server_side_encryption_configuration.outputs',
    request: `/${outputs}?encryption`,
    stop: (run) => run.type('\u0003'),
    says: 'terraform apply was interrupted',
  },
  {
    by: 'a terminal that goes away',
    command: [...TERMINAL, ...npm],
    address: 'aws_s3_bucket_ownership_controls.masters',
    request: `/${masters}?ownershipControls`,
    stop: ({ pid }) => process.kill(pid, 'SIGKILL'),
    says: null,
  },
];

describe.skipIf(missing)('an apply', () => {
  const outdir = mkdtempSync(join(tmpdir(), 'storytime-stopped-'));
  const { state } = dev;
  if (state.kind !== 's3') throw new Error('dev keeps its state in S3');
  const { bucket } = state;
  let cloud: LocalCloud;
  let gate: Stop;
  let s3: S3Client;
  beforeAll(async () => {
    cloud = await startLocalCloud({
      accountId: dev.allowedAccountIds[0] ?? '',
      region: dev.awsRegion,
      services: AWS_SERVICES,
      transcode: () => Promise.reject(new Error('no job is run here')),
    });
    gate = await startStop(cloud.environment);
    s3 = new S3Client(clientConfig(cloud));
    await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  });
  afterAll(async () => {
    await gate.close();
    await cloud.close();
    rmSync(outdir, { recursive: true });
  });

  const start = ([command = '', ...args]: readonly string[], addresses: readonly string[]) =>
    startCommand(command, args, {
      ...cloud.environment,
      ...sharedPlugins(),
      AWS_ENDPOINT_URL: gate.endpoint,
      CDKTF_OUTDIR: outdir,
      TF_CLI_ARGS_apply: addresses.map((address) => `-target=${address}`).join(' '),
    });
  const stateObjects = async () => {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
    return Contents.map(({ Key }) => Key);
  };
  const addressesInState = async () => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: stateKey(dev) }));
    const { resources } = JSON.parse((await Body?.transformToString()) ?? '') as {
      resources: { type: string; name: string }[];
    };
    return resources.map(({ type, name }) => `${type}.${name}`);
  };

  // One life of one stack: every run goes on where the one before was stopped.
  it.each(WAYS.map((way, index) => ({ ...way, index })))(
    'stopped by $by, saves its state and gives the lock back',
    async ({ command, address, request, stop, says, index }) => {
      const before = WAYS.slice(0, index).map((way) => way.address);
      const held = gate.hold(({ method, url }) => method === 'PUT' && url.startsWith(request));
      const run = start(command, [...before, address]);
      await run.says(/Enter a value:/);
      run.type('yes\n');
      await meanwhile(held.arrived, run);
      // Whatever else this run makes.
      for (const made of before.slice(-1)) await run.says(new RegExp(`${made}: Creation complete`));
      expect(await stateObjects()).toContain(`${stateKey(dev)}.tflock`);

      stop(run);
      await expect.poll(stateObjects, { timeout: 60_000 }).toEqual([stateKey(dev)]);
      const { exitCode, stdout, stderr } = await run.ended;
      held.release();

      // A terminal answers nothing for what ran in it.
      if (command === npm) expect(exitCode).toBe(1);
      if (says !== null) expect(stdout + stderr).toContain(says);
      expect(stdout + stderr).not.toContain('Two interrupts received');
      expect(await addressesInState()).toEqual(expect.arrayContaining(before));
      expect(await addressesInState()).not.toContain(address);
    },
    300_000,
  );

  it('completes when it is run again', async () => {
    const all = WAYS.map(({ address }) => address);
    const run = start([...npm, '-auto-approve'], all);
    const { exitCode, stdout } = await run.ended;

    expect(exitCode).toBe(0);
    expect(stdout).toContain('1 added, 0 changed, 0 destroyed');
    expect(await addressesInState()).toEqual(expect.arrayContaining(all));
    expect(await stateObjects()).toEqual([stateKey(dev)]);
  }, 300_000);
});
