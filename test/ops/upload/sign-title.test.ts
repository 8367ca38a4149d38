/** The address that a command prints: never valid for longer than the environment allows a signature to be. */
import { testKey } from '@storytime/signer/testing';
import { describe, expect, it } from 'vitest';
import { signTitle } from '../../../ops/upload/sign-title.ts';

const HOUR_SECONDS = 3600;

describe('the signed address of a title', () => {
  it.each([
    ['an hour, where signatures may be valid for a day', 86_400, HOUR_SECONDS],
    ['an hour, where they may be valid for exactly that', HOUR_SECONDS, HOUR_SECONDS],
    ['a minute, where no signature may be valid for longer', 60, 60],
  ])('is valid for %s', async (_, longestSignatureSeconds, seconds) => {
    const before = Date.now();
    const address = await signTitle('books/42/index.m3u8', {
      ...{ domain: 'media.example.com', edgeUrl: null, key: testKey(), longestSignatureSeconds },
    });
    const after = Date.now();

    const expiresAt = address?.expiresAt.getTime() ?? Number.NaN;
    expect(expiresAt).toBeGreaterThanOrEqual(Math.floor(before / 1000) * 1000 + seconds * 1000);
    expect(expiresAt).toBeLessThanOrEqual(after + seconds * 1000);
    const policy = new URL(address?.url ?? '').searchParams.get('Policy') ?? '';
    const text = Buffer.from(
      policy.replaceAll(/[-_~]/g, (c) => ({ '-': '+', _: '=', '~': '/' })[c] ?? c),
      'base64',
    );
    expect(text.toString()).toContain(`"AWS:EpochTime":${expiresAt / 1000}}`);
  });
});
