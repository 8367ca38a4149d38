/** Content types by a file's extension, as an upload of HLS output sets them. Pure. */
import { extname } from 'node:path';

/** What S3 says of an object that was put without a type. */
const UNKNOWN = 'binary/octet-stream';

/**
 * HLS first, in MediaConvert's own spelling; then what may stand beside it.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8216#section-10
 */
const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.m3u8': 'application/vnd.apple.mpegurl',
  '.ts': 'video/MP2T',
  '.m4s': 'video/iso.segment',
  '.mp4': 'video/mp4',
  '.m4v': 'video/mp4',
  '.m4a': 'audio/mp4',
  '.cmfv': 'video/mp4',
  '.cmfa': 'audio/mp4',
  '.cmft': 'application/mp4',
  '.aac': 'audio/aac',
  '.ac3': 'audio/ac3',
  '.mp3': 'audio/mpeg',
  '.vtt': 'text/vtt',
  '.webvtt': 'text/vtt',
  '.mpd': 'application/dash+xml',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.gif': 'image/gif',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.xml': 'application/xml',
  '.txt': 'text/plain',
  '.html': 'text/html',
  '.css': 'text/css',
  '.js': 'application/javascript',
  '.mov': 'video/quicktime',
  '.webm': 'video/webm',
};

export function contentTypeOf(path: string): string {
  return CONTENT_TYPES[extname(path).toLowerCase()] ?? UNKNOWN;
}
