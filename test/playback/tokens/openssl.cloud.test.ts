/** Tokens against openssl, byte for byte: its HMAC is what ours must be, and a token that it signed is accepted. */

import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { HEADER, IDS, kidOf, NOW, PAYLOAD, SECRET, TITLE, tokensAt } from './fixtures.ts';

function hmac(secret: string, text: string): Buffer {
  const key = `hexkey:${Buffer.from(secret).toString('hex')}`;
  return execFileSync('openssl', ['dgst', '-sha256', '-mac', 'HMAC', '-macopt', key, '-binary'], {
    input: text,
  });
}

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('openssl', () => {
  it.each([{}, { title: TITLE }, { streamId: 'a stream – of words' }])(
    'makes the same signature of the same header and claims: %j',
    async (more) => {
      const { token } = await tokensAt().issue({ ...IDS, ...more });
      const signed = token.slice(0, token.lastIndexOf('.'));
      expect(token).toBe(`${signed}.${hmac(SECRET, signed).toString('base64url')}`);
    },
  );

  it('makes the key id', () => {
    const id = hmac(SECRET, 'storytime playback token secret').subarray(0, 9).toString('base64url');
    expect(kidOf(SECRET)).toBe(id);
    expect(HEADER.kid).toBe(id);
  });

  it('makes a token that is accepted', async () => {
    const signed = `${encode(HEADER)}.${encode(PAYLOAD)}`;
    const token = `${signed}.${hmac(SECRET, signed).toString('base64url')}`;
    expect(await tokensAt(NOW).verify(token)).toMatchObject({
      allowed: true,
      claims: { ...IDS, streamId: 'stream-1' },
    });
  });
});
