/** Those who take what is not theirs: by a private key that has leaked, or by rewriting what they were given. Code of their own. */
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

/** The same with a policy that ends a year later, and its signature as it was. */
export function prolonged(text: string): string {
  return text.replace(/(Policy=)([^;&]+)/, (_, name: string, policy: string) => {
    const base64 = policy.replaceAll('-', '+').replaceAll('_', '=').replaceAll('~', '/');
    const json = Buffer.from(base64, 'base64').toString();
    const later = json.replace(/:(\d+)\}/, (_, seconds: string) => `:${Number(seconds) + 31_536_000}}`);
    return name + encode(Buffer.from(later));
  });
}

function encode(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('+', '-').replaceAll('=', '_').replaceAll('/', '~');
}
