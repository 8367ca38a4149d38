/**
 * What CloudFront compresses, and into what. Pure but for zlib.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/ServingCompressedFiles.html
 */
import { promisify } from 'node:util';
import { brotliCompress, gzip, constants as zlib } from 'node:zlib';
import type { Behaviour } from '../aws/cloudfront/distribution.ts';
import type { StoredAnswer } from './cache.ts';

export type Encoding = 'br' | 'gzip';

const MIN_BYTES = 1000;
const MAX_BYTES = 10_000_000;

/** AWS's list; HLS playlists have the two `mpegurl` types. */
const COMPRESSED_TYPES: ReadonlySet<string> = new Set([
  'application/dash+xml',
  'application/eot',
  'application/font',
  'application/font-sfnt',
  'application/javascript',
  'application/json',
  'application/opentype',
  'application/otf',
  'application/pdf',
  'application/pkcs7-mime',
  'application/protobuf',
  'application/rss+xml',
  'application/truetype',
  'application/ttf',
  'application/vnd.apple.mpegurl',
  'application/vnd.mapbox-vector-tile',
  'application/vnd.ms-fontobject',
  'application/wasm',
  'application/xhtml+xml',
  'application/xml',
  'application/x-font-opentype',
  'application/x-font-truetype',
  'application/x-font-ttf',
  'application/x-httpd-cgi',
  'application/x-javascript',
  'application/x-mpegurl',
  'application/x-opentype',
  'application/x-otf',
  'application/x-perl',
  'application/x-ttf',
  'font/eot',
  'font/opentype',
  'font/otf',
  'font/ttf',
  'image/svg+xml',
  'text/css',
  'text/csv',
  'text/html',
  'text/javascript',
  'text/js',
  'text/plain',
  'text/richtext',
  'text/tab-separated-values',
  'text/xml',
  'text/x-component',
  'text/x-java-source',
  'text/x-script',
  'vnd.apple.mpegurl',
]);

/** The encoding that a viewer gets at a behaviour: Brotli before gzip; null: the plain object. */
export function chooseEncoding(
  headers: Readonly<Record<string, string | undefined>>,
  { compress, caching }: Pick<Behaviour, 'compress' | 'caching'>,
): Encoding | null {
  // A range refers to the uncompressed object.
  if (!compress || !caching || headers.range !== undefined) return null;
  const accepted = headers['accept-encoding'];
  if (accepted === undefined) return null;
  if (caching.brotli && accepts(accepted, 'br')) return 'br';
  return caching.gzip && accepts(accepted, 'gzip') ? 'gzip' : null;
}

/** Whether CloudFront would compress this object for a viewer that takes it. */
export function isCompressible({ status, headers }: Pick<StoredAnswer, 'status' | 'headers'>): boolean {
  const size = Number(headers['content-length']);
  const type = (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return (
    (status === 200 || status === 403 || status === 404) &&
    headers['content-encoding'] === undefined &&
    size >= MIN_BYTES &&
    size <= MAX_BYTES &&
    COMPRESSED_TYPES.has(type)
  );
}

/** The object compressed; its ETag is weak then, as it no longer stands for these bytes. */
export async function compressed(answer: StoredAnswer, encoding: Encoding): Promise<StoredAnswer> {
  const body = await COMPRESSORS[encoding](answer.body);
  const { etag } = answer.headers;
  return {
    status: answer.status,
    headers: {
      ...answer.headers,
      'content-encoding': encoding,
      'content-length': String(body.length),
      ...(etag !== undefined && { etag: etag.startsWith('W/') ? etag : `W/${etag}` }),
    },
    body,
  };
}

const BROTLI = { params: { [zlib.BROTLI_PARAM_QUALITY]: 5 } };
const [gzipAsync, brotliAsync] = [promisify(gzip), promisify(brotliCompress)];
const COMPRESSORS: Readonly<Record<Encoding, (body: Buffer) => Promise<Buffer>>> = {
  gzip: (body) => gzipAsync(body),
  br: (body) => brotliAsync(body, BROTLI),
};

/** `*` names no encoding: CloudFront looks for its two by name. */
function accepts(header: string, encoding: Encoding): boolean {
  return header.split(',').some((item) => {
    const [name, ...parameters] = item.split(';').map((part) => part.trim().toLowerCase());
    return name === encoding && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  });
}
