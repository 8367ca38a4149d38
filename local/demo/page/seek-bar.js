// @ts-check
/** A seek bar that shows the picture of each moment, from the storyboard beside the playlist. */

import { make } from './dom.js';

/** @typedef {{ startSeconds: number, endSeconds: number, sheet: string, x: number, y: number, width: number, height: number }} Tile */

const TIME = String.raw`(\d{2,}):(\d\d):(\d\d\.\d{3})`;
const CUE = new RegExp(String.raw`^${TIME} --> ${TIME}\n(\S+)#xywh=(\d+),(\d+),(\d+),(\d+)$`, 'gm');

/**
 * Puts a seek bar below the video, which stays hidden until a title is shown. The storyboard is asked for when somebody
 * points at the bar, or moves it by a key: most viewers never do.
 *
 * @param {HTMLVideoElement} video
 */
export function addSeekBar(video) {
  const bar = /** @type {HTMLInputElement} */ (make('input', { className: 'seek' }));
  Object.assign(bar, { id: 'seek', type: 'range', min: '0', step: '0.1', value: '0', hidden: true });
  bar.setAttribute('aria-label', 'Seek');
  const picture = /** @type {HTMLImageElement} */ (make('img'));
  picture.alt = '';
  const frame = make('div', { className: 'preview-frame', children: [picture] });
  const time = make('span', { className: 'preview-time' });
  const preview = make('div', { className: 'preview', children: [frame, time] });
  preview.id = 'preview';
  preview.hidden = true;
  video.after(preview, bar);

  /** @type {string | null} */
  let storyboardUrl = null;
  /** @type {Promise<Tile[]> | null} null until it was asked for */
  let tiles = null;

  /** @param {number} seconds */
  async function showPreview(seconds) {
    const url = storyboardUrl;
    if (url === null) return;
    tiles ??= loadStoryboard(url);
    const found = (await tiles).find(
      ({ startSeconds, endSeconds }) => seconds >= startSeconds && seconds < endSeconds,
    );
    // Another title was chosen meanwhile, or it has none.
    if (url !== storyboardUrl || found === undefined) return hidePreview();
    // Set again, the same address would be loaded again.
    if (picture.src !== found.sheet) picture.src = found.sheet;
    frame.style.width = `${found.width}px`;
    frame.style.height = `${found.height}px`;
    picture.style.left = `${-found.x}px`;
    picture.style.top = `${-found.y}px`;
    time.textContent = clock(seconds);
    preview.hidden = false;
    const room = bar.clientWidth - found.width;
    const middle = (seconds / Number(bar.max)) * bar.clientWidth - found.width / 2;
    preview.style.left = `${Math.max(0, Math.min(room, middle))}px`;
  }

  function hidePreview() {
    preview.hidden = true;
  }

  const keepUp = () => {
    if (Number.isFinite(video.duration)) bar.max = String(video.duration);
    bar.value = String(video.currentTime);
    bar.setAttribute('aria-valuetext', `${clock(video.currentTime)} of ${clock(Number(bar.max))}`);
  };
  video.addEventListener('durationchange', keepUp);
  video.addEventListener('timeupdate', keepUp);
  bar.addEventListener('input', () => {
    video.currentTime = Number(bar.value);
    showPreview(Number(bar.value));
  });
  bar.addEventListener('pointermove', ({ clientX }) => {
    const { left, width } = bar.getBoundingClientRect();
    showPreview(Math.max(0, Math.min(0.9999, (clientX - left) / width)) * Number(bar.max));
  });
  bar.addEventListener('pointerleave', hidePreview);
  bar.addEventListener('blur', hidePreview);

  return {
    /** @param {string} playlistUrl */
    show(playlistUrl) {
      const url = new URL('storyboard/storyboard.vtt', playlistUrl).href;
      // The same title again, after its end: what was loaded is kept.
      if (url !== storyboardUrl) tiles = null;
      storyboardUrl = url;
      bar.hidden = false;
    },
    hide() {
      bar.hidden = true;
      hidePreview();
    },
  };
}

/**
 * @param {string} url
 * @returns {Promise<Tile[]>} none where the title has no storyboard, or may not be watched
 */
async function loadStoryboard(url) {
  const answer = await fetch(url, { credentials: 'include' }).catch(() => null);
  if (!answer?.ok) return [];
  return [...(await answer.text()).matchAll(CUE)].map(([, ...parts]) => {
    const [x = 0, y = 0, width = 0, height = 0] = parts.slice(7).map(Number);
    return {
      startSeconds: secondsOf(parts.slice(0, 3)),
      endSeconds: secondsOf(parts.slice(3, 6)),
      sheet: new URL(parts[6] ?? '', url).href,
      ...{ x, y, width, height },
    };
  });
}

/** @param {string[]} parts hours, minutes, seconds */
function secondsOf(parts) {
  return parts.reduce((seconds, part) => seconds * 60 + Number(part), 0);
}

/** @param {number} seconds */
function clock(seconds) {
  const whole = Math.floor(seconds);
  const two = (/** @type {number} */ value) => String(value).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  const rest = `${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
  return hours === 0 ? rest : `${hours}:${rest}`;
}
