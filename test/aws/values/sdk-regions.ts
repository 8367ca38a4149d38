/** The regions of the commercial partition that the AWS SDK knows. */

const PARTITIONS = new URL(
  '../../../node_modules/@aws-sdk/core/dist-es/submodules/client/util-endpoints/lib/aws/partitions.js',
  import.meta.url,
);

export async function regionsOfSdk(): Promise<string[]> {
  const { partitionsInfo } = await import(PARTITIONS.href);
  const { regions } = partitionsInfo.partitions.find(({ id }: { id: string }) => id === 'aws');
  return Object.keys(regions).filter((name) => name !== 'aws-global');
}
