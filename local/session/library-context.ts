/** The library of a run, as the commands have it of an environment on AWS. */
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { MediaConvertClient } from '@aws-sdk/client-mediaconvert';
import { S3Client } from '@aws-sdk/client-s3';
import type { LibraryContext } from '../../ops/upload/publish/publish-title.ts';
import { clientConfig } from './client-config.ts';
import type { Outputs } from './infrastructure.ts';
import type { SessionContext } from './steps.ts';

/** Jobs of short clips on this machine end within seconds, and asking costs nothing. */
const LONGEST_PAUSE_MS = 500;

export function libraryOf(
  { config, signal }: Pick<LibraryContext, 'config' | 'signal'>,
  { cloud, outputs }: Pick<SessionContext, 'cloud'> & { readonly outputs: Outputs },
): Omit<LibraryContext, 'tell'> {
  // Every part and every job that is under way listens to it.
  setMaxListeners(0, signal);
  return {
    config,
    outputs,
    s3: new S3Client(clientConfig(cloud)),
    mediaConvert: new MediaConvertClient(clientConfig(cloud)),
    signal,
    now: () => new Date(),
    wait: (milliseconds, until) =>
      sleep(Math.min(milliseconds, LONGEST_PAUSE_MS), undefined, { signal: until }),
  };
}
