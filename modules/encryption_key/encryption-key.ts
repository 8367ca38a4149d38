/** A KMS key that an environment's content is encrypted with. */
import { KmsAlias } from '@cdktf/provider-aws/lib/kms-alias/index.js';
import { KmsKey } from '@cdktf/provider-aws/lib/kms-key/index.js';
import { KmsKeyPolicy } from '@cdktf/provider-aws/lib/kms-key-policy/index.js';
import { Lazy } from 'cdktf';
import { Construct } from 'constructs';
import { KMS_ALIAS } from '../../aws/values/names.ts';
import { requireAccountId, requireMatch, requireWholeNumber } from '../checks.ts';
import { policyDocument } from '../policy-document.ts';
import { ownKeyStatements } from './key-policy.ts';

export interface EncryptionKeyProps {
  /** Name of the key without `alias/`, unique in account and region. */
  readonly alias: string;
  /** The account that owns the key, 12 digits. */
  readonly accountId: string;
  /** Days in which a deleted key, and with it everything it encrypts, can still be saved: 7 to 30. */
  readonly deletionWindowDays: number;
  /**
   * Whether Terraform refuses every plan that would destroy the key.
   * @default false
   */
  readonly preventDestroy?: boolean;
  /**
   * What the key encrypts, for its description.
   * @default 'objects and secrets at rest'
   */
  readonly encrypts?: string;
}

/**
 * A symmetric customer-managed key, rotated every year. IAM in its account decides who uses it.
 *
 * Its policy is a separate resource: the bucket needs the key, the distribution needs the bucket, and the policy needs
 * the distribution. If the policy were part of the key, this would be a cycle.
 *
 * @throws TypeError for an alias, account or number of days that KMS would refuse
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
 */
export class EncryptionKey extends Construct {
  /** The KMS key as Terraform's resource, for a setting that no input has. */
  readonly resource: KmsKey;
  readonly #distributionArns: string[] = [];

  constructor(scope: Construct, id: string, props: EncryptionKeyProps) {
    super(scope, id);
    const {
      alias,
      accountId,
      deletionWindowDays,
      preventDestroy,
      encrypts = 'objects and secrets at rest',
    } = props;
    // KMS keeps `alias/aws/…` for AWS's own keys.
    requireMatch('alias', alias, KMS_ALIAS, 'a name without "alias/", such as "storytime-dev"');
    requireAccountId('accountId', accountId);
    requireWholeNumber('deletionWindowDays', deletionWindowDays, { least: 7, most: 30, unit: 'days' });
    this.resource = new KmsKey(this, 'key', {
      description: `${alias}: ${encrypts}`,
      enableKeyRotation: true,
      deletionWindowInDays: deletionWindowDays,
      ...(preventDestroy && { lifecycle: { preventDestroy: true } }),
    });
    new KmsAlias(this, 'alias', { name: `alias/${alias}`, targetKeyId: this.resource.keyId });
    new KmsKeyPolicy(this, 'key_policy', {
      keyId: this.resource.keyId,
      policy: Lazy.stringValue({
        produce: () =>
          policyDocument(ownKeyStatements({ accountId, distributionArns: this.#distributionArns })),
      }),
    });
  }

  /** ARN of the key. */
  get arn(): string {
    return this.resource.arn;
  }

  /**
   * Lets one CloudFront distribution, and no other, decrypt what it reads from a bucket.
   *
   * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html#oac-permissions-sse-kms
   */
  allowDecryptBy(distributionArn: string): void {
    this.#distributionArns.push(distributionArn);
  }
}
