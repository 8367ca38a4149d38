/** Secrets of playback tokens in AWS Secrets Manager. */

import {
  type RefreshingValue,
  type SecretsManagerValueOptions,
  type SecretTexts,
  secretsManagerValue,
} from '@storytime/signer/secrets-manager';
import { PlaybackError } from '../errors.ts';
import { importSecrets, readSecrets, type TokenSecret } from '../tokens/secrets.ts';

/** Those of the signer's `secretsManagerValue`; `secretId` is a secret whose value is the token secret and nothing else. */
export type SecretsManagerSecretsOptions = Omit<
  SecretsManagerValueOptions<readonly TokenSecret[]>,
  'parse' | 'withPrevious'
>;

/**
 * The secret in `AWSCURRENT` signs, and tokens of the one in `AWSPREVIOUS` are accepted, so that
 * `aws secretsmanager put-secret-value` is the whole rotation: every process has the new secret within `maxAgeSeconds`, and
 * at once where it meets a token of it. Rotate again only when the tokens of the secret before have expired.
 *
 * Its `get` throws SignerError `ERR_SECRET_FETCH`, `ERR_SECRET_FORMAT` and PlaybackError `ERR_TOKEN_SECRET` while there is no
 * secret yet, and SignerError `ERR_KEY_STALE` after `maxStaleSeconds` of failures. A new value that is refused never replaces the
 * one in use: `onError` is told.
 *
 * @throws SignerError, SignerTypeError: what `secretsManagerValue` throws
 * @example
 * const secrets = secretsManagerSecrets({ secretId: 'storytime/prod/playback_token_secret' });
 * const tokens = playbackTokens({ secrets, audience: 'https://app.example.com' });
 */
export function secretsManagerSecrets(
  options: SecretsManagerSecretsOptions,
): RefreshingValue<readonly TokenSecret[]> {
  return secretsManagerValue({ ...options, parse, withPrevious: true } as SecretsManagerValueOptions<
    readonly TokenSecret[]
  >);
}

async function parse({ current, previous }: SecretTexts): Promise<readonly TokenSecret[]> {
  const [signing] = readSecrets('the current secret', [textOf(current)]);
  const retiring = previous === undefined ? [] : acceptable(previous);
  return importSecrets([...(signing ? [signing] : []), ...retiring]);
}

/** What was in the secret before may have been anything, as the placeholder that Terraform made it with. */
function acceptable(previous: string): Uint8Array<ArrayBuffer>[] {
  try {
    return readSecrets('the previous secret', [textOf(previous)]);
  } catch {
    return [];
  }
}

/** `echo` and editors end a text with a line break. */
function textOf(text: string): string {
  const trimmed = text.trim();
  if (!/^[{[]/.test(trimmed)) return trimmed;
  throw new PlaybackError(
    'ERR_TOKEN_SECRET',
    'the secret holds JSON; its value must be the token secret and nothing else',
  );
}
