/** Tokens that openssl made (test/vectors/make-bunny.sh), most of them published by Bunny too. */

import { readFileSync } from 'node:fs';
import {
  type BunnySignOptions,
  createBunnySigner,
  explainBunny,
  verifyBunnyWebhook,
} from '@storytime/signer/bunny';
import { describe, expect, it } from 'vitest';

interface Vector {
  readonly name: string;
  readonly published: boolean;
  readonly call: 'signFileUrl' | 'signPlaylistUrl' | 'judge';
  readonly subject: string;
  readonly options: BunnySignOptions;
  readonly url: string;
}

const { tokenKey, expires, vectors, embed, upload, webhook } = JSON.parse(
  readFileSync(new URL('../../vectors/bunny.json', import.meta.url), 'utf8'),
) as {
  readonly tokenKey: string;
  readonly expires: number;
  readonly vectors: readonly Vector[];
  readonly embed: { embedTokenKey: string; libraryId: number; videoId: string; expires: number; url: string };
  readonly upload: { libraryId: number; apiKey: string; videoId: string; expires: number; signature: string };
  readonly webhook: { readOnlyKey: string; body: string; signature: string };
};

const asOf = (seconds: number) => new Date(seconds * 1000);
const options = { pullZoneHost: 'token-tester.b-cdn.net', tokenKey, now: () => asOf(expires - 60) };
const viewers: Readonly<Record<string, string>> = { '1.2.3.0/24': '1.2.3.99' };

describe.each(vectors)('$name', ({ call, subject, options: given, url }) => {
  const ip = viewers[given.ipAddress ?? ''] ?? given.ipAddress ?? '1.2.3.4';
  const judge = (seconds: number) =>
    explainBunny({ url, tokenKey, ip, country: url.includes('CA%2CUS') ? 'US' : 'AT', now: asOf(seconds) });

  if (call !== 'judge') {
    it('is signed byte for byte', () => {
      const signed = createBunnySigner(options)[call](subject, { ...given, expiresIn: 60 });
      expect(signed).toEqual({ url, expiresIn: 60, expiresAt: asOf(expires) });
    });
  }

  it('is allowed to the last second, and denied after it', () => {
    expect(judge(expires - 1)).toMatchObject({ allowed: true });
    expect(judge(expires)).toMatchObject({ allowed: false, reason: 'expired' });
  });

  it('is denied with another key and after any change of its token', () => {
    const wrong = { allowed: false, reason: 'signature-mismatch' };
    expect(explainBunny({ url, tokenKey: `${tokenKey}x`, ip, now: asOf(expires - 1) })).toMatchObject(wrong);
    const changed = url.replace(
      /(token=(?:HS256-)?(?:1-)?.{20})(.)/,
      (_, before, one) => before + (one === 'A' ? 'B' : 'A'),
    );
    expect(changed).not.toBe(url);
    expect(explainBunny({ url: changed, tokenKey, ip, now: asOf(expires - 1) })).toMatchObject(wrong);
  });
});

it('has what Bunny publishes, and a directory token by the documentation', () => {
  expect(vectors.filter(({ published }) => published)).toHaveLength(9);
  expect(vectors.find(({ name }) => name === 'a video')?.url).toContain(
    '=HS256-vkv1D6nQCEQPGYypD1gYpE8Z3qPFb6ulu-medWYY0K8&',
  );
});

it("signs the documentation's example of an embed token, which opens that video to its last second", () => {
  const { embedTokenKey, libraryId, videoId, url } = embed;
  const now = () => asOf(embed.expires - 300);
  const signer = createBunnySigner({ ...options, embedTokenKey, libraryId, now });
  expect(signer.signEmbedUrl(videoId)).toEqual({ url, expiresIn: 300, expiresAt: asOf(embed.expires) });
  expect(explainBunny({ url, embedTokenKey, now: asOf(embed.expires - 1) })).toMatchObject({ allowed: true });
  expect(explainBunny({ url, embedTokenKey, now: asOf(embed.expires) })).toMatchObject({ reason: 'expired' });
});

it('signs an upload', () => {
  const { libraryId, apiKey, videoId, signature } = upload;
  const signer = createBunnySigner({ ...options, libraryId, apiKey });
  expect(signer.signTusUpload({ videoId, expiresIn: 60 })).toEqual({
    endpoint: 'https://video.bunnycdn.com/tusupload',
    headers: {
      AuthorizationSignature: signature,
      AuthorizationExpire: String(expires),
      LibraryId: '759',
      VideoId: videoId,
    },
    expiresIn: 60,
    expiresAt: asOf(expires),
  });
});

it('verifies a webhook', () => {
  expect(verifyBunnyWebhook(webhook.body, webhook.signature, webhook.readOnlyKey)).toBe(true);
});
