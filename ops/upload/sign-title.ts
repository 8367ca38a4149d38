/** A signed URL of a title, for the person who has just put it on air. */
import { createSigner, type KeySource, SignerError } from '@storytime/signer';
import { kmsKey } from '@storytime/signer/kms';
import { secretsManagerKey } from '@storytime/signer/secrets-manager';
import type { Account } from '../../aws/account/connect.ts';
import type { SignedAddress } from './signed-address.ts';

export interface SignTitleOptions {
  /** The alias, or the distribution's own name. */
  readonly domain: string;
  /** Where viewers' requests go instead of to `https://<domain>`. @default - null: to CloudFront */
  readonly edgeUrl: string | null;
  readonly key: KeySource;
  /** What the environment allows any signature; the address has an hour at most. */
  readonly longestSignatureSeconds: number;
}

/** An hour is enough to look at what was published. */
const LONGEST_URL_SECONDS = 3600;

/** The active key of an environment: in KMS, or in its secret. @param outputs - of Terraform */
export function titleKeyOf(
  { secrets, kms }: Pick<Account, 'secrets' | 'kms'>,
  outputs: Readonly<Record<string, unknown>>,
): KeySource {
  const keyArn = outputs.cloudfront_signing_kms_key_arn;
  return typeof keyArn === 'string'
    ? kmsKey({ keyId: keyArn, keyPairId: String(outputs.cloudfront_public_key_id), client: kms })
    : secretsManagerKey({ secretId: String(outputs.cloudfront_private_key_secret_name), client: secrets });
}

/**
 * The master playlist's address with a signature for the title's whole folder: a player that adds the query of this address
 * to its other requests plays the title (docs/cookies-urls-playlists.md). Null where none can be signed: who fills the library
 * need not sign, and a title that goes off the air must not wait for a key that is broken.
 *
 * @param playlistPath - without a slash before it
 */
export async function signTitle(
  playlistPath: string,
  { domain, edgeUrl, key, longestSignatureSeconds }: SignTitleOptions,
): Promise<SignedAddress | null> {
  try {
    const signer = createSigner({ domain, key });
    const { url, expiresAt } = await signer.signUrl(`/${encodeURI(playlistPath)}`, {
      expiresIn: Math.min(LONGEST_URL_SECONDS, longestSignatureSeconds),
      scope: 'directory',
    });
    const { pathname, search } = new URL(url);
    return { url: edgeUrl === null ? url : `${edgeUrl}${pathname}${search}`, expiresAt };
  } catch (error) {
    if (error instanceof SignerError) return null;
    throw error;
  }
}
