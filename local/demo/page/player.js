// @ts-check
/** Plays a book from the edge: hls.js where there is Media Source, the browser's own HLS where there is none. */

import { byId } from './dom.js';
import { addSeekBar } from './seek-bar.js';

/**
 * Little is kept ahead and behind, so that the edge is asked every few seconds and a change of the cookies is seen soon.
 * A product would leave these as they are.
 */
const SHORT_BUFFERS = { maxBufferLength: 6, maxMaxBufferLength: 6, backBufferLength: 0 };

const video = /** @type {HTMLVideoElement} */ (byId('video'));
const seekBar = addSeekBar(video);

/** @type {{ destroy(): void } | null} */
let engine = null;
/** @type {{ onTrouble: () => void, onFed: () => void, onBlocked: () => void }} */
let listeners = { onTrouble: () => {}, onFed: () => {}, onBlocked: () => {} };

/**
 * @param {typeof listeners} given `onTrouble` when the edge gives nothing, `onFed` when it gives a part of the video;
 *   `onBlocked` when the browser wants a click
 */
export function listenToPlayer(given) {
  listeners = given;
}

/** @type {string | null} */
let playing = null;
/** Whether what was asked for last did not come: what is buffered plays on, and then nothing. */
let isStarved = false;
// Again from the edge, not from what is buffered: a short clip would never ask again.
video.addEventListener('ended', () => {
  if (playing !== null) play(playing);
});

video.addEventListener('waiting', stopIfStarved);

/**
 * Plays, and from the beginning again when it has ended.
 *
 * @param {string} playlistUrl
 * @param {number} [fromSeconds]
 */
export function play(playlistUrl, fromSeconds = 0) {
  end();
  playing = playlistUrl;
  isStarved = false;
  setPlayback('loading');
  seekBar.show(playlistUrl);
  const Hls = /** @type {{ Hls?: typeof import('hls.js').default }} */ (/** @type {unknown} */ (window)).Hls;
  engine = Hls?.isSupported()
    ? playWithHlsJs(Hls, playlistUrl, fromSeconds)
    : playNatively(playlistUrl, fromSeconds);
}

export function stop() {
  end();
  seekBar.hide();
}

function end() {
  engine?.destroy();
  engine = null;
  playing = null;
  setPlayback('stopped');
}

/** Whether it asks, and has got nothing so far or nothing more. */
export function isInTrouble() {
  const { playback } = document.documentElement.dataset;
  return playback === 'loading' || playback === 'refused' || (playback === 'playing' && isStarved);
}

/** Whether it plays, and gets what it asks for. */
export function isFed() {
  return document.documentElement.dataset.playback === 'playing' && !isStarved;
}

/**
 * @param {typeof import('hls.js').default} Hls
 * @param {string} playlistUrl
 * @param {number} fromSeconds
 */
function playWithHlsJs(Hls, playlistUrl, fromSeconds) {
  document.documentElement.dataset.engine = 'hls.js';
  const hls = new Hls({
    ...SHORT_BUFFERS,
    startPosition: fromSeconds,
    workerPath: new URL('vendor/hls.worker.js', location.href).href,
    loader: fetchLoader(Hls),
    // Cookies go to the edge only with credentials, and the edge's CORS answer names this origin exactly. The browser's own
    // cache would answer instead of the edge when this browser has played the title before.
    fetchSetup: (context, init) =>
      new Request(context.url, { ...init, credentials: 'include', cache: 'no-store' }),
  });
  hls.on(Hls.Events.MANIFEST_PARSED, started);
  hls.on(Hls.Events.FRAG_LOADED, () => {
    isStarved = false;
    listeners.onFed();
  });
  hls.on(Hls.Events.ERROR, (_, error) => {
    if (error.type === Hls.ErrorTypes.NETWORK_ERROR) {
      isStarved = true;
      listeners.onTrouble();
    }
    if (error.fatal) refused();
    else stopIfStarved();
  });
  hls.loadSource(playlistUrl);
  hls.attachMedia(video);
  return hls;
}

/**
 * hls.js has a loader over fetch and picks it by itself only for progressive playback.
 *
 * @param {typeof import('hls.js').default} Hls
 */
function fetchLoader(Hls) {
  const progressive = new Hls({ progressive: true });
  const { loader } = progressive.config;
  progressive.destroy();
  return loader;
}

/**
 * Safari on a phone has no Media Source Extensions and plays HLS by itself.
 *
 * @param {string} playlistUrl
 * @param {number} fromSeconds
 */
function playNatively(playlistUrl, fromSeconds) {
  document.documentElement.dataset.engine = 'native';
  const controller = new AbortController();
  const { signal } = controller;
  video.crossOrigin = 'use-credentials';
  video.addEventListener('loadedmetadata', started, { signal });
  video.addEventListener('playing', () => listeners.onFed(), { signal });
  video.addEventListener('error', refused, { signal });
  video.src = fromSeconds > 0 ? `${playlistUrl}#t=${fromSeconds}` : playlistUrl;
  return {
    destroy() {
      controller.abort();
      video.removeAttribute('src');
      video.load();
    },
  };
}

function started() {
  setPlayback('playing');
  video.play().catch((error) => {
    // Any other failure is a start that the next one has overtaken.
    if (error.name === 'NotAllowedError') listeners.onBlocked();
  });
}

/** hls.js goes on trying long after a viewer sees that nothing comes. */
function stopIfStarved() {
  if (isStarved && video.readyState < HTMLMediaElement.HAVE_FUTURE_DATA) refused();
}

function refused() {
  if (document.documentElement.dataset.playback === 'refused') return;
  setPlayback('refused');
  listeners.onTrouble();
}

/** @param {'loading' | 'playing' | 'refused' | 'stopped'} state */
function setPlayback(state) {
  document.documentElement.dataset.playback = state;
}
