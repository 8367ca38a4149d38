/** What shared provider processes must do as Terraform's own would, with a stack of two regions. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { local } from '../../envs/local.ts';
import type { LocalCloud } from '../../local/aws-api/index.ts';
import { findTerraform } from '../../ops/terraform/binary.ts';
import { hasChanges, readOutputs, terraformIn } from '../terraform/terraform.ts';
import { OWN_PROVIDER, startCloudWithProvider } from './provider.ts';
import { ourTypes } from './provider-schema.ts';

const TOPICS = {
  here: { name: 'here' },
  also: { name: 'also' },
  there: { name: 'there', provider: 'aws.edge' },
};
const OUTPUTS = Object.fromEntries(
  Object.keys(TOPICS).map((name) => [name, { value: `\${aws_sns_topic.${name}.arn}` }]),
);

const BY_TYPE = ['resource_schemas', 'data_source_schemas', 'ephemeral_resource_schemas'] as const;
/** Beside these maps: the provider's own schema, its functions. */
type ProviderSchema = Readonly<Record<(typeof BY_TYPE)[number], Readonly<Record<string, unknown>>>>;
const of = (types: ReadonlySet<string>, schemas: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(schemas).filter(([type]) => types.has(type)));

const missing = findTerraform(process.env) === undefined && !process.env.CI;
if (missing) console.warn('shared providers are not tested: neither terraform nor tofu is on PATH');

describe.skipIf(missing)('a shared provider', () => {
  const folder = mkdtempSync(join(tmpdir(), 'storytime-front-'));
  let cloud: LocalCloud;
  beforeAll(async () => {
    cloud = await startCloudWithProvider({
      accountId: local.allowedAccountIds[0] ?? '',
      region: 'eu-central-1',
      transcode: () => Promise.reject(new Error('no job is run here')),
    });
  });
  afterAll(async () => {
    await cloud?.close();
    rmSync(folder, { recursive: true });
  });

  const stack = (resource: object, output?: object): void =>
    writeFileSync(
      join(folder, 'main.tf.json'),
      JSON.stringify({
        terraform: { required_providers: { aws: { source: 'hashicorp/aws' } } },
        provider: { aws: [{ region: 'eu-central-1' }, { alias: 'edge', region: 'us-east-1' }] },
        resource,
        output,
      }),
    );
  const terraform = (...args: string[]) => terraformIn(folder, cloud.environment, ...args);

  const schemaOf = async (environment: Readonly<Record<string, string>>): Promise<ProviderSchema> => {
    const empty = mkdtempSync(join(folder, 'schema-'));
    const required_providers = { aws: { source: 'hashicorp/aws' } };
    writeFileSync(join(empty, 'main.tf.json'), JSON.stringify({ terraform: { required_providers } }));
    await terraformIn(empty, environment, 'init');
    const printed = await terraformIn(empty, environment, 'providers', 'schema', '-json');
    const { provider_schemas: byAddress }: { provider_schemas: Record<string, ProviderSchema> } =
      JSON.parse(printed);
    const [schema, ...others] = Object.values(byAddress);
    if (schema === undefined || others.length > 0) throw new Error('expected the schema of one provider');
    return schema;
  };

  it('has a configuration for each region of a stack', async () => {
    stack({ aws_sns_topic: TOPICS }, OUTPUTS);
    await terraform('init');
    await terraform('apply', '-auto-approve');

    const outputs = Object.entries(await readOutputs(folder, cloud.environment));
    expect(Object.fromEntries(outputs.map(([name, arn]) => [name, String(arn).split(':')[3]]))).toEqual({
      here: 'eu-central-1',
      also: 'eu-central-1',
      there: 'us-east-1',
    });
    expect(await hasChanges(folder, cloud.environment)).toBe(false);
  }, 120_000);

  it.each([
    ['a resource', { ...TOPICS, here: { name: 'here', display_name: 'Here' } }, OUTPUTS],
    ['an output alone', TOPICS, { ...OUTPUTS, here: { value: 'another' } }],
  ])(
    'plans a change of %s',
    async (_, topics, outputs) => {
      stack({ aws_sns_topic: topics }, outputs);
      expect(await hasChanges(folder, cloud.environment)).toBe(true);
    },
    120_000,
  );

  it('tells a plan that fails from one that changes something', async () => {
    stack({ aws_sns_topic: { ...TOPICS, here: { name: 'no topic' } } }, OUTPUTS);
    await expect(hasChanges(folder, cloud.environment)).rejects.toThrow(
      'terraform plan failed with exit code 1',
    );
  }, 120_000);

  it('has for each type of our stacks the schema that the provider itself gives', async () => {
    const [shared, own] = await Promise.all([
      schemaOf(cloud.environment),
      schemaOf({ ...cloud.environment, ...OWN_PROVIDER }),
    ]);
    const types = ourTypes();
    expect(Object.keys(shared.resource_schemas).length).toBeGreaterThan(30);
    expect(shared).toEqual({
      ...own,
      ...Object.fromEntries(BY_TYPE.map((map) => [map, of(types, own[map])])),
    });
  }, 120_000);

  it('says no to a type that no stack of ours has, and passes on what the provider finds wrong', async () => {
    stack({ aws_vpc: { other: {} } });
    await expect(terraform('validate')).rejects.toThrow('does not support resource type "aws_vpc"');
    stack({ aws_s3_bucket: { wrong: { bucket: 'b'.repeat(64) } } });
    await expect(terraform('plan')).rejects.toThrow('expected length of bucket to be in the range (0 - 63)');
  }, 120_000);
});
