/** `@storytime/signer/bunny`: videos of Bunny Stream, by the same call shapes. */

export type { SignedUrl } from '../signer-types.ts';
export { type BunnyEnv, type BunnyEnvOptions, bunnyEnv, bunnyStreamEnv } from './bunny-env.ts';
export type {
  BunnyEmbedOptions,
  BunnySigner,
  BunnySignerOptions,
  BunnySignOptions,
  BunnyTimeOptions,
  BunnyTusOptions,
  BunnyTusUpload,
} from './bunny-signer.ts';
export {
  type BunnyCreateVideo,
  type BunnyFetchVideo,
  type BunnyStream,
  type BunnyStreamOptions,
  type BunnyVideo,
  bunnyStream,
} from './bunny-stream.ts';
export { createBunnySigner } from './create-bunny-signer.ts';
export { BunnyVideoStatus, BunnyWebhookStatus } from './statuses.ts';
export type {
  BunnyAllowed,
  BunnyDenialReason,
  BunnyDenied,
  BunnySignedVia,
  BunnyToken,
  BunnyVerdict,
} from './verify/bunny-verdict.ts';
export { type ExplainBunnyRequest, explainBunny } from './verify/explain-bunny.ts';
export { parseBunnyVideoId } from './video-id.ts';
export { type BunnyWebhook, verifyBunnyWebhook } from './webhook.ts';
