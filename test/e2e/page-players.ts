/** The players of the tables in docs, as a page loads them. What runs in the page is text: the tests are compiled without the browser's types. */

import { createRequire } from 'node:module';

export interface Player {
  /** What the page loads. @default - nothing: the browser's own player */
  readonly script?: string;
  /** Comes before the code of docs. */
  readonly before?: string;
  /** Takes the place of that code where nothing needs to be set. */
  readonly plain?: string;
  /** Plays `playlistUrl` in `video`, and calls `gaveUp` with the player's own words when it gives up. */
  readonly load: string;
}

const require = createRequire(import.meta.url);
const HLS_JS = {
  plain: 'const hls = new Hls();',
  load: `hls.on(Hls.Events.ERROR, (_, { fatal, details, response }) => { if (fatal) gaveUp(details, response?.code); });
    hls.loadSource(playlistUrl);
    hls.attachMedia(video);`,
};
/** By the names that the table has. */
export const PLAYERS: Readonly<Record<string, Player>> = {
  'hls.js': { ...HLS_JS, script: require.resolve('hls.js/dist/hls.js') },
  'hls.js light': { ...HLS_JS, script: require.resolve('hls.js/dist/hls.light.js') },
  Shaka: {
    script: require.resolve('shaka-player/dist/shaka-player.compiled.js'),
    before: 'const player = new shaka.Player(); await player.attach(video);',
    load: `const giveUp = ({ code, data }) => gaveUp(code, data?.[1]);
      player.addEventListener('error', ({ detail }) => giveUp(detail));
      player.load(playlistUrl).catch(giveUp);`,
  },
  'video.js': {
    script: require.resolve('video.js/dist/video.js'),
    plain: 'const player = videojs(video);',
    load: `player.on('error', () => gaveUp(player.error()?.code, player.error()?.message));
      player.src({ src: playlistUrl, type: 'application/vnd.apple.mpegurl' });`,
  },
  'Chromium’s own HLS': {
    load: `video.addEventListener('error', () => gaveUp(video.error.code, video.error.message));
      video.src = playlistUrl;`,
  },
};
