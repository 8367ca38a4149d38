/** What a withdrawal and a restoration work with. */
import type { CloudFrontClient } from '@aws-sdk/client-cloudfront';
import type { MediaConvertClient } from '@aws-sdk/client-mediaconvert';
import type { S3Client } from '@aws-sdk/client-s3';
import type { EnvironmentConfig } from '../../envs/config.ts';
import type { LibraryOutputs } from '../library/outputs.ts';
import { titleKey } from '../library/places.ts';
import type { RecordStore } from '../library/record-store.ts';
import { type Title, titleSchema } from '../library/title.ts';
import { UsageError } from '../terraform/targets.ts';
import type { TakeDownEvent } from './events.ts';

export interface TakeDownContext {
  readonly config: EnvironmentConfig;
  readonly outputs: LibraryOutputs;
  readonly distributionId: string;
  readonly s3: S3Client;
  readonly cloudFront: CloudFrontClient;
  readonly mediaConvert: MediaConvertClient;
  /** In the masters bucket. */
  readonly records: RecordStore;
  readonly signal: AbortSignal;
  readonly now: () => Date;
  /** Rejects when the signal is aborted. */
  readonly wait: (milliseconds: number) => Promise<void>;
  readonly tell: (event: TakeDownEvent) => void;
  /** A signed URL of a playlist; null where the caller may not sign. */
  readonly sign: (playlistPath: string) => Promise<string | null>;
}

/** @throws UsageError for an unknown id; BrokenRecordError */
export async function requireTitle(
  { records, config: { environment } }: Pick<TakeDownContext, 'records' | 'config'>,
  id: string,
): Promise<Title> {
  const stored = await records.read(titleKey(id), titleSchema);
  if (stored !== null) return stored.record;
  throw new UsageError(
    `there is no title with the id ${JSON.stringify(id)}: npm run titles -- ${environment} lists them, and npm run titles -- adopt ${environment} makes records of titles that have none`,
  );
}

/**
 * Changes a title's record, if it still is what the change is for. What somebody else changes in it at the same time stays.
 *
 * @param change - called with the record as it is; null where there is nothing to change
 * @returns the record as it is afterwards
 */
export async function changeTitle(
  context: Pick<TakeDownContext, 'records' | 'config'>,
  id: string,
  change: (title: Title) => Title | null,
): Promise<Title> {
  const { records } = context;
  for (;;) {
    const stored = await records.read(titleKey(id), titleSchema);
    if (stored === null) return requireTitle(context, id);
    const changed = change(stored.record);
    if (changed === null) return stored.record;
    if ((await records.replace(titleKey(id), changed, stored.etag)) !== 'conflict') return changed;
  }
}
