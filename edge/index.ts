/** The edge: answers as CloudFront would, for a distribution in the local AWS API or in a synthesized stack. */
import { withFirstAlias } from '../aws/cloudfront/first-alias.ts';
import { readFromAwsApi } from './from-aws-api.ts';
import { type Edge, type RunOptions, runEdge } from './run-edge.ts';
import { createLocalCloudOrigin } from './s3-origin.ts';

export { UnsupportedDistributionError } from '../aws/cloudfront/assemble-distribution.ts';
export { distributionFromStack } from '../aws/cloudfront/from-stack.ts';
export type { Edge, EdgeLogEntry, RunOptions } from './run-edge.ts';
export { startEdgeFromStack } from './start-from-stack.ts';

export interface EdgeOptions extends RunOptions {
  readonly distributionId: string;
  /** `AWS_ENDPOINT_URL` and the rest of what an SDK client needs to reach the local cloud. */
  readonly environment: Readonly<Record<string, string>>;
  /**
   * The alias that a loopback host stands for: CloudFront's list of aliases has no order of its own.
   * @default - the first that the API names
   */
  readonly loopbackAlias?: string;
}

/**
 * The edge for a distribution in the local AWS API: what is applied there counts after a second at most.
 *
 * @throws Error in one line when a port is taken
 * @throws UnsupportedDistributionError when the distribution uses something that the edge does not support
 */
export async function startEdge(options: EdgeOptions): Promise<Edge> {
  const now = options.now ?? (() => new Date());
  const onWarning = options.onWarning ?? ((message) => console.error(`edge: ${message}`));
  const { distributionId, environment } = options;
  const read = await readFromAwsApi({ distributionId, environment, onWarning, now });
  const { loopbackAlias = null } = options;
  const source = { ...read, current: async () => withFirstAlias(await read.current(), loopbackAlias) };
  const origin = createLocalCloudOrigin({ environment, distribution: await source.current() });
  return runEdge(source, origin, { ...options, now, onWarning });
}
