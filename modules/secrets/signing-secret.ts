/** The secret that holds the private signing key; its value never enters Terraform state. */
import { SecretsmanagerSecret } from '@cdktf/provider-aws/lib/secretsmanager-secret/index.js';
import { SecretsmanagerSecretPolicy } from '@cdktf/provider-aws/lib/secretsmanager-secret-policy/index.js';
import { SecretsmanagerSecretVersion } from '@cdktf/provider-aws/lib/secretsmanager-secret-version/index.js';
import { Fn, Op, TerraformVariable } from 'cdktf';
import { Construct } from 'constructs';
import { SECRET_NAME } from '../../aws/values/names.ts';
import { refuse, requireMatch, requirePrincipalArns, requireWholeNumber } from '../checks.ts';
import { type PolicyStatement, policyDocument } from '../policy-document.ts';

/** What Terraform writes in addition to the private key when it owns the value. */
export interface TerraformOwnedValue {
  /** CloudFront's id of the public key. */
  readonly keyPairId: string;
  /** Which of the trusted keys this is, such as `2026-11-a`. */
  readonly generation: string;
  /** Hex SHA-256 of the public key: a new key makes a new version of the secret. */
  readonly fingerprint: string;
}

export interface SigningSecretProps {
  /** Name of the secret: 1 to 512 letters, digits and `/_+=.@-`. */
  readonly name: string;
  /** Days in which a deleted secret can be restored: 7 to 30, or 0 for at once. */
  readonly recoveryDays: number;
  /**
   * What Terraform writes into the secret, with the private key from `TF_VAR_cloudfront_private_key`.
   * @default - Terraform makes the secret and never its value
   */
  readonly value?: TerraformOwnedValue;
  /**
   * ARN of the KMS key that values are encrypted with. Roles that read or write a value need the key too.
   * @default - the account's aws/secretsmanager key
   */
  readonly encryptionKeyArn?: string;
  /**
   * ARNs of the only principals that may read the value: the app's and the operators', exact.
   *
   * Everybody else in the account is denied `secretsmanager:GetSecretValue`, and nothing but that, whatever IAM
   * allows. A session of an assumed role counts as its role. With `value`, the roles that plan and apply must be
   * readers, because Terraform reads the version that it owns.
   * @default - IAM alone decides who reads
   */
  readonly readers?: readonly string[];
}

/** The ephemeral variable that carries the key: `TF_VAR_cloudfront_private_key`. */
const PRIVATE_KEY_VARIABLE = 'cloudfront_private_key';

/**
 * A Secrets Manager secret for `{ "keyPairId", "privateKey", "generation" }`.
 *
 * With `value`, Terraform passes the key from an ephemeral variable through a write-only argument: it appears in neither plan
 * nor state. The variable is empty by default, so that plan and destroy need no key; a create without a key
 * is refused by Secrets Manager, because the value then stays empty instead of becoming JSON with an empty key.
 *
 * @throws TypeError for a name or a number of days that Secrets Manager would refuse, and for readers that are not roles or users
 * @see https://developer.hashicorp.com/terraform/language/resources/ephemeral/write-only
 */
export class SigningSecret extends Construct {
  /** The secret as Terraform's resource, for a setting that no input has. */
  readonly resource: SecretsmanagerSecret;

  constructor(scope: Construct, id: string, props: SigningSecretProps) {
    super(scope, id);
    requireProps(props);
    this.resource = new SecretsmanagerSecret(this, 'secret', {
      name: props.name,
      description: 'CloudFront signing key: {"keyPairId","privateKey","generation"}',
      recoveryWindowInDays: props.recoveryDays,
      ...(props.encryptionKeyArn !== undefined && { kmsKeyId: props.encryptionKeyArn }),
    });
    if (props.value) this.#writeValue(props.value);
    if (props.readers) {
      new SecretsmanagerSecretPolicy(this, 'secret_policy', {
        secretArn: this.resource.arn,
        policy: policyDocument([denyOtherReaders(props.readers)]),
        blockPublicPolicy: true,
      });
    }
  }

  /** ARN of the secret. */
  get arn(): string {
    return this.resource.arn;
  }

  /** Name of the secret. */
  get name(): string {
    return this.resource.name;
  }

  #writeValue({ keyPairId, generation, fingerprint }: TerraformOwnedValue): void {
    const variable = new TerraformVariable(this, 'private_key', {
      type: 'string',
      description:
        'Private key of the active generation as PEM; it is written to Secrets Manager and nowhere else',
      sensitive: true,
      default: '',
    });
    variable.overrideLogicalId(PRIVATE_KEY_VARIABLE);
    variable.addOverride('ephemeral', true);
    const privateKey = variable.stringValue;
    new SecretsmanagerSecretVersion(this, 'secret_version', {
      secretId: this.resource.id,
      secretStringWo: Fn.conditional(
        Op.eq(privateKey, Fn.rawString('')),
        '',
        Fn.jsonencode({ keyPairId, privateKey, generation }),
      ),
      secretStringWoVersion: versionOf(fingerprint),
      lifecycle: { createBeforeDestroy: true },
    });
  }
}

function requireProps({ name, recoveryDays, readers }: SigningSecretProps): void {
  requireMatch('name', name, SECRET_NAME, '1 to 512 letters, digits and "/_+=.@-"');
  requireWholeNumber('recoveryDays', recoveryDays, { least: 0, most: 30, unit: 'days' });
  if (recoveryDays > 0 && recoveryDays < 7) refuse('recoveryDays', '7 to 30, or 0 for at once', recoveryDays);
  if (readers) requirePrincipalArns('readers', readers);
}

/**
 * `aws:PrincipalArn` is a role's own ARN for every session of it. Requests without one (anonymous, AWS services on
 * their own account) match the negated operator and are denied as well.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
 */
function denyOtherReaders(readers: readonly string[]): PolicyStatement {
  return {
    Sid: 'DenyOtherReaders',
    Effect: 'Deny',
    Principal: '*',
    Action: 'secretsmanager:GetSecretValue',
    Resource: '*',
    Condition: { ArnNotEquals: { 'aws:PrincipalArn': readers } },
  };
}

/** Terraform cannot see a write-only value change, so its version says so: 28 bits of the key's fingerprint. */
function versionOf(fingerprint: string): number {
  return Number.parseInt(fingerprint.slice(0, 7), 16);
}
