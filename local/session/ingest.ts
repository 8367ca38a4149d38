/** Makes the first title of a run of one video file, in the steps of `npm run upload`. */

import { masterKey } from '../../ops/library/places.ts';
import type { CheckedMaster } from '../../ops/upload/check/check-master.ts';
import type { UploadEvent } from '../../ops/upload/events.ts';
import { type LibraryContext, publishTitle } from '../../ops/upload/publish/publish-title.ts';
import { sendMaster } from '../../ops/upload/send/send-master.ts';

type Library = Omit<LibraryContext, 'tell'>;

const PARTS_AT_ONCE = 4;

/** Sends the master to the place of its content; gives back its key. */
export async function uploadMaster(
  { config, outputs, s3, signal }: Library,
  video: CheckedMaster,
): Promise<string> {
  const key = masterKey(config.uploadKeyPrefix, video.sha256);
  const place = { bucket: outputs.master_uploads_bucket_name, key };
  await sendMaster(s3, place, video, { signal, partsAtOnce: PARTS_AT_ONCE, tell: () => {} });
  return key;
}

/** Makes the HLS ladder of an uploaded master, at `<pathPrefix>/<id>/index.m3u8`, and puts its title into the catalogue. */
export async function publishMaster(
  library: Library,
  video: CheckedMaster,
  onProgress: (percent: number) => void,
): Promise<void> {
  const tell = (event: UploadEvent) => {
    if (event.event === 'transcoding' && event.percent !== null) onProgress(event.percent);
  };
  await publishTitle({ ...library, tell }, video, { send: async () => {} });
}
