/** A signed URL of a title, for the person who has just put it on air. */
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { createSigner, type KeySource } from '@storytime/signer';
import { secretsManagerKey } from '@storytime/signer/secrets-manager';

export interface SignTitleOptions {
  /** The alias, or the distribution's own name. */
  readonly domain: string;
  /** Where viewers' requests go instead of to `https://<domain>`. @default - null: to CloudFront */
  readonly edgeUrl: string | null;
  readonly key: KeySource;
}

/** How long the URL is valid. */
export const URL_SECONDS = 3600;

/** The key in an environment's secret. */
export function titleKeyOf(client: SecretsManagerClient, secretId: string): KeySource {
  return secretsManagerKey({ secretId, client });
}

/**
 * The master playlist's address with a signature for the title's whole folder: a player that adds the query of this address
 * to its other requests plays the title (docs/cookies-urls-playlists.md).
 *
 * @param playlistPath - without a slash before it
 * @throws SignerError when the key cannot be read
 */
export async function signTitle(
  playlistPath: string,
  { domain, edgeUrl, key }: SignTitleOptions,
): Promise<string> {
  const signer = createSigner({ domain, key });
  const { url } = await signer.signUrl(`/${playlistPath}`, { expiresIn: URL_SECONDS, scope: 'directory' });
  if (edgeUrl === null) return url;
  const { pathname, search } = new URL(url);
  return `${edgeUrl}${pathname}${search}`;
}
