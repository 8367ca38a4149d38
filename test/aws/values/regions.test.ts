import { expect, it } from 'vitest';
import { isRegion, ORIGIN_SHIELD_REGIONS, REGION, REGIONS } from '../../../aws/values/regions.ts';

const SDK_PARTITIONS = new URL(
  '../../../node_modules/@aws-sdk/core/dist-es/submodules/client/util-endpoints/lib/aws/partitions.js',
  import.meta.url,
);

it('knows the regions that the AWS SDK knows', async () => {
  const { partitionsInfo } = await import(SDK_PARTITIONS.href);
  const { regions } = partitionsInfo.partitions.find(({ id }: { id: string }) => id === 'aws');

  expect(REGIONS).toEqual(Object.keys(regions).filter((name) => name !== 'aws-global'));
});

it.each([
  'eu-centrl-1',
  'eu-central-11',
  'EU-CENTRAL-1',
  'us-gov-west-1',
  'cn-north-1',
  'aws-global',
  '',
  '*',
])('takes no other: %s', (text) => expect([isRegion(text), REGION.test(text)]).toEqual([false, false]));

it('takes each by predicate and by pattern, and those with Origin Shield are among them', () => {
  expect(
    [...REGIONS, ...ORIGIN_SHIELD_REGIONS].filter((name) => !isRegion(name) || !REGION.test(name)),
  ).toEqual([]);
});
