import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseEnvironment } from '../../../envs/config.ts';
import { local } from '../../../envs/local.ts';
import { type LocalCloud, startLocalCloud } from '../../../local/aws-api/index.ts';
import { applyPrepared, type Outputs, prepareLocally } from '../../../local/session/infrastructure.ts';
import { type Stop, startStop } from '../../terraform/held-requests.ts';

/** What a video does not need: these may be made after it plays. */
const LATER = [
  'aws_cloudformation_stack.transcode_job_template',
  'aws_dynamodb_table.playback',
  'aws_iam_policy.app',
  'aws_kms_alias.playback_key',
  'aws_kms_key.playback_key',
  'aws_kms_key_policy.playback_key',
].map((address) => `${address}: Creation complete`);
const config = parseEnvironment(local);
const { signal } = new AbortController();
let directory: string;
let cloud: LocalCloud;
let stop: Stop;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'storytime-early-'));
  cloud = await startLocalCloud({
    accountId: config.allowedAccountIds[0] ?? '',
    region: config.awsRegion,
    transcode: () => Promise.reject(new Error('no job is run here')),
  });
  stop = await startStop(cloud.environment);
});
afterAll(async () => {
  await stop.close();
  await cloud.close();
  await rm(directory, { recursive: true, force: true });
});

it('tells the outputs while only the job template and playback are missing, and they are those of the end but the key of playback', async () => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const keys = { active: '2026-11-a', generations: { '2026-11-a': pem }, inKms: {} };
  const stack = await prepareLocally({ config, keys, directory, signal });
  const held = ['Action=CreateStack', 'content keys, and the table of playback'].map((text) =>
    stop.hold(({ body }) => body.includes(text)),
  );
  const steps: string[] = [];
  let tell: (outputs: Outputs) => void = () => {};
  const told = new Promise<Outputs>((resolve) => {
    tell = resolve;
  });
  const applying = applyPrepared({
    stack,
    environment: { ...cloud.environment, AWS_ENDPOINT_URL: stop.endpoint },
    signal,
    onStep: (step) => steps.push(step),
    onEarlyOutputs: (outputs) => tell(outputs),
  });
  // Fails here, and not at its time limit, when the apply ends first.
  const early = await Promise.race([told, applying.then(() => null)]);
  const then = [...steps];
  for (const { release } of held) release();

  expect(early).toMatchObject({ hls_outputs_bucket_name: 'storytime-hls-outputs-local' });
  const { playback_key_arn: key, ...others } = await applying;
  expect(others).toEqual(early);
  expect(key).toMatch(/^arn:aws:kms:/);
  const later = steps.slice(then.length).filter((step) => step.endsWith('Creation complete'));
  expect(later.sort()).toEqual(LATER);
  expect(then).toContain('aws_cloudfront_distribution.delivery: Creation complete');
}, 300_000);
