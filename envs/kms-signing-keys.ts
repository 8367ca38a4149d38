/** The generations whose pair KMS keeps, together with those whose public key is a PEM. */
import type { Construct } from 'constructs';
import type { GenerationPublicKey } from '../modules/cloudfront_hls/index.ts';
import { KmsSigningKey } from '../modules/secrets/index.ts';
import type { EnvironmentConfig } from './config.ts';
import type { TrustedKeys } from './keys.ts';
import { resourcePrefix } from './names.ts';
import { accountOf, definedProps, keyDeletion, keySigners } from './stack-props.ts';

export interface KmsSigningKeys {
  readonly generationPublicKeys: Readonly<Record<string, GenerationPublicKey>>;
  readonly arns: readonly string[];
  /** Undefined when the active generation's key is in the secret. */
  readonly activeArn: string | undefined;
}

/** One KMS key per generation of `inKms`. */
export function kmsSigningKeys(
  scope: Construct,
  config: EnvironmentConfig,
  { inKms, active }: TrustedKeys,
): KmsSigningKeys {
  const keys = Object.entries(inKms).map(([generation, keySpec]) => {
    const key = new KmsSigningKey(scope, `signing_${generation}`, {
      name: resourcePrefix(config),
      generation,
      keySpec,
      accountId: accountOf(config),
      ...keyDeletion(config),
      ...definedProps({ signers: keySigners(config) }),
    });
    return { generation, key };
  });
  return {
    generationPublicKeys: Object.fromEntries(
      keys.map(({ generation, key }) => [generation, { kmsPublicKeyPem: key.publicKeyPem }]),
    ),
    arns: keys.map(({ key }) => key.arn),
    activeArn: keys.find(({ generation }) => generation === active)?.key.arn,
  };
}
