import { createCipheriv } from 'node:crypto';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  masterKeyWrapper,
  type PlaybackError,
  type TitleVersion,
  type WrappedContentKey,
} from '../../../playback/src/index.ts';

const NOW = new Date('2026-12-01T12:00:00Z');
/** 00, 01, … 1f. */
const MASTER_KEY = Buffer.from(Array.from({ length: 32 }, (_, index) => index)).toString('hex');
const keys = masterKeyWrapper({ masterKey: MASTER_KEY, now: () => NOW });
const TITLE: TitleVersion = { titleId: '42', version: 1 };

const failure = async (doing: Promise<unknown>): Promise<PlaybackError> =>
  doing.then(
    () => expect.unreachable('nothing was thrown'),
    (error) => error as PlaybackError,
  );
const codeOf = async (doing: Promise<unknown>) => (await failure(doing)).code;
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

/** What a title may be called, and the names that are easily taken for each other. */
const title = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }),
  fc.constantFrom('1', '11', '1",1', '["1"]', '1\\', '1\u0000', 'é', 'e\u0301', 'A', 'a'),
);
const titleVersion = fc.record({ titleId: title, version: fc.integer({ min: 1, max: 30 }) });

describe('masterKeyWrapper', () => {
  it('opens what it made, for the title and version that it made it for', async () => {
    const { key, wrapped } = await keys.create(TITLE);
    expect(wrapped).toEqual({
      ...TITLE,
      wrappedKey: expect.any(Uint8Array),
      wrappedBy: 'master-key',
      createdAt: NOW,
    });
    expect([key.length, wrapped.wrappedKey.length]).toEqual([16, 45]);
    expect(hex(await keys.unwrap(wrapped))).toBe(hex(key));
  });

  it('makes another key and another nonce every time', async () => {
    const made = await Promise.all(Array.from({ length: 200 }, () => keys.create(TITLE)));
    expect(new Set(made.map(({ key }) => hex(key))).size).toBe(200);
    expect(new Set(made.map(({ wrapped }) => hex(wrapped.wrappedKey.subarray(1, 13)))).size).toBe(200);
  });

  it('opens no key that was moved to another title or version', async () => {
    await fc.assert(
      fc.asyncProperty(titleVersion, titleVersion, async (from, to) => {
        fc.pre(from.titleId !== to.titleId || from.version !== to.version);
        const { wrapped } = await keys.create(from);
        expect(await codeOf(keys.unwrap({ ...wrapped, ...to }))).toBe('ERR_CONTENT_KEY_UNWRAP');
      }),
    );
  });

  it('opens no key that was changed by one bit, or that another master key wrapped', async () => {
    const { wrapped } = await keys.create(TITLE);
    for (let bit = 0; bit < wrapped.wrappedKey.length * 8; bit++) {
      const changed = Uint8Array.from(wrapped.wrappedKey);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(await codeOf(keys.unwrap({ ...wrapped, wrappedKey: changed }))).toBe('ERR_CONTENT_KEY_UNWRAP');
    }
    const other = masterKeyWrapper({ masterKey: 'f'.repeat(64) });
    expect(await codeOf(other.unwrap(wrapped))).toBe('ERR_CONTENT_KEY_UNWRAP');
  });

  it.each([
    ['cut short', (key: Uint8Array) => key.subarray(0, 44)],
    ['too long', (key: Uint8Array) => Buffer.concat([key, Buffer.of(0)])],
    ['empty', () => new Uint8Array()],
    ['text', (key: Uint8Array) => hex(key) as never],
    ['absent', () => undefined as never],
  ])('refuses a wrapped key that is %s', async (_, change) => {
    const { wrapped } = await keys.create(TITLE);
    const { code, message } = await failure(
      keys.unwrap({ ...wrapped, wrappedKey: change(wrapped.wrappedKey) }),
    );
    expect([code, message]).toEqual([
      'ERR_CONTENT_KEY_UNWRAP',
      "this content key cannot be opened: it is not the 45 bytes that a master key's wrapper makes",
    ]);
  });

  it('says that KMS wrapped a key which is not its own', async () => {
    const wrappedBy = 'arn:aws:kms:eu-central-1:111122223333:key/0a1b';
    const { wrapped } = await keys.create(TITLE);
    const { code, message } = await failure(keys.unwrap({ ...wrapped, wrappedBy }));
    expect([code, message]).toEqual([
      'ERR_CONTENT_KEY_UNWRAP',
      `this content key cannot be opened: it was wrapped by "${wrappedBy}", not by a master key`,
    ]);
  });

  it.each([
    ['an empty title', { ...TITLE, titleId: '' }],
    ['a title of 513 characters', { ...TITLE, titleId: 'x'.repeat(513) }],
    ['half a character', { ...TITLE, titleId: '4\ud83d' }],
    ['no title', { version: 1 } as never],
    ['version 0', { ...TITLE, version: 0 }],
    ['version 1.5', { ...TITLE, version: 1.5 }],
    ['version "1"', { ...TITLE, version: '1' as never }],
  ])('refuses %s', async (_, context) => {
    expect(await codeOf(keys.create(context))).toBe('ERR_ARGUMENT');
    const { wrappedKey, wrappedBy, createdAt } = (await keys.create(TITLE)).wrapped;
    const wrapped = { wrappedKey, wrappedBy, createdAt, ...context };
    expect(await codeOf(keys.unwrap(wrapped))).toBe('ERR_ARGUMENT');
  });

  it.each([
    ['63 digits', 'a'.repeat(63), '63 characters'],
    ['base64', Buffer.alloc(32, 7).toString('base64'), '44 characters'],
    ['a line end behind it', `${'a'.repeat(64)}\n`, '65 characters'],
    ['nothing', undefined, 'undefined'],
  ])('refuses a master key of %s without repeating it', (_, masterKey, got) => {
    const make = () => masterKeyWrapper({ masterKey: masterKey as never });
    expect(make).toThrow(
      expect.objectContaining({
        code: 'ERR_MASTER_KEY',
        message: `"masterKey" must be 64 hexadecimal digits, got ${got}; make one with: openssl rand -hex 32`,
      }),
    );
  });

  it('shows neither the content key nor the master key when it or what it made is printed', async () => {
    const made = await keys.create(TITLE);
    const bytes = [...made.key].join(', ');
    const printed = [keys, made, made.wrapped].flatMap((value) => [
      JSON.stringify(value),
      inspect(value, {
        showHidden: true,
        depth: 9,
        maxArrayLength: null,
        breakLength: Number.POSITIVE_INFINITY,
      }),
    ]);
    for (const text of printed) {
      expect(text).not.toContain(hex(made.key));
      expect(text).not.toContain(Buffer.from(made.key).toString('base64'));
      expect(text).not.toContain(bytes);
      expect(text).not.toContain(MASTER_KEY);
    }
    expect(printed[2]).toContain('"wrappedBy":"master-key"');
  });

  it('gives keys in memory that nothing else shares, so that they can be wiped', async () => {
    const { key, wrapped } = await keys.create(TITLE);
    const opened = await keys.unwrap(wrapped);
    expect([key.buffer.byteLength, opened.buffer.byteLength]).toEqual([16, 16]);
    const before = hex(opened);
    key.fill(0);
    expect(hex(opened)).toBe(before);
    expect(hex(await keys.unwrap(wrapped))).toBe(before);
  });
});

describe('what is wrapped', () => {
  // From Python's cryptography: AESGCM(bytes(range(32))).encrypt(bytes(range(0xa0, 0xac)), key, context).
  it.each([
    ['42', 1, '01a0a1a2a3a4a5a6a7a8a9aaabe6095e1e019e64c8eafc2d68cba72e21edc79f236882e72d86b32fe29638cc32'],
    [
      'kurs é',
      12,
      '01a0a1a2a3a4a5a6a7a8a9aaabe6095e1e019e64c8eafc2d68cba72e2118a51955f33a05b8c0cf355c35c1ee33',
    ],
  ])(
    'of title %s in version %i is what another implementation of AES-GCM makes',
    async (titleId, version, text) => {
      const wrapped: WrappedContentKey = {
        titleId,
        version,
        wrappedKey: Buffer.from(text, 'hex'),
        wrappedBy: 'master-key',
        createdAt: NOW,
      };
      expect(hex(await keys.unwrap(wrapped))).toBe('00112233445566778899aabbccddeeff');
    },
  );

  // Test case 14 of the GCM specification that NIST SP 800-38D refers to. `openssl enc` has no GCM.
  it('rests on an AES-256-GCM that gives the published result', () => {
    const cipher = createCipheriv('aes-256-gcm', Buffer.alloc(32), Buffer.alloc(12));
    const text = Buffer.concat([cipher.update(Buffer.alloc(16)), cipher.final(), cipher.getAuthTag()]);
    expect(text.toString('hex')).toBe('cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919');
  });
});
