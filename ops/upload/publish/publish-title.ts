/** A checked master becomes a title, on the AWS API that the clients lead to. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { MediaConvertClient } from '@aws-sdk/client-mediaconvert';
import type { S3Client } from '@aws-sdk/client-s3';
import { createJobInput } from '@storytime/hls-jobs';
import type { EnvironmentConfig } from '../../../envs/config.ts';
import type { Claim } from '../../library/claim.ts';
import type { ContentKeys } from '../../library/content-keys.ts';
import { bookJob, type LibraryOutputs } from '../../library/outputs.ts';
import { captionsKey, claimKey, masterKey, versionFolder, type WorkHashes } from '../../library/places.ts';
import { readStream } from '../../library/read-stream.ts';
import { recordStore } from '../../library/record-store.ts';
import { settingsHash } from '../../library/settings-hash.ts';
import type { ProbedVideo } from '../../probe/probe.ts';
import type { UploadEvent } from '../events.ts';
import type { FileEvent } from './ensure-job.ts';
import { transcodeJobs } from './jobs.ts';
import { takePoster } from './poster.ts';
import { type Published, publishWork } from './publish-work.ts';
import { changeClaim } from './settle-claim.ts';
import { storyboardOrNull } from './storyboard/provide-storyboard.ts';
import { isFolderUsed, isThere, putCaptions, putPoster } from './title-files.ts';
import type { CaptionsFile, Work } from './work.ts';

export interface LibraryContext {
  readonly config: EnvironmentConfig;
  readonly outputs: LibraryOutputs;
  readonly s3: S3Client;
  readonly mediaConvert: MediaConvertClient;
  readonly signal: AbortSignal;
  readonly now: () => Date;
  /** Rejects when the signal is aborted. @default - waits for real */
  readonly wait?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  readonly tell: (event: UploadEvent) => void;
}

/** A master that was checked, as far as its title needs it. */
export interface MasterToPublish extends Omit<Work, 'hashes' | 'inputs'> {
  /** As it was given. */
  readonly file: string;
  /** What is sent, and what the poster is taken of. */
  readonly path: string;
  /** Hex. */
  readonly sha256: string;
  readonly probed: ProbedVideo;
  readonly posterSeconds: number;
  readonly captions: readonly CaptionsFile[];
  /**
   * Encrypts the title, each version with a key of its own from here.
   * @default - it is not encrypted
   */
  readonly contentKeys?: ContentKeys;
}

/** How a master gets to its place. */
export interface MasterPlace {
  readonly bucket: string;
  readonly key: string;
  /** The upload that an earlier run began; null where none is known. */
  readonly begun: Claim['upload'];
  /** Keeps in the claim which upload was begun, so that a later run can say that it was ended. */
  readonly onUpload: (upload: NonNullable<Claim['upload']>) => Promise<void>;
}

export interface PublishTitleOptions {
  /** Called only where there is no job yet. It sends nothing where the master is there. */
  readonly send: (place: MasterPlace) => Promise<void>;
}

/**
 * Resolves once the title is in the catalogue. Whatever stopped an earlier call, the same call goes on from there, on any
 * machine; several at once get the same title from one job.
 *
 * @throws PublishFailed; BrokenRecordError; what `send` and AWS answer
 */
export function publishTitle(
  context: LibraryContext,
  master: MasterToPublish,
  { send }: PublishTitleOptions,
): Promise<Published> {
  const { config, outputs, s3, signal, now } = context;
  const { pathPrefix, uploadKeyPrefix } = config;
  const { contentKeys } = master;
  const { master_uploads_bucket_name: masters, hls_outputs_bucket_name: streams } = outputs;
  const hashes = hashesOf(config, master);
  const records = recordStore({ s3, bucket: masters, signal, ...(context.wait && { wait: context.wait }) });
  const wait = context.wait ?? ((milliseconds, until) => sleep(milliseconds, undefined, { signal: until }));
  const key = masterKey(uploadKeyPrefix, master.sha256);
  const captionsAt = ({ sha256, extension }: CaptionsFile) => captionsKey(key, sha256, extension);
  return publishWork(
    {
      records,
      jobs: transcodeJobs({ mediaConvert: context.mediaConvert, queues: jobQueues(context), signal, now }),
      now,
      wait: (milliseconds) => wait(milliseconds, signal),
      tell: (event: FileEvent) => context.tell({ ...event, file: master.file } as UploadEvent),
      isFolderUsed: (id) =>
        isFolderUsed(s3, { bucket: streams, folder: versionFolder(pathPrefix, id, 1) }, signal),
      sendInputs: async ({ upload: begun }) => {
        for (const one of master.captions) {
          await putCaptions(s3, { bucket: masters, key: captionsAt(one) }, one, signal);
        }
        const onUpload = async (upload: NonNullable<Claim['upload']>) => {
          await changeClaim(records, claimKey(hashes), (claim) => ({ ...claim, upload }));
        };
        await send({ bucket: masters, key, begun, onUpload });
      },
      providePoster: async (path) => {
        const place = { bucket: streams, key: path };
        if (await isThere(s3, place, signal)) return;
        const picture = await takePoster(master.path, {
          video: master.probed,
          seconds: master.posterSeconds,
          signal,
        });
        await putPoster(s3, place, picture, signal);
      },
      provideStoryboard: ({ id, folder }) =>
        storyboardOrNull(
          s3,
          { bucket: streams, folder },
          {
            ...{ video: master.probed, signal },
            tell: (why) => context.tell({ event: 'no-storyboard', file: master.file, id, why }),
          },
        ),
      readStream: (playlistPath) => readStream(s3, { bucket: streams, playlistPath }, signal),
    },
    {
      hashes,
      id: master.id,
      title: master.title,
      inputs: {
        masterKey: key,
        captions: master.captions.map((one) => ({
          ...{ key: captionsAt(one), languageCode: one.languageCode, label: one.label },
        })),
        ...(contentKeys && { encrypted: true }),
        source: { ...master.probed },
      },
      durationSeconds: master.probed.durationSeconds,
      pathPrefix,
      job: {
        masterUri: `s3://${masters}/${key}`,
        input: async ({ titleId }, userMetadata) =>
          createJobInput({
            ...bookJob(config, outputs),
            bookId: titleId,
            masterUri: `s3://${masters}/${key}`,
            source: master.probed,
            userMetadata,
            ...(contentKeys && { encryption: await contentKeys.forJob({ titleId, version: 1 }) }),
            captions: master.captions.map((one) => {
              const { languageCode, label } = one;
              return { languageCode, label, input: `s3://${masters}/${captionsAt(one)}` };
            }),
          }),
      },
    },
  );
}

/** Where jobs of the environment can be. */
export function jobQueues({
  config: { jobHop },
  outputs,
}: Pick<LibraryContext, 'config' | 'outputs'>): string[] {
  return [outputs.mediaconvert_queue_arn, ...(jobHop === null ? [] : [jobHop.queueArn])];
}

/** By what a master's work is known. */
export function hashesOf(
  config: EnvironmentConfig,
  { sha256, captions, contentKeys }: Pick<MasterToPublish, 'sha256' | 'captions' | 'contentKeys'>,
): WorkHashes {
  return { sha256, settingsHash: settingsHash(config, captions, { encrypted: contentKeys !== undefined }) };
}
