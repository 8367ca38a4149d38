/** A distribution as a synthesized stack (`cdk.tf.json`) describes it, in the edge's own terms. Pure. */

import { type Block, blockOf, stringsOf, textOf } from '../stack/blocks.ts';
import { StackGraph } from '../stack/stack-graph.ts';
import { interpolate } from '../stack/template.ts';
import { OptionError } from '../values/option-error.ts';
import {
  assembleDistribution,
  type ReferredParts,
  UnsupportedDistributionError,
} from './assemble-distribution.ts';
import type { Distribution } from './distribution.ts';
import {
  accessControlConfig,
  cachePolicyConfig,
  distributionConfig,
  responseHeadersPolicyConfig,
} from './terraform-blocks.ts';

export interface FromStackOptions {
  /**
   * Public keys by key pair id, PEM: every key group trusts these and no others.
   * @default - the keys in the stack, each by its generation's name
   */
  readonly publicKeys?: ReadonlyMap<string, string>;
  /**
   * The distribution's own name, which an apply would give it.
   * @default 'd111111abcdef8.cloudfront.net', AWS's own example
   */
  readonly domainName?: string;
}

export interface StackDistribution {
  readonly distribution: Distribution;
  /** The bucket policy's text by bucket, references resolved where they lead to buckets or the distribution. */
  readonly bucketPolicies: ReadonlyMap<string, string>;
}

const EXAMPLE_DOMAIN_NAME = 'd111111abcdef8.cloudfront.net';
const DISTRIBUTION_ID = 'SYNTHESIZED';

/**
 * The one distribution of the stack. References are followed in the graph; what only an apply knows (ids, ARN and the
 * distribution's name) is made up.
 *
 * @throws UnsupportedDistributionError for what the edge does not support, and for a key that only KMS has
 * @throws TypeError when the stack has no distribution, or several
 */
export function distributionFromStack(stack: unknown, options: FromStackOptions = {}): StackDistribution {
  const graph = new StackGraph(stack);
  if (graph.resources.length === 0) {
    throw new OptionError('stack', 'expected the object of a cdk.tf.json, got something without "resource"');
  }
  const distributions = graph.ofType('aws_cloudfront_distribution');
  const [found] = distributions;
  if (!found || distributions.length > 1) {
    throw new OptionError('stack', `expected one aws_cloudfront_distribution, got ${distributions.length}`);
  }
  const [accountId = '000000000000'] = stringsOf(graph.defaultProvider.allowed_account_ids);
  const arn = `arn:aws:cloudfront::${accountId}:distribution/${DISTRIBUTION_ID}`;
  const resolve = (text: string) => resolveKnown(graph, text, arn);
  const distribution = assembleDistribution({
    id: DISTRIBUTION_ID,
    arn,
    domainName: options.domainName ?? EXAMPLE_DOMAIN_NAME,
    config: distributionConfig(found.block, resolve),
    referred: referredParts(graph, options.publicKeys),
  });
  return { distribution, bucketPolicies: bucketPolicies(graph, resolve) };
}

/** Resources stand under the reference by which others name them. */
function referredParts(graph: StackGraph, given: FromStackOptions['publicKeys']): ReferredParts {
  const mapped = <T>(type: string, map: (block: Block) => T) =>
    new Map(graph.ofType(type).map(({ address, block }) => [`\${${address}.id}`, map(block)]));
  return {
    keyGroups: mapped('aws_cloudfront_key_group', (group) => given ?? publicKeysOf(graph, group)),
    cachePolicies: mapped('aws_cloudfront_cache_policy', cachePolicyConfig),
    responseHeadersPolicies: mapped('aws_cloudfront_response_headers_policy', responseHeadersPolicyConfig),
    accessControls: mapped('aws_cloudfront_origin_access_control', accessControlConfig),
  };
}

/** A group's keys by generation, as the output `cloudfront_public_key_ids` names them. */
function publicKeysOf(graph: StackGraph, group: Block): Map<string, string> {
  const ids = Object.entries(blockOf(graph.output('cloudfront_public_key_ids')));
  return new Map(
    stringsOf(group.items).map((reference) => {
      const key = graph.target(reference, 'aws_cloudfront_public_key', 'id');
      const keyPairId =
        ids.find(([, value]) => value === reference)?.[0] ?? key?.address.split('.').at(-1) ?? reference;
      const pem = textOf(key?.block.encoded_key) ?? '';
      if (!pem.includes('BEGIN PUBLIC KEY')) {
        throw new UnsupportedDistributionError(
          `key ${keyPairId}: KMS makes its public key at apply, so it is not in the stack; pass that public key, or one of your own: --public-key <id>=<file.pem>`,
        );
      }
      return [keyPairId, pem];
    }),
  );
}

function bucketPolicies(graph: StackGraph, resolve: (text: string) => string): Map<string, string> {
  return new Map(
    graph
      .ofType('aws_s3_bucket_policy')
      .map(({ block }) => [resolve(textOf(block.bucket) ?? ''), resolve(textOf(block.policy) ?? '')]),
  );
}

/** What follows from names alone: a bucket's address and ARN, and the distribution's ARN that was made up. */
function resolveKnown(graph: StackGraph, text: string, distributionArn: string): string {
  const region = textOf(graph.defaultProvider.region) ?? 'us-east-1';
  return interpolate(text, ({ address, attribute }) => {
    const { type, block } = graph.at(address) ?? {};
    if (type === 'aws_cloudfront_distribution' && attribute === 'arn') return distributionArn;
    const bucket = type === 'aws_s3_bucket' ? block?.bucket : undefined;
    if (typeof bucket !== 'string') return null;
    if (attribute === 'id' || attribute === 'bucket') return bucket;
    if (attribute === 'arn') return `arn:aws:s3:::${bucket}`;
    return attribute === 'bucket_regional_domain_name' ? `${bucket}.s3.${region}.amazonaws.com` : null;
  });
}
