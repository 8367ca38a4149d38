/** What the policy of an existing KMS key must say, from the environment and from what was applied. */
import type { EnvironmentConfig } from '../../envs/config.ts';
import { accountOf } from '../../envs/stack-props.ts';
import { givenKeyStatements } from '../../modules/encryption_key/index.ts';
import { policyDocument } from '../../modules/policy-document.ts';
import { UsageError } from '../terraform/targets.ts';

export interface KeyPolicy {
  /** A policy document: its statements belong beside those that the key has. */
  readonly document: string;
  /** What is not in it yet, and how to get it; null for a whole one. */
  readonly missing: string | null;
}

/**
 * CloudFront's statement names the distribution, so it is there only after the first apply.
 *
 * @throws UsageError for an environment whose key is made by its stack, or that has none
 */
export async function keyPolicy(
  config: EnvironmentConfig,
  readOutputs: () => Promise<Readonly<Record<string, unknown>>>,
): Promise<KeyPolicy> {
  const { environment, encryptionKeyArn } = config;
  if (encryptionKeyArn === null) {
    throw new UsageError(
      `encryptionKeyArn is null in envs/${environment}.ts, so there is nothing to add: ` +
        (config.encryption === 'kms'
          ? 'the stack manages its own key policy'
          : 'the environment encrypts with keys that AWS owns'),
    );
  }
  const accountId = accountOf(config);
  const { cloudfront_distribution_id: id } = await readOutputs();
  const distributionArns =
    typeof id === 'string' ? [`arn:aws:cloudfront::${accountId}:distribution/${id}`] : [];
  return {
    document: JSON.stringify(
      JSON.parse(policyDocument(givenKeyStatements({ accountId, distributionArns }))),
      null,
      2,
    ),
    missing:
      distributionArns.length > 0
        ? null
        : `"${environment}" has no distribution yet: run this again after npm run apply -- ${environment}, ` +
          'for the statement that lets CloudFront decrypt',
  };
}
