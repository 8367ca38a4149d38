/** Takes one video file the way an admin console would: presigned POST, then a MediaConvert job. */

import { openAsBlob } from 'node:fs';
import { extname } from 'node:path';
import type { MediaConvertClient } from '@aws-sdk/client-mediaconvert';
import type { S3Client } from '@aws-sdk/client-s3';
import type { EnvironmentConfig } from '../../envs/config.ts';
import { transcodeBook } from '../demo/transcoding.ts';
import { createUpload } from '../demo/uploads.ts';
import type { ProbedVideo } from '../transcoder/probe.ts';
import type { Outputs } from './infrastructure.ts';

/** By file name, as a browser's file picker does it. */
const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.mp4': 'video/mp4',
  '.m4v': 'video/mp4',
  '.mov': 'video/quicktime',
  '.mkv': 'video/x-matroska',
  '.webm': 'video/webm',
};

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
  const contentType = CONTENT_TYPES[extname(video.path).toLowerCase()] ?? 'video/mp4';
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

/** Makes the HLS ladder of an uploaded master, at `books/<bookId>/index.m3u8`. */
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
  await transcodeBook(client, {
    bookId,
    input: `s3://${outputs.master_uploads_bucket_name}/${masterKey}`,
    destination: `s3://${outputs.hls_outputs_bucket_name}/books/${bookId}/index`,
    ladder: config.ladder,
    segmentSeconds: config.segmentSeconds,
    source: video.probed,
    queueArn: outputs.mediaconvert_queue_arn,
    roleArn: outputs.mediaconvert_role_arn,
    signal,
    onProgress,
  });
}
