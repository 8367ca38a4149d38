/** Content types by a file's extension, as an upload of HLS output sets them. Pure. */
import { extname } from 'node:path';
import { lookup } from 'mime-types';

/** What S3 says of an object that was put without a type. */
const UNKNOWN = 'binary/octet-stream';

/**
 * Where MediaConvert writes another type than the IANA registry has, or the registry has none.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8216#section-10
 */
const OWN: Readonly<Record<string, string>> = {
  '.ts': 'video/MP2T',
  '.m4s': 'video/iso.segment',
  '.m4v': 'video/mp4',
  '.cmfv': 'video/mp4',
  '.cmfa': 'audio/mp4',
  '.cmft': 'application/mp4',
  '.ac3': 'audio/ac3',
  '.webvtt': 'text/vtt',
};

export function contentTypeOf(path: string): string {
  const extension = extname(path).toLowerCase();
  return OWN[extension] ?? (lookup(extension) || UNKNOWN);
}
