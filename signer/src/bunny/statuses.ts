/** Bunny numbers a video's states twice: 3 is "transcoding" in the API and "finished" in a webhook. */

/**
 * `status` of a video in the Stream API.
 *
 * @see https://docs.bunny.net/api-reference/stream (VideoModelStatus)
 */
export const BunnyVideoStatus = {
  Created: 0,
  Uploaded: 1,
  Processing: 2,
  Transcoding: 3,
  Finished: 4,
  Error: 5,
  UploadFailed: 6,
  JitSegmenting: 7,
  JitPlaylistsCreated: 8,
} as const;
export type BunnyVideoStatus = (typeof BunnyVideoStatus)[keyof typeof BunnyVideoStatus];

/**
 * `Status` in a webhook's body.
 *
 * @see https://docs.bunny.net/stream/webhooks
 */
export const BunnyWebhookStatus = {
  Queued: 0,
  Processing: 1,
  Encoding: 2,
  Finished: 3,
  /** One resolution is done; at the first one the video can be played. */
  ResolutionFinished: 4,
  Failed: 5,
  PresignedUploadStarted: 6,
  PresignedUploadFinished: 7,
  PresignedUploadFailed: 8,
  CaptionsGenerated: 9,
  TitleOrDescriptionGenerated: 10,
} as const;
export type BunnyWebhookStatus = (typeof BunnyWebhookStatus)[keyof typeof BunnyWebhookStatus];
