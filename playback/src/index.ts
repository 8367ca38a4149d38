/** `@storytime/playback`: what a backend needs for premium titles, beside the signer. */

export { type Network, networkOf, truncateAddress } from './access/address.ts';
export { type RecordAccessOptions, recordAccess } from './access/record-access.ts';
export type { CreatedContentKey, KeyWrapper } from './content-keys/key-wrapper.ts';
export { type MasterKeyWrapperOptions, masterKeyWrapper } from './content-keys/master-key-wrapper.ts';
export type { TitleVersion } from './content-keys/title-version.ts';
export {
  type PlaybackEnv,
  type PlaybackEnvOptions,
  type PlaybackVariable,
  playbackEnv,
} from './env/playback-env.ts';
export { PlaybackError, type PlaybackErrorCode } from './errors.ts';
export { type DeviceChurnOptions, deviceChurn } from './findings/device-churn.ts';
export { type FindSuspiciousOptions, findSuspicious } from './findings/find-suspicious.ts';
export { type ManyNetworksOptions, manyNetworks } from './findings/many-networks.ts';
export { type ManyTitlesOptions, manyTitles } from './findings/many-titles.ts';
export type { History, Observation, Rule } from './findings/rule.ts';
export { type UnusualHoursOptions, unusualHours } from './findings/unusual-hours.ts';
export type { Allowed, Authorize, AuthorizedTitle, Denied, Identify } from './handlers/authorize.ts';
export { type DevicesHandlerOptions, devicesHandler } from './handlers/devices-handler.ts';
export { type HeartbeatHandlerOptions, heartbeatHandler } from './handlers/heartbeat-handler.ts';
export { type KeyHandlerOptions, type KeyParameters, keyHandler } from './handlers/key-handler.ts';
export { type PlaybackHandlerOptions, playbackHandler } from './handlers/playback-handler.ts';
export {
  type PlaybackHandlers,
  type PlaybackHandlersOptions,
  playbackHandlers,
} from './handlers/playback-handlers.ts';
export { type ReportHandlerOptions, reportHandler } from './handlers/report-handler.ts';
export type { CookieSigner, SessionOptions } from './handlers/session.ts';
export type { FailureContext, OnError, RouteOptions } from './http/route.ts';
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
