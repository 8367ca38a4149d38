/** What is refused or said before Terraform runs: `local` on AWS, examples, and keys that CloudFront would not accept. */
import { createPublicKey } from 'node:crypto';
import { isLocalAws } from '../../aws/values/loopback.ts';
import { exampleValuesText } from '../../envs/example-values.ts';
import { keyFingerprint } from '../../modules/cloudfront_hls/index.ts';
import { type Target, UsageError } from './targets.ts';

/** @throws UsageError for `local` when its AWS calls would leave this machine */
export function refuseLocalOnAws({ name, config }: Target, env: NodeJS.ProcessEnv): void {
  if (config.localPorts === null || isLocalAws(env)) return;
  throw new UsageError(
    `"${name}" exists on this machine only, but AWS_ENDPOINT_URL is ${env.AWS_ENDPOINT_URL ? 'not a loopback address' : 'not set'}; npm start applies it`,
  );
}

/** @throws UsageError for example values, unless AWS is the local one: they name an account, hosts and people of nobody's */
export function refuseExampleValues({ config }: Pick<Target, 'config'>, env: NodeJS.ProcessEnv): void {
  const text = isLocalAws(env) ? null : exampleValuesText(config);
  if (text !== null) throw new UsageError(text);
}

/**
 * Example values are said where nothing is made yet.
 *
 * @returns null when there is nothing to say
 */
export function exampleValuesWarning(
  { config }: Pick<Target, 'config'>,
  env: NodeJS.ProcessEnv,
): string | null {
  const text = isLocalAws(env) ? null : exampleValuesText(config);
  return text === null ? null : `warning: ${text}; npm run bootstrap and npm run apply refuse them`;
}

/** @throws UsageError for example keys, unless AWS is the local one: no signature could ever open what they guard */
export function refuseExampleKeys(target: Target, env: NodeJS.ProcessEnv): void {
  if (isLocalAws(env)) return;
  const [example] = target.exampleGenerations();
  if (example === undefined) return;
  throw new UsageError(
    `envs/keys/${target.name}/${example}.pem is the example that came with the repository, and nobody holds its ` +
      'private key: put your own there first (README, "The signing key")',
  );
}

/**
 * A private key for the secret must be the active generation's: signatures of another open nothing, and since the
 * secret's version follows the public key, no later apply would put it right.
 *
 * @throws UsageError, which never shows the value, unless AWS is the local one
 */
export function refuseForeignPrivateKey(target: Target, env: NodeJS.ProcessEnv): void {
  const privateKey = env.TF_VAR_cloudfront_private_key;
  if (!privateKey || target.config.signingSecretValue !== 'terraform' || isLocalAws(env)) return;
  const active = target.activeKey();
  if (active === null || fingerprintOf(privateKey) === keyFingerprint(active.publicKey)) return;
  throw new UsageError(
    `TF_VAR_cloudfront_private_key: expected the private key of envs/keys/${target.name}/${active.generation}.pem as PEM, ` +
      'got another text or key',
  );
}

/**
 * Without the variable Terraform would make everything but the secret's value, and the apply would fail at that. An apply
 * that writes no value needs no key, so that only a plan tells whether this is a warning or a refusal.
 *
 * @returns null when there is nothing to say
 */
export function missingPrivateKey(
  { name, config, activeKey }: Target,
  env: NodeJS.ProcessEnv,
): string | null {
  if (env.TF_VAR_cloudfront_private_key || config.signingSecretValue !== 'terraform') return null;
  const active = activeKey();
  if (active === null) return null;
  return (
    'TF_VAR_cloudfront_private_key is not set. The first apply and every change of the active key need it: ' +
    `export the private key of envs/keys/${name}/${active.generation}.pem before plan and apply`
  );
}

function fingerprintOf(privateKey: string): string | null {
  try {
    return keyFingerprint(createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString());
  } catch {
    // The parser's own words may quote the text.
    return null;
  }
}
