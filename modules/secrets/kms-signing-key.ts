/** A signing key pair whose private key never exists outside KMS. */
import { DataAwsKmsPublicKey } from '@cdktf/provider-aws/lib/data-aws-kms-public-key/index.js';
import { KmsAlias } from '@cdktf/provider-aws/lib/kms-alias/index.js';
import { KmsKey } from '@cdktf/provider-aws/lib/kms-key/index.js';
import { KmsKeyPolicy } from '@cdktf/provider-aws/lib/kms-key-policy/index.js';
import { TerraformLocal, Token } from 'cdktf';
import { Construct } from 'constructs';
import { accountIn } from '../../aws/values/arns.ts';
import { KMS_KEY_SPECS } from '../../aws/values/cloudfront-key.ts';
import {
  refuse,
  requireAccountId,
  requireMatch,
  requireOneOf,
  requirePrincipalArns,
  requireWholeNumber,
} from '../checks.ts';
import { type PolicyStatement, policyDocument } from '../policy-document.ts';

/** What KMS signs with and CloudFront checks: RSA 2048, or ECDSA on P-256. */
export type SigningKeySpec = 'RSA_2048' | 'ECC_NIST_P256';

export interface KmsSigningKeyProps {
  /** Prefix of the key's alias, unique in account and region. */
  readonly name: string;
  /** Which of the trusted keys this is, such as `2026-11-a`. */
  readonly generation: string;
  /** Kind of key pair. Never changed within a generation: another kind is another generation. */
  readonly keySpec: SigningKeySpec;
  /** The account that owns the key, 12 digits. */
  readonly accountId: string;
  /**
   * ARNs of the roles and users of this account that may sign, if an IAM policy lets them too.
   * @default - IAM alone decides who signs
   */
  readonly signers?: readonly string[];
  /** Days in which a deleted key can still be saved: 7 to 30. */
  readonly deletionWindowDays: number;
  /**
   * Whether Terraform refuses every plan that would destroy the key.
   * @default false
   */
  readonly preventDestroy?: boolean;
}

/** The one algorithm per kind that CloudFront checks, under `Hash-Algorithm=SHA256`; KMS signs no SHA-1. */
const SIGNING_ALGORITHMS: Readonly<Record<SigningKeySpec, string>> = {
  RSA_2048: 'RSASSA_PKCS1_V1_5_SHA_256',
  ECC_NIST_P256: 'ECDSA_SHA_256',
};

/** Everything but `kms:Sign` and `kms:CreateGrant`: with a grant, an administrator could allow himself to sign. */
const ADMINISTRATION = [
  'kms:CancelKeyDeletion',
  'kms:CreateAlias',
  'kms:DeleteAlias',
  'kms:DescribeKey',
  'kms:DisableKey',
  'kms:EnableKey',
  'kms:GetKeyPolicy',
  'kms:GetKeyRotationStatus',
  'kms:GetPublicKey',
  'kms:ListGrants',
  'kms:ListKeyPolicies',
  'kms:ListResourceTags',
  'kms:PutKeyPolicy',
  'kms:RevokeGrant',
  'kms:ScheduleKeyDeletion',
  'kms:TagResource',
  'kms:UntagResource',
  'kms:UpdateAlias',
  'kms:UpdateKeyDescription',
  'kms:Verify',
];

/**
 * An asymmetric KMS key for one generation, and its public key for the key group.
 *
 * Nobody ever holds the private key, so it cannot leak and needs no storage; each signature is a call to KMS.
 * A plan reads the public key, so the role that plans needs `kms:GetPublicKey` on the key.
 *
 * @throws TypeError for a name, generation, kind, signer or number of days that KMS would refuse or never match
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/symmetric-asymmetric.html
 */
export class KmsSigningKey extends Construct {
  /** The KMS key as Terraform's resource, for a setting that no input has. */
  readonly resource: KmsKey;
  readonly #alias: KmsAlias;
  readonly #publicKey: DataAwsKmsPublicKey;

  constructor(scope: Construct, id: string, props: KmsSigningKeyProps) {
    super(scope, id);
    requireProps(props);
    const { name, generation, keySpec, deletionWindowDays, preventDestroy } = props;
    this.resource = new KmsKey(this, 'key', {
      description: `${name}: CloudFront signing key, generation ${generation}`,
      keyUsage: 'SIGN_VERIFY',
      customerMasterKeySpec: keySpec,
      // KMS rotates symmetric keys only; here a new key is a new generation.
      enableKeyRotation: false,
      deletionWindowInDays: deletionWindowDays,
      ...(preventDestroy && { lifecycle: { preventDestroy: true } }),
    });
    this.#alias = new KmsAlias(this, 'alias', {
      name: `alias/${name}-signing-${generation}`,
      targetKeyId: this.resource.keyId,
    });
    new KmsKeyPolicy(this, 'key_policy', {
      keyId: this.resource.keyId,
      policy: policyDocument(keyPolicy(props)),
    });
    // Through a local: a data source that names a changing resource directly is read only at apply, so that a new tag on this
    // key would plan to replace a public key that is in use. https://github.com/hashicorp/terraform/issues/27171
    const keyArn = new TerraformLocal(this, 'arn', this.resource.arn);
    this.#publicKey = new DataAwsKmsPublicKey(this, 'public_key', { keyId: keyArn.asString });
  }

  /** ARN of the key, which signers are given. */
  get arn(): string {
    return this.resource.arn;
  }

  /** `alias/<name>-signing-<generation>`, for people. */
  get aliasName(): string {
    return this.#alias.name;
  }

  /** SPKI PEM of the public key as CloudFront keeps it, known once the key is made: 64 columns, one trailing newline. */
  get publicKeyPem(): string {
    return this.#publicKey.publicKeyPem;
  }
}

function requireProps(props: KmsSigningKeyProps): void {
  const { name, generation, keySpec, accountId, signers, deletionWindowDays } = props;
  requireMatch(
    'name',
    name,
    /(?!aws\/|alias\/)[\w/-]{1,128}/,
    '1 to 128 letters, digits, dashes and slashes',
  );
  requireMatch('generation', generation, /[\w-]{1,64}/, 'a generation such as "2026-11-a"');
  requireOneOf('keySpec', keySpec, KMS_KEY_SPECS);
  requireAccountId('accountId', accountId);
  requireWholeNumber('deletionWindowDays', deletionWindowDays, { least: 7, most: 30, unit: 'days' });
  if (signers === undefined) return;
  requirePrincipalArns('signers', signers);
  if (Token.isUnresolved(accountId) || Token.isUnresolved(signers)) return;
  const foreign = signers.find((arn) => !Token.isUnresolved(arn) && accountIn(arn) !== accountId);
  if (foreign !== undefined) refuse('signers', `principals of the key's own account ${accountId}`, foreign);
}

/**
 * The principal is the account, so that IAM policies decide, and a condition names the signers. If the policy named
 * them as principals, they would have to exist when it is written, and KMS would not recognize one that is recreated.
 *
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html
 */
function keyPolicy({ accountId, keySpec, signers }: KmsSigningKeyProps): PolicyStatement[] {
  const account = { AWS: `arn:aws:iam::${accountId}:root` };
  const onThisKey = { Effect: 'Allow', Principal: account, Resource: '*' } as const;
  if (signers === undefined) return [{ Sid: 'AdministerByIam', ...onThisKey, Action: 'kms:*' }];
  return [
    { Sid: 'AdministerByIam', ...onThisKey, Action: ADMINISTRATION },
    {
      Sid: 'AllowSigning',
      ...onThisKey,
      Action: 'kms:Sign',
      Condition: {
        ArnEquals: { 'aws:PrincipalArn': signers },
        StringEquals: { 'kms:SigningAlgorithm': SIGNING_ALGORITHMS[keySpec] },
      },
    },
  ];
}
