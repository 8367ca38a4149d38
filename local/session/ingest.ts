/** Takes one video file the way an admin console would: presigned POST, then a MediaConvert job. */

import { openAsBlob } from 'node:fs';
import { extname } from 'node:path';
import type { MediaConvertClient } from '@aws-sdk/client-mediaconvert';
import type { S3Client } from '@aws-sdk/client-s3';
import type { EnvironmentConfig } from '../../envs/config.ts';
import { bookJob } from '../../ops/library/outputs.ts';
import type { ProbedVideo } from '../../ops/probe/probe.ts';
import { transcodeBook } from '../demo/transcoding.ts';
import { createUpload } from '../demo/uploads.ts';
import type { Outputs } from './infrastructure.ts';

export interface Video {
  readonly path: string;
  readonly probed: ProbedVideo;
}

/** The file is a video, but of a container that the configuration lets nobody upload. */
export class ContainerRefusedError extends Error {
  override readonly name = 'ContainerRefusedError';
}

/**
 * What to call a master in its upload, by what is in the file and not by its name.
 *
 * @throws {ContainerRefusedError} when the configuration takes no such container.
 */
export function contentTypeOf({ path, probed }: Video, taken: readonly string[]): string {
  const contentType = mediaTypeOf(probed.container, path);
  if (contentType !== null && taken.includes(contentType)) return contentType;
  throw new ContainerRefusedError(
    `${path}: expected one of ${taken.join(', ')}, got the container "${probed.container}"; repack it with ffmpeg -i <file> -c copy <file>.mkv`,
  );
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

/** QuickTime and MP4 are one family to ffmpeg; WebM is a subset of Matroska. */
function mediaTypeOf(container: string, path: string): string | null {
  const family = container.split(',');
  if (family.includes('mp4')) return extname(path).toLowerCase() === '.mov' ? 'video/quicktime' : 'video/mp4';
  return family.includes('matroska') ? 'video/x-matroska' : null;
}
