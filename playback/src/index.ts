/** `@storytime/playback`: what a backend needs for premium titles, beside the signer. */

export { PlaybackError, type PlaybackErrorCode } from './errors.ts';
