/** `@storytime/signer/playlist`: HLS without cookies. */

export { type PreparedPlaylist, type PreparePlaylistOptions, preparePlaylist } from './prepare-playlist.ts';
export { type SignedPlaylist, type SignPlaylistOptions, signPlaylist } from './sign-playlist.ts';
