/** Somebody who has a private key and signs for himself: everything, for an hour. Code of his own. */
import { sign } from 'node:crypto';
import type { HeldKey } from './watch.ts';

const HOUR_SECONDS = 3600;

/** A `Cookie` header or a query that opens a book for as long as its key is trusted. */
export function steal(
  { keyPairId, privateKey }: HeldKey & { readonly keyPairId: string },
  { via, domain, book, now }: { via: 'cookies' | 'url'; domain: string; book: string; now: number },
): string {
  const end = Math.floor(now / 1000) + HOUR_SECONDS;
  const policy = `{"Statement":[{"Resource":"https://${domain}${book}/*","Condition":{"DateLessThan":{"AWS:EpochTime":${end}}}}]}`;
  const fields = {
    Policy: encode(Buffer.from(policy)),
    Signature: encode(sign('sha1', Buffer.from(policy), privateKey)),
    'Key-Pair-Id': keyPairId,
  };
  const prefix = via === 'cookies' ? 'CloudFront-' : '';
  return Object.entries(fields)
    .map(([name, value]) => `${prefix}${name}=${value}`)
    .join(via === 'cookies' ? '; ' : '&');
}

function encode(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('+', '-').replaceAll('=', '_').replaceAll('/', '~');
}
