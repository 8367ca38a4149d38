/** The secret that holds the private signing key; its value never enters Terraform state. */
import { SecretsmanagerSecret } from '@cdktf/provider-aws/lib/secretsmanager-secret/index.js';
import { SecretsmanagerSecretVersion } from '@cdktf/provider-aws/lib/secretsmanager-secret-version/index.js';
import { Fn, Op, TerraformVariable } from 'cdktf';
import { Construct } from 'constructs';

/** What Terraform writes beside the private key when it owns the value. */
export interface TerraformOwnedValue {
  readonly keyPairId: string;
  readonly generation: string;
  /** Hex SHA-256 of the public half: a new key is a new version. */
  readonly fingerprint: string;
}

export interface SigningSecretProps {
  readonly name: string;
  /** Days in which a deleted secret can be restored: 7 to 30, or 0 for at once. */
  readonly recoveryDays: number;
  /** @default - Terraform makes the secret and never its value */
  readonly value?: TerraformOwnedValue;
}

/** The ephemeral variable that carries the key: `TF_VAR_cloudfront_private_key`. */
const PRIVATE_KEY_VARIABLE = 'cloudfront_private_key';

/**
 * A Secrets Manager secret for `{ "keyPairId", "privateKey", "generation" }`.
 *
 * With `value`, Terraform passes the key from an ephemeral variable through a write-only argument: it is in neither plan
 * nor state. The variable is empty by default, so that plan and destroy need no key; a create without one
 * is refused by Secrets Manager, since the value then stays empty instead of becoming JSON with an empty key.
 *
 * @see https://developer.hashicorp.com/terraform/language/resources/ephemeral/write-only
 */
export class SigningSecret extends Construct {
  readonly #secret: SecretsmanagerSecret;

  constructor(scope: Construct, id: string, props: SigningSecretProps) {
    super(scope, id);
    this.#secret = new SecretsmanagerSecret(this, 'secret', {
      name: props.name,
      description: 'CloudFront signing key: {"keyPairId","privateKey","generation"}',
      recoveryWindowInDays: props.recoveryDays,
    });
    if (props.value) this.#writeValue(props.value);
  }

  get arn(): string {
    return this.#secret.arn;
  }

  get name(): string {
    return this.#secret.name;
  }

  #writeValue({ keyPairId, generation, fingerprint }: TerraformOwnedValue): void {
    const variable = new TerraformVariable(this, 'private_key', {
      type: 'string',
      description: 'Private half of the active generation as PEM; goes to Secrets Manager and nowhere else',
      sensitive: true,
      default: '',
    });
    variable.overrideLogicalId(PRIVATE_KEY_VARIABLE);
    variable.addOverride('ephemeral', true);
    const privateKey = variable.stringValue;
    new SecretsmanagerSecretVersion(this, 'secret_version', {
      secretId: this.#secret.id,
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

/** Terraform cannot see a write-only value change, so its version says so: 28 bits of the key's fingerprint. */
function versionOf(fingerprint: string): number {
  return Number.parseInt(fingerprint.slice(0, 7), 16);
}
