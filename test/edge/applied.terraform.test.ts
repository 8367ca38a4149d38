/** One environment both ways: applied by Terraform to the local AWS API, and straight from the stack it was applied from. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Distribution } from '../../aws/cloudfront/distribution.ts';
import { readFromAwsApi } from '../../edge/from-aws-api.ts';
import { distributionFromStack } from '../../edge/index.ts';
import { parseEnvironment } from '../../envs/config.ts';
import { local } from '../../envs/local.ts';
import type { LocalCloud } from '../../local/aws-api/index.ts';
import { applyLocally, type Outputs } from '../../local/session/infrastructure.ts';
import { newKeys } from '../envs/synthesized.ts';
import { startCloudWithProvider } from '../support/provider.ts';
import { failedEdge, runEdgeProcess } from './run-command.ts';

const keys = newKeys('2026-11-a', '2026-12-a');
const directory = mkdtempSync(join(tmpdir(), 'storytime-edge-applied-'));
let cloud: LocalCloud;
let outputs: Outputs;

beforeAll(async () => {
  const config = parseEnvironment(local);
  cloud = await startCloudWithProvider({
    accountId: config.allowedAccountIds[0] ?? '',
    region: config.awsRegion,
    transcode: () => Promise.reject(new Error('this test runs no job')),
  });
  outputs = await applyLocally({
    config,
    keys,
    directory,
    environment: cloud.environment,
    signal: new AbortController().signal,
    onStep: () => undefined,
  });
}, 300_000);

afterAll(async () => {
  await cloud?.close();
  rmSync(directory, { recursive: true, force: true });
});

describe('the local environment', () => {
  it('is the same distribution applied and synthesized, but for ids', async () => {
    const source = await readFromAwsApi({
      distributionId: outputs.cloudfront_distribution_id,
      environment: cloud.environment,
      onWarning: () => undefined,
      now: () => new Date(),
    });
    try {
      const applied = withoutIds(await source.current());
      const stack = JSON.parse(readFileSync(join(directory, 'stacks/local/cdk.tf.json'), 'utf8'));
      const { distribution } = distributionFromStack(stack);
      expect(withoutIds(distribution)).toEqual(applied);
      expect(applied.behaviours[0]?.trustedKeys).toEqual(Object.values(keys.generations).sort());
    } finally {
      source.close();
    }
  });

  it('is served by npm run edge -- local from the AWS API at AWS_ENDPOINT_URL', async () => {
    const id = outputs.cloudfront_distribution_id;
    const env = { PATH: process.env.PATH ?? '', ...cloud.environment };
    const edge = await runEdgeProcess(['local', '--distribution', id], { env });
    try {
      expect(edge.listening.domain).toBe(outputs.cloudfront_domain_name);
      expect(edge.listening.keyPairIds).toContain(outputs.cloudfront_public_key_id);
      expect((await fetch(`${edge.listening.url}/books/42/index.m3u8`)).status).toBe(403);
      expect(JSON.parse(await edge.nextLine())).toMatchObject({ verdict: 'unsigned' });
    } finally {
      await edge.end();
    }
  }, 60_000);

  it('is refused in one line under an id that is not there', async () => {
    const env = { PATH: process.env.PATH ?? '', ...cloud.environment };
    const { code, stderr } = await failedEdge(['local', '--distribution', 'ENONE', '--port', '0'], { env });
    expect(stderr).toMatch(/^[^\n]*distribution[^\n]*\n$/i);
    expect(code).toBe(2);
  }, 60_000);
});

/** What an apply gives a name to; lists of names are sets to Terraform, and come back in any order. */
function withoutIds({ id: _id, arn: _arn, domainName: _domainName, ...rest }: Distribution) {
  return {
    ...sorted({ ...rest, behaviours: [] }),
    behaviours: rest.behaviours.map((behaviour) => ({
      ...sorted(behaviour),
      trustedKeys: behaviour.trustedKeys && [...behaviour.trustedKeys.values()].sort(),
    })),
  };
}

function sorted<T>(value: T): T {
  if (value instanceof Map || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    return (value.every((item) => typeof item === 'string') ? [...value].sort() : value.map(sorted)) as T;
  }
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, sorted(item)])) as T;
}
