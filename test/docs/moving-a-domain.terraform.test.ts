/** docs/moving-a-domain.md, applied step by step with the values of the page. */
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudFrontClient, GetDistributionCommand } from '@aws-sdk/client-cloudfront';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EnvironmentConfig, parseEnvironment } from '../../envs/config.ts';
import { synthesize } from '../../envs/synth.ts';
import type { LocalCloud } from '../../local/aws-api/index.ts';
import { clientConfig } from '../../local/session/client-config.ts';
import { dev } from '../envs/examples.ts';
import { newKeys } from '../envs/synthesized.ts';
import { startCloudWithProvider } from '../support/provider.ts';
import { signedFetch } from '../support/signed-request.ts';
import { hasChanges, readOutputs, terraformIn } from '../terraform/terraform.ts';

type Domains = Pick<
  EnvironmentConfig,
  'domainName' | 'otherDomainNames' | 'otherDomainZones' | 'acmCertificateArn' | 'hostedZoneId'
>;

interface Change {
  readonly address: string;
  readonly previous_address?: string;
  readonly change: { readonly actions: readonly string[] };
}

const page = await readFile('docs/moving-a-domain.md', 'utf8');
const [before, added, swapped, removed, ...more] = [...page.matchAll(/```ts\n(domainName:[\s\S]*?)```/g)].map(
  ([, fields = '']) => new Function(`return {${fields}}`)() as Domains,
) as [Domains, Domains, Domains, Domains];
const keys = newKeys('2026-11-a');

describe('a move to another domain', () => {
  let directory: string;
  let cloud: LocalCloud;
  let stack: string;
  /** Ids of the zones of this run, by those on the page. */
  let zoneIds: ReadonlyMap<string, string>;
  let distributionId: string;

  const terraform = (...args: string[]) => terraformIn(stack, cloud.environment, ...args);

  async function planOf(domains: Domains): Promise<Record<string, string>> {
    await write(domains);
    await terraform('plan', '-out=step.plan');
    const shown = JSON.parse(await terraform('show', '-json', 'step.plan')) as { resource_changes: Change[] };
    const changes = shown.resource_changes.flatMap(({ address, previous_address: from, change }) => {
      const action = [...(from === undefined ? [] : [`moved from ${from}`]), ...change.actions].join(', ');
      return action === 'no-op' ? [] : [[address, action] as const];
    });
    return Object.fromEntries(changes);
  }

  async function write(domains: Domains): Promise<void> {
    const config = parseEnvironment({
      ...dev,
      deployment: null,
      delivery: 'signed-cookies',
      jobEvents: 'none',
      signingSecretValue: 'keys',
      ...JSON.parse(JSON.stringify(domains), (_, value) => zoneIds.get(value) ?? value),
    });
    const folder = synthesize({ config, keys, outdir: join(directory, 'out') });
    stack ??= folder;
    if (folder !== stack) await copyFile(join(folder, 'cdk.tf.json'), join(stack, 'cdk.tf.json'));
  }

  async function apply(): Promise<void> {
    await terraform('apply', 'step.plan');
    expect(await hasChanges(stack, cloud.environment)).toBe(false);
  }

  async function aliases(): Promise<readonly string[]> {
    const { Distribution } = await new CloudFrontClient(clientConfig(cloud)).send(
      new GetDistributionCommand({ Id: distributionId }),
    );
    return (Distribution?.DistributionConfig?.Aliases?.Items ?? []).toSorted();
  }

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'storytime-domain-'));
    cloud = await startCloudWithProvider({
      accountId: dev.allowedAccountIds[0] ?? '',
      region: dev.awsRegion,
      transcode: () => Promise.reject(new Error('no job is run here')),
    });
    zoneIds = new Map(
      await Promise.all(
        added.otherDomainZones.map(
          async ({ name, id }) => [id, await createHostedZone(cloud, name)] as const,
        ),
      ),
    );
    if (dev.state.kind !== 's3') throw new Error('dev keeps its state in S3');
    await new S3Client(clientConfig(cloud)).send(new CreateBucketCommand({ Bucket: dev.state.bucket }));
    await write(before);
    await terraform('init');
    await terraform('apply', '-auto-approve');
    distributionId = String((await readOutputs(stack, cloud.environment)).cloudfront_distribution_id);
  }, 600_000);

  afterAll(async () => {
    await cloud?.close();
    await rm(directory, { recursive: true, force: true });
  });

  it('has the values of four states on its page', () => {
    expect(more).toEqual([]);
    expect([before, added, swapped, removed].map(({ domainName }) => domainName)).toEqual([
      'media.old.example',
      'media.old.example',
      'media.new.example',
      'media.new.example',
    ]);
  });

  it('adds the new domain in place, and leaves the old one’s addresses in DNS alone', async () => {
    expect(await planOf(added)).toEqual({
      'aws_acm_certificate.delivery_certificate': 'create, delete',
      'aws_acm_certificate_validation.delivery_certificate': 'delete, create',
      'aws_cloudfront_distribution.delivery': 'update',
      'aws_route53_record.delivery_certificate_record_media_new_example': 'create',
      'aws_route53_record.delivery_certificate_record_media_old_example':
        'moved from aws_route53_record.delivery_certificate, delete, create',
      'aws_route53_record.delivery_ipv4_media_new_example': 'create',
      'aws_route53_record.delivery_ipv4_media_old_example':
        'moved from aws_route53_record.delivery_ipv4, no-op',
      'aws_route53_record.delivery_ipv6_media_new_example': 'create',
      'aws_route53_record.delivery_ipv6_media_old_example':
        'moved from aws_route53_record.delivery_ipv6, no-op',
      'aws_ssm_parameter.app_config': 'update',
    });
    await apply();
    expect(await aliases()).toEqual(['media.new.example', 'media.old.example']);
  }, 300_000);

  it('changes their places by what the backend is told, and by nothing else', async () => {
    expect(await planOf(swapped)).toEqual({ 'aws_ssm_parameter.app_config': 'update' });
    await apply();
    expect(await aliases()).toEqual(['media.new.example', 'media.old.example']);
  }, 300_000);

  it('removes the old domain in place, and leaves the new one’s addresses in DNS alone', async () => {
    expect(await planOf(removed)).toEqual({
      'aws_acm_certificate.delivery_certificate': 'create, delete',
      'aws_acm_certificate_validation.delivery_certificate': 'delete, create',
      'aws_cloudfront_distribution.delivery': 'update',
      'aws_route53_record.delivery_certificate':
        'moved from aws_route53_record.delivery_certificate_record_media_new_example, delete, create',
      'aws_route53_record.delivery_certificate_record_media_old_example': 'delete',
      'aws_route53_record.delivery_ipv4':
        'moved from aws_route53_record.delivery_ipv4_media_new_example, no-op',
      'aws_route53_record.delivery_ipv4_media_old_example': 'delete',
      'aws_route53_record.delivery_ipv6':
        'moved from aws_route53_record.delivery_ipv6_media_new_example, no-op',
      'aws_route53_record.delivery_ipv6_media_old_example': 'delete',
      'aws_ssm_parameter.app_config': 'update',
    });
    await apply();
    expect(await aliases()).toEqual(['media.new.example']);
    expect(String((await readOutputs(stack, cloud.environment)).cloudfront_distribution_id)).toBe(
      distributionId,
    );
  }, 300_000);
});

async function createHostedZone(cloud: LocalCloud, name: string): Promise<string> {
  const answer = await signedFetch(cloud.environment, {
    service: 'route53',
    path: '/2013-04-01/hostedzone',
    body: `<CreateHostedZoneRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><Name>${name}</Name><CallerReference>${name}</CallerReference></CreateHostedZoneRequest>`,
  });
  const id = /<Id>\/hostedzone\/(\w+)<\/Id>/.exec(await answer.text())?.[1];
  if (id === undefined) throw new Error(`no hosted zone was made: ${answer.status}`);
  return id;
}
