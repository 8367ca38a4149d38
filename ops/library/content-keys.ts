/**
 * Content keys of an environment's encrypted titles. A key is stored, wrapped, before any job gets it, and every job of the same
 * version gets that one: whatever is stopped or run twice, no files are written whose key nobody has.
 */
import type { HlsEncryption } from '@storytime/hls-jobs';
import { type KeyWrapper, PlaybackError, type PlaybackStore, type TitleVersion } from '@storytime/playback';
import { dynamodbStore } from '@storytime/playback/dynamodb';
import { kmsKeyWrapper } from '@storytime/playback/kms';
import type { EnvironmentConfig } from '../../envs/config.ts';
import { UsageError } from '../terraform/targets.ts';
import type { LibraryAccount } from './account.ts';
import type { LibraryOutputs } from './outputs.ts';

export interface ContentKeys {
  /**
   * The key of this version, and where players get it. The first call makes and stores it; every later one, of any run, gives
   * the same.
   *
   * @throws PlaybackError `ERR_KMS_CALL`, `ERR_STORE_…`, `ERR_CONTENT_KEY_UNWRAP`
   */
  forJob(version: TitleVersion): Promise<HlsEncryption>;
  /** For ever: files that were encrypted with it play no more. */
  forget(version: TitleVersion): Promise<void>;
}

interface ContentKeysParts {
  readonly store: Pick<PlaybackStore, 'contentKey' | 'putContentKey' | 'deleteContentKey'>;
  readonly wrapper: KeyWrapper;
  /** Of the environment, without the title. */
  readonly keyUrl: string;
}

function contentKeys({ store, wrapper, keyUrl }: ContentKeysParts): ContentKeys {
  async function stored({ titleId, version }: TitleVersion) {
    const found = await store.contentKey(titleId, version);
    if (found !== undefined) return found;
    const made = await wrapper.create({ titleId, version });
    // Only what comes back out of the store is used.
    made.key.fill(0);
    try {
      await store.putContentKey(made.wrapped);
      return made.wrapped;
    } catch (error) {
      const isThere = error instanceof PlaybackError && error.code === 'ERR_CONTENT_KEY_EXISTS';
      const others = isThere ? await store.contentKey(titleId, version) : undefined;
      if (others === undefined) throw error;
      return others;
    }
  }

  return {
    forJob: async (version) => ({
      key: await wrapper.unwrap(await stored(version)),
      keyUrl: `${keyUrl}/${encodeURIComponent(version.titleId)}?v=${version.version}`,
    }),
    forget: async ({ titleId, version }) => {
      await store.deleteContentKey(titleId, version);
    },
  };
}

/** Null where the environment has nowhere to keep them. */
export function contentKeysOf(
  { playback }: Pick<EnvironmentConfig, 'playback'>,
  { playback_table_name: tableName, playback_key_arn: keyId }: LibraryOutputs,
  { dynamoDb, kms }: Pick<LibraryAccount, 'dynamoDb' | 'kms'>,
): ContentKeys | null {
  if (playback === null || tableName === undefined || keyId === undefined) return null;
  return contentKeys({
    store: dynamodbStore({ tableName, client: dynamoDb }),
    wrapper: kmsKeyWrapper({ keyId, client: kms }),
    keyUrl: playback.keyUrl,
  });
}

/**
 * What stops an encrypted title before anything is begun.
 *
 * @throws UsageError
 */
export function requireContentKeys(
  { environment, packaging, playback }: Pick<EnvironmentConfig, 'environment' | 'packaging' | 'playback'>,
  keys: ContentKeys | null,
): ContentKeys {
  if (packaging === 'cmaf') {
    throw new UsageError(
      `"${environment}" has the packaging cmaf, which MediaConvert encrypts for DRM systems only: set packaging to hls-ts`,
    );
  }
  if (keys !== null) return keys;
  throw new UsageError(
    playback === null
      ? `"${environment}" has no place for content keys: set playback in its file, then npm run apply -- ${environment}`
      : `"${environment}" has no outputs playback_table_name and playback_key_arn: npm run apply -- ${environment}`,
  );
}
