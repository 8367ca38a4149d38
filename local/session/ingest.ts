/** Takes one video file the way an admin console would: presigned POST, then a MediaConvert job. */

import { openAsBlob } from 'node:fs';
import type { MediaConvertClient } from '@aws-sdk/client-mediaconvert';
import type { S3Client } from '@aws-sdk/client-s3';
import type { EnvironmentConfig } from '../../envs/config.ts';
import { bookJob } from '../../ops/library/outputs.ts';
import { contentTypeOf } from '../../ops/probe/content-type.ts';
import type { ProbedVideo } from '../../ops/probe/probe.ts';
import { transcodeBook } from '../demo/transcoding.ts';
import { createUpload } from '../demo/uploads.ts';
import type { Outputs } from './infrastructure.ts';

export interface Video {
  readonly path: string;
  readonly probed: ProbedVideo;
}

/** Uploads through a presigned POST; gives back the master's key. */
export async function uploadMaster(
  client: S3Client,
  options: { config: EnvironmentConfig; outputs: Outputs; bookId: string; video: Video; signal: AbortSignal },
): Promise<string> {
  const { config, outputs, bookId, video, signal } = options;
  const contentType = contentTypeOf(video, config.uploadContentTypes);
  const upload = await createUpload(
    client,
    { ...config, bucket: outputs.master_uploads_bucket_name },
    { bookId, contentType },
  );
  const form = new FormData();
  for (const [name, value] of Object.entries(upload.fields)) form.append(name, value);
  form.append('file', await openAsBlob(video.path, { type: contentType }));
  const answer = await fetch(upload.url, { method: 'POST', body: form, signal });
  if (!answer.ok) throw new Error(`the upload was refused with ${answer.status}: ${await answer.text()}`);
  return upload.key;
}

/** Makes the HLS ladder of an uploaded master, at `<pathPrefix>/<bookId>/index.m3u8`. */
export async function transcodeMaster(
  client: MediaConvertClient,
  options: {
    config: EnvironmentConfig;
    outputs: Outputs;
    bookId: string;
    masterKey: string;
    video: Video;
    signal: AbortSignal;
    onProgress: (percent: number) => void;
  },
): Promise<void> {
  const { config, outputs, bookId, masterKey, video, signal, onProgress } = options;
  const masterUri = `s3://${outputs.master_uploads_bucket_name}/${masterKey}`;
  const book = { ...bookJob(config, outputs), bookId, masterUri, source: video.probed };
  await transcodeBook(client, book, { signal, onProgress });
}
