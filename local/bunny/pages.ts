/** The pages that the local Bunny edge makes itself. Pure. */
import { STATUS_CODES } from 'node:http';
import type { Voice } from '../../edge/error-pages.ts';
import type { EdgeResponse } from '../../edge/response.ts';

const SERVER = 'BunnyCDN-local';

/**
 * An error page. The documentation says that a refused token gets a 403 page and shows none, so this is a page of our own;
 * like CloudFront's it carries no CORS headers.
 */
export function errorPage(status: number): EdgeResponse {
  const title = `${status} ${STATUS_CODES[status] ?? 'Error'}`;
  return htmlPage(
    status,
    `<!doctype html><html lang="en"><head><title>${title}</title></head><body><h1>${title}</h1></body></html>\n`,
  );
}

export const BUNNY_VOICE: Voice = {
  page: errorPage,
  headers: (requestId) => ({ server: SERVER, 'cdn-requestid': requestId }),
  unread: [`Server: ${SERVER}`],
};

export interface PlayerPage {
  /** Of the playlist, with its token; relative to the page's own origin. */
  readonly playlistPath: string;
  /** Fresh for each page: what the content security policy lets run. */
  readonly nonce: string;
}

/** The player: hls.js, or the browser's own HLS where hls.js cannot run. */
export function playerPage({ playlistPath, nonce }: PlayerPage): EdgeResponse {
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Video</title>
<style nonce="${nonce}">html, body, video { width: 100%; height: 100%; margin: 0; background: #000; }</style>
<script src="${PLAYER_SCRIPT_PATH}"></script>
</head>
<body>
<video controls playsinline data-playlist="${escapeHtml(playlistPath)}"></video>
<script nonce="${nonce}">
const video = document.querySelector('video');
const { playlist } = video.dataset;
if (Hls.isSupported()) {
  const hls = new Hls({ enableWorker: false });
  hls.loadSource(playlist);
  hls.attachMedia(video);
} else {
  video.src = playlist;
}
</script>
</body>
</html>
`;
  const page = htmlPage(200, html);
  const policy = [
    "default-src 'none'",
    `script-src 'self' 'nonce-${nonce}'`,
    `style-src 'nonce-${nonce}'`,
    "connect-src 'self'",
    "media-src 'self' blob:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const headers = {
    ...page.headers,
    'content-security-policy': policy,
    // The page's address holds a token.
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
  };
  return { ...page, headers };
}

/** Where the page has hls.js from: no video's path, and the same for everybody. */
export const PLAYER_SCRIPT_PATH = '/embed/hls.js';

export function scriptAnswer(script: Buffer): EdgeResponse {
  const headers = {
    'content-type': 'text/javascript; charset=utf-8',
    'content-length': String(script.length),
  };
  return { status: 200, headers, body: script };
}

function htmlPage(status: number, html: string): EdgeResponse {
  const body = Buffer.from(html);
  const headers = { 'content-type': 'text/html; charset=utf-8', 'content-length': String(body.length) };
  return { status, headers: { ...headers, 'x-content-type-options': 'nosniff' }, body };
}

function escapeHtml(text: string): string {
  return text.replace(/[<>&"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
