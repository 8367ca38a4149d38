/** Premium titles: where `@storytime/playback` keeps what it knows, and where players get content keys. */
import { z } from 'zod';
import { isLoopbackHost } from '../../aws/values/loopback.ts';
import { isSafeOrigin } from '../../aws/values/origins.ts';
import type { domain } from './domain.ts';
import { field, type Values } from './field.ts';
import { whole } from './kinds.ts';
import { type Rule, rulesAbout, when } from './rule.ts';

const KEY_URL =
  'the https:// address of the key endpoint without query and final slash, such as "https://api.example.com/api/video-keys"';

export const playback = {
  /**
   * The table of devices, streams, progress and content keys, and the KMS key that wraps content keys; null for neither.
   *
   * - `keyUrl`: where your backend answers with content keys. Encrypted titles name `<keyUrl>/<lesson>` in their playlists, so
   *   a title that was encrypted keeps the address of that time. It is a host of your API, never a domain of CloudFront:
   *   players send it the playback token. `http://` is for loopback only.
   * - `accessLogDays`: days until an entry of the access log is deleted, 1 to 3650.
   */
  playback: field(
    z
      .strictObject(
        { keyUrl: keyUrl(), accessLogDays: whole(1, 3650, 'of days') },
        { error: '{ keyUrl, accessLogDays }, or null' },
      )
      .nullable(),
    {
      devAndProd: 'may differ',
      inProd: {
        careless: (playback) => playback !== null && isLoopbackHost(new URL(playback.keyUrl).hostname),
        wanted: 'no loopback keyUrl in prod: any program on a viewer’s machine could answer with a key',
      },
    },
  ),
};

const rule = rulesAbout<Values<typeof domain & typeof playback>>();

export const playbackRules: readonly Rule[] = [
  // CloudFront would answer 403 for want of a signature. Let through, tokens would be in its cache key and in its logs.
  rule(['domainName', 'otherDomainNames', 'playback'], ({ domainName, otherDomainNames, playback }) => {
    const host = playback === null ? null : new URL(playback.keyUrl).hostname;
    const isDelivery =
      host !== null && (host.endsWith('.cloudfront.net') || [domainName, ...otherDomainNames].includes(host));
    return when(
      isDelivery,
      'playback.keyUrl',
      'a host of your API: CloudFront must never receive a playback token, and has no content key to answer with',
      playback?.keyUrl,
    );
  }),
];

function keyUrl() {
  return z
    .string({ error: KEY_URL })
    .refine(isPlainAddress, { error: KEY_URL, abort: true })
    .refine((text) => isSafeOrigin(new URL(text).origin), {
      error: 'an https:// address (http:// is for loopback hosts only)',
    });
}

/**
 * One spelling, that of a browser, since playlists hold it and players compare it; and only characters that stand as they
 * are in a playlist's quoted URI.
 */
function isPlainAddress(text: string): boolean {
  if (text.length > 500 || !URL.canParse(text)) return false;
  const { protocol, origin, pathname } = new URL(text);
  return /^https?:$/.test(protocol) && /^(?:\/[\w.~-]+)+$/.test(pathname) && text === `${origin}${pathname}`;
}
