/** `@storytime/playback`: what a backend needs for premium titles, beside the signer. */

export type { CreatedContentKey, KeyWrapper } from './content-keys/key-wrapper.ts';
export { type MasterKeyWrapperOptions, masterKeyWrapper } from './content-keys/master-key-wrapper.ts';
export type { TitleVersion } from './content-keys/title-version.ts';
export { PlaybackError, type PlaybackErrorCode } from './errors.ts';
// stores and the rules on them
export { type MemoryStoreOptions, memoryStore } from './memory/memory-store.ts';
export { mergeProgress, type ProgressBeat } from './progress/merge-progress.ts';
export { resumeAt } from './progress/resume-at.ts';
export { checkedStore } from './store/checked-store.ts';
export type {
  AccessEntry,
  Admission,
  CountedStream,
  Device,
  Finding,
  Listing,
  Page,
  PlaybackStore,
  Progress,
  Registration,
  StoredProgress,
  Stream,
  WrappedContentKey,
} from './store/store.ts';
// tokens
export type { PlaybackClaims, TokenTitle } from './tokens/claims.ts';
export {
  type ExpectedClaims,
  type IssuedToken,
  type IssueOptions,
  type PlaybackTokens,
  type PlaybackTokensOptions,
  playbackTokens,
  type TokenRefusal,
  type TokenVerdict,
} from './tokens/playback-tokens.ts';
export type { SecretValue, TokenSecret, TokenSecretSource } from './tokens/secrets.ts';
