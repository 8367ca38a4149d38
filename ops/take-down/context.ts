/** What a withdrawal and a restoration work with. */
import type { CloudFrontClient } from '@aws-sdk/client-cloudfront';
import type { MediaConvertClient } from '@aws-sdk/client-mediaconvert';
import type { S3Client } from '@aws-sdk/client-s3';
import { quote } from 'shell-quote';
import type { EnvironmentConfig } from '../../envs/config.ts';
import type { ContentKeys } from '../library/content-keys.ts';
import type { LibraryOutputs } from '../library/outputs.ts';
import type { RecordStore } from '../library/record-store.ts';
import type { SignedAddress } from '../upload/signed-address.ts';
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
  /** Null where the environment has nowhere to keep them. */
  readonly contentKeys: ContentKeys | null;
  readonly signal: AbortSignal;
  readonly now: () => Date;
  /** Rejects when the signal is aborted. */
  readonly wait: (milliseconds: number) => Promise<void>;
  readonly tell: (event: TakeDownEvent) => void;
  /** A signed URL of a playlist; null where the caller may not sign. */
  readonly sign: (playlistPath: string) => Promise<SignedAddress | null>;
}

/** What a person types to put a title back on the air. */
export function restoreCommand({ config }: Pick<TakeDownContext, 'config'>, id: string): string {
  return `npm run restore -- ${config.environment} ${quote([id])}`;
}
