/** `@storytime/playback`: what a backend needs for premium titles, beside the signer. */

export type { CreatedContentKey, KeyWrapper } from './content-keys/key-wrapper.ts';
export { type MasterKeyWrapperOptions, masterKeyWrapper } from './content-keys/master-key-wrapper.ts';
export type { TitleVersion } from './content-keys/title-version.ts';
export { PlaybackError, type PlaybackErrorCode } from './errors.ts';
export type { WrappedContentKey } from './store/store.ts';
