/** Webhooks: which are Bunny's. */

import { createHmac } from 'node:crypto';
import { BunnyVideoStatus, BunnyWebhookStatus, verifyBunnyWebhook } from '@storytime/signer/bunny';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { failureOf } from '../fixtures.ts';

const KEY = 'read-only-0000';
const body = '{"VideoLibraryId":133,"VideoGuid":"657bb740-a71b-4529-a012-528021c31a92","Status":3}';
const sign = (raw: string | Uint8Array, key = KEY) => createHmac('sha256', key).update(raw).digest('hex');

describe('a webhook', () => {
  it('is accepted as text and as bytes, whatever its bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(verifyBunnyWebhook(bytes, sign(bytes), KEY)).toBe(true);
        expect(verifyBunnyWebhook(Buffer.from(bytes), sign(bytes), KEY)).toBe(true);
      }),
    );
    expect(verifyBunnyWebhook(body, sign(body), KEY)).toBe(true);
    expect(verifyBunnyWebhook('é', sign(Buffer.from('é')), KEY)).toBe(true);
  });

  it('can be replayed: the same call is accepted again', () => {
    const signature = sign(body);
    expect([1, 2].map(() => verifyBunnyWebhook(body, signature, KEY))).toEqual([true, true]);
  });

  it.each([
    ['another key', sign(body, 'another')],
    ['another body', sign(`${body} `)],
    ['the same JSON, serialized again', sign(JSON.stringify(JSON.parse(body), null, 1))],
    ['no header', undefined],
    ['null', null],
    ['an empty header', ''],
    ['capitals', sign(body).toUpperCase()],
    ['a digit less', sign(body).slice(1)],
    ['a digit more', `${sign(body)}0`],
    ['two in one header', `${sign(body)}, ${sign(body)}`],
    ['a line break behind it', `${sign(body)}\n`],
    ['base64', Buffer.from(sign(body), 'hex').toString('base64')],
    ['a list, as from a header that came twice', [sign(body)]],
  ])('is refused with a signature of %s', (_, signature) => {
    expect(verifyBunnyWebhook(body, signature as string, KEY)).toBe(false);
  });

  it('is refused for every digit that is changed', () => {
    const signature = sign(body);
    for (let at = 0; at < signature.length; at++) {
      const digit = signature[at] === '0' ? '1' : '0';
      expect(verifyBunnyWebhook(body, signature.slice(0, at) + digit + signature.slice(at + 1), KEY)).toBe(
        false,
      );
    }
  });

  it.each([
    ['a parsed body', JSON.parse(body), KEY, 'ERR_ARGUMENT_TYPE'],
    ['no body', undefined, KEY, 'ERR_ARGUMENT_TYPE'],
    ['no key', body, undefined, 'ERR_ARGUMENT_TYPE'],
    ['an empty key, with which everybody could sign', body, '', 'ERR_BUNNY_KEY'],
    ['a key with its line break', body, `${KEY}\n`, 'ERR_BUNNY_KEY'],
  ])('throws for %s', async (_, raw, key, code) => {
    expect(await failureOf(() => verifyBunnyWebhook(raw, sign(body), key as string))).toMatchObject({ code });
  });
});

it('numbers the states of the API and of webhooks each in its own way, without a gap', () => {
  expect(BunnyVideoStatus.Finished).toBe(4);
  expect(BunnyWebhookStatus.Finished).toBe(3);
  expect(Object.values(BunnyVideoStatus)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  expect(Object.values(BunnyWebhookStatus)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});
