import { generateKeyPairSync, sign } from 'node:crypto';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterEach, describe, expect, it } from 'vitest';
import { playbackTokens } from '../../../playback/src/index.ts';
import {
  AUDIENCE,
  forge,
  HEADER,
  IDS,
  kidOf,
  NOW,
  NOW_SECONDS,
  OTHER_SECRET,
  PAYLOAD,
  SECRET,
  secondsLater,
  TITLE,
  tokensAt,
} from './fixtures.ts';

const refusedAs = (reason: string) => ({ allowed: false, reason });

describe('a token', () => {
  it("has the customer's names for its claims, the audience and its times, and nothing else", async () => {
    const { token, expiresIn, expiresAt, streamId } = await tokensAt().issue({ ...IDS, title: TITLE });
    expect(decodeProtectedHeader(token)).toEqual(HEADER);
    expect(decodeJwt(token)).toEqual({
      ...PAYLOAD,
      jti: streamId,
      title_id: 'title-42',
      title_version: 3,
    });
    expect([expiresIn, expiresAt]).toEqual([900, secondsLater(900)]);
  });

  it('is verified to what it was issued for', async () => {
    const { token, streamId } = await tokensAt().issue({ ...IDS, title: TITLE });
    expect(await tokensAt().verify(token)).toEqual({
      allowed: true,
      claims: { ...IDS, streamId, title: TITLE, issuedAt: NOW, expiresAt: secondsLater(900) },
    });
  });

  it('has a stream of its own unless it is told which', async () => {
    const tokens = tokensAt();
    const [one, two] = await Promise.all([tokens.issue(IDS), tokens.issue(IDS)]);
    expect(one.streamId).not.toBe(two.streamId);
    expect(one.streamId).toMatch(/^[\w-]{22}$/);
    expect((await tokens.issue({ ...IDS, streamId: one.streamId })).streamId).toBe(one.streamId);
  });

  it('is accepted with the longest ids that there are', async () => {
    const longest = '"'.repeat(256);
    const { token } = await tokensAt(NOW, { audience: longest }).issue({
      userId: longest,
      lessonId: longest,
      deviceId: longest,
      streamId: longest,
      title: { id: longest, version: 999_999 },
    });
    expect(await tokensAt(NOW, { audience: longest }).verify(token)).toMatchObject({ allowed: true });
  });

  it('shows no secret when tokens are printed', async () => {
    const tokens = tokensAt();
    await tokens.issue(IDS);
    expect(inspect(tokens, { depth: 9, showHidden: true }) + JSON.stringify(tokens)).not.toContain(SECRET);
  });
});

describe('a token is refused', () => {
  const payloadOf = (change: object) => forge(HEADER, { ...PAYLOAD, ...change });
  const without = (name: string) => forge(HEADER, { ...PAYLOAD, [name]: undefined });

  it('from the second of its expiry on, and accepted the second before', async () => {
    const { token } = await tokensAt().issue(IDS);
    expect(await tokensAt(new Date(secondsLater(900).getTime() - 1)).verify(token)).toMatchObject({
      allowed: true,
    });
    expect(await tokensAt(secondsLater(900)).verify(token)).toEqual(refusedAs('expired'));
    expect(await tokensAt(secondsLater(901)).verify(token)).toEqual(refusedAs('expired'));
  });

  it('later by exactly the tolerance that was asked for', async () => {
    const { token } = await tokensAt().issue(IDS);
    const tolerant = { clockToleranceSeconds: 30 };
    expect(await tokensAt(secondsLater(929), tolerant).verify(token)).toMatchObject({ allowed: true });
    expect(await tokensAt(secondsLater(930), tolerant).verify(token)).toEqual(refusedAs('expired'));
  });

  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['an empty string', ''],
  ])('as missing where it is %s', async (_, token) => {
    expect(await tokensAt().verify(token)).toEqual(refusedAs('missing'));
  });

  it.each<[string, unknown]>([
    ['a number', 1],
    ['an object', { token: 'x' }],
    ['bytes', new TextEncoder().encode(forge(HEADER, PAYLOAD))],
    ['one part', 'abc'],
    ['two parts', 'abc.def'],
    ['five parts', 'a.b.c.d.e'],
    ['a header that is no JSON', forge('{', PAYLOAD)],
    ['a header that is a list', forge('[]', PAYLOAD)],
    ['a payload that is no JSON', forge(HEADER, '{"user_id"')],
    ['a payload that is a list', forge(HEADER, '[]')],
    ['a payload that is text', forge(HEADER, '"x"')],
    ['a critical extension', forge({ ...HEADER, crit: ['x'], x: 1 }, PAYLOAD)],
    ['an unencoded payload', forge({ ...HEADER, crit: ['b64'], b64: false }, PAYLOAD)],
  ])('as malformed where it is %s', async (_, token) => {
    expect(await tokensAt().verify(token)).toEqual(refusedAs('malformed'));
  });

  it('as oversized above 5,120 characters, whatever is in it', async () => {
    expect(await tokensAt().verify('a'.repeat(5_121))).toEqual(refusedAs('oversized'));
    const valid = forge(HEADER, { ...PAYLOAD, filling: 'x'.repeat(5_000) });
    expect(await tokensAt().verify(valid)).toEqual(refusedAs('oversized'));
  });

  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const byRsa = () => {
    const [header, payload] = forge({ ...HEADER, alg: 'RS256' }, PAYLOAD).split('.');
    const signature = sign('sha256', Buffer.from(`${header}.${payload}`), rsa.privateKey);
    return `${header}.${payload}.${signature.toString('base64url')}`;
  };
  it.each([
    ['none, without a signature', () => forge({ ...HEADER, alg: 'none' }, PAYLOAD).replace(/[^.]+$/, '')],
    ['none, with the signature of HS256', () => forge({ ...HEADER, alg: 'none' }, PAYLOAD)],
    ['None', () => forge({ ...HEADER, alg: 'None' }, PAYLOAD)],
    ['HS384', () => forge({ ...HEADER, alg: 'HS384' }, PAYLOAD, { hash: 'sha384' })],
    ['HS512', () => forge({ ...HEADER, alg: 'HS512' }, PAYLOAD, { hash: 'sha512' })],
    ['hs256', () => forge({ ...HEADER, alg: 'hs256' }, PAYLOAD)],
    ['RS256', byRsa],
  ])('for its algorithm: %s', async (_, make) => {
    expect(await tokensAt().verify(make())).toEqual(refusedAs('algorithm'));
  });

  it.each(['JWT', 'at+jwt', '', undefined])('for its type: %s', async (typ) => {
    expect(await tokensAt().verify(forge({ ...HEADER, typ }, PAYLOAD))).toEqual(refusedAs('type'));
  });

  it.each<[string, unknown]>([
    ['none', undefined],
    ['of another secret', kidOf(OTHER_SECRET)],
    ['a path', '../../etc/passwd'],
    ['__proto__', '__proto__'],
    ['a list', [kidOf(SECRET)]],
  ])('for its key id: %s', async (_, kid) => {
    expect(await tokensAt().verify(forge({ ...HEADER, kid }, PAYLOAD))).toEqual(refusedAs('unknown-secret'));
  });

  it('for a signature by another secret, and for one changed by a bit', async () => {
    expect(await tokensAt().verify(forge(HEADER, PAYLOAD, { secret: OTHER_SECRET }))).toEqual(
      refusedAs('signature'),
    );
    const token = forge(HEADER, PAYLOAD);
    const [signed, signature] = [
      token.slice(0, token.lastIndexOf('.')),
      Buffer.from(token.split('.')[2] ?? '', 'base64url'),
    ];
    signature[0] = (signature[0] ?? 0) ^ 1;
    expect(await tokensAt().verify(`${signed}.${signature.toString('base64url')}`)).toEqual(
      refusedAs('signature'),
    );
  });

  it('for another audience', async () => {
    expect(await tokensAt().verify(payloadOf({ aud: 'https://api.example.org' }))).toEqual(
      refusedAs('audience'),
    );
    expect(await tokensAt(NOW, { audience: `${AUDIENCE}/` }).verify(forge(HEADER, PAYLOAD))).toEqual(
      refusedAs('audience'),
    );
  });

  it('before its time', async () => {
    expect(await tokensAt().verify(payloadOf({ nbf: NOW_SECONDS + 1 }))).toEqual(refusedAs('not-yet-valid'));
  });

  it.each(['user_id', 'lesson_id', 'device_id', 'jti', 'iat', 'exp'])(
    'without its claim %s',
    async (name) => {
      expect(await tokensAt().verify(without(name))).toEqual(refusedAs('claims'));
    },
  );

  it.each<[string, object]>([
    ['a user that is a number', { user_id: 7 }],
    ['a user that is a list', { user_id: ['user-7'] }],
    ['an empty user', { user_id: '' }],
    ['a user with a line break', { user_id: 'a\nb' }],
    ['a user that is too long', { user_id: 'x'.repeat(257) }],
    ['a lesson that is null', { lesson_id: null }],
    ['a device that is an object', { device_id: { toString: 'x' } }],
    ['an expiry that is text', { exp: String(NOW_SECONDS + 900) }],
    ['an expiry with a fraction', { exp: NOW_SECONDS + 0.5 }],
    ['an expiry after the year 9999', { exp: 1e15 }],
    ['a time of issue that is text', { iat: 'now' }],
    ['a title without a version', { title_id: 'title-42' }],
    ['a version without a title', { title_version: 1 }],
    ['a version that is text', { title_id: 'title-42', title_version: '1' }],
    ['a version of 0', { title_id: 'title-42', title_version: 0 }],
  ])('for a claim of another type: %s', async (_, change) => {
    expect(await tokensAt().verify(payloadOf(change))).toEqual(refusedAs('claims'));
  });

  it.each([
    ['other-user', { userId: 'user-8' }],
    ['other-lesson', { lessonId: 'lesson-4' }],
    ['other-device', { deviceId: 'device-2' }],
    ['other-title', { title: { id: 'title-4', version: 3 } }],
    ['other-title', { title: { id: 'title-42', version: 2 } }],
  ])('as %s where it is expected for %j', async (reason, expected) => {
    const { token } = await tokensAt().issue({ ...IDS, title: TITLE });
    expect(await tokensAt().verify(token, expected)).toEqual(refusedAs(reason));
    expect(await tokensAt().verify(token, { ...IDS, title: TITLE })).toMatchObject({ allowed: true });
  });

  it('where a title is expected and it has none', async () => {
    const { token } = await tokensAt().issue(IDS);
    expect(await tokensAt().verify(token, { title: TITLE })).toEqual(refusedAs('other-title'));
  });
});

describe('a hostile payload', () => {
  const polluted: string[] = [];
  afterEach(() => {
    for (const name of polluted.splice(0)) Reflect.deleteProperty(Object.prototype, name);
  });
  const pollute = (name: string, value: unknown) => {
    Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true });
    polluted.push(name);
  };

  it('brings no claim by __proto__', async () => {
    const { user_id: _, ...rest } = PAYLOAD;
    const text = JSON.stringify(rest).replace(/^\{/, '{"__proto__":{"user_id":"user-7"},');
    expect(await tokensAt().verify(forge(HEADER, text))).toEqual(refusedAs('claims'));
    expect(({} as Record<string, unknown>).user_id).toBeUndefined();
  });

  it.each(Object.entries({ ...PAYLOAD, nbf: 0 }))(
    'gets no %s from a polluted prototype',
    async (name, value) => {
      const { [name as 'jti']: _, ...rest } = PAYLOAD;
      const token = forge(HEADER, rest);
      pollute(name, value);
      const verdict = await tokensAt().verify(token);
      expect(verdict.allowed).toBe(name === 'nbf');
    },
  );

  it.each<[string, unknown]>([
    ['algorithms', ['none', 'HS512']],
    ['clockTolerance', 9e9],
    ['clockToleranceSeconds', 300],
    ['maxTokenAge', 1],
    ['typ', 'JWT'],
    ['audience', 'x'],
    ['expiresIn', 86_400],
  ])('and a polluted %s change no option', async (name, value) => {
    const expired = forge(HEADER, { ...PAYLOAD, exp: NOW_SECONDS });
    const unsafe = forge({ ...HEADER, alg: 'HS512' }, PAYLOAD, { hash: 'sha512' });
    const valid = forge(HEADER, PAYLOAD);
    pollute(name, value);
    const tokens = tokensAt();
    expect(await tokens.verify(expired)).toEqual(refusedAs('expired'));
    expect(await tokens.verify(unsafe)).toEqual(refusedAs('algorithm'));
    expect(await tokens.verify(valid)).toMatchObject({ allowed: true });
    expect((await tokens.issue(IDS)).expiresIn).toBe(900);
  });
});

describe('10,000 fuzzed tokens', () => {
  const token = forge(HEADER, PAYLOAD);
  const parts = token.split('.');
  const base64 = fc.string({ unit: fc.constantFrom(...'abcXYZ019-_=+/.'), maxLength: 80 });
  const json = fc.json().map((text) => Buffer.from(text).toString('base64url'));
  /** The token itself with one character exchanged, removed or put in. */
  const bent = fc
    .record({ at: fc.nat(token.length - 1), by: fc.string({ maxLength: 2 }), cut: fc.nat(2) })
    .map(({ at, by, cut }) => token.slice(0, at) + by + token.slice(at + cut));
  /** Its parts among others, in any order. */
  const mixed = fc
    .array(fc.oneof(fc.constantFrom(...parts), base64, json), { maxLength: 5 })
    .map((chosen) => chosen.join('.'));
  const hostile = fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), bent, mixed, fc.anything());

  it('throw nothing, and none is accepted that is not the very token', async () => {
    const tokens = tokensAt();
    const signature = Buffer.from(parts[2] ?? '', 'base64url');
    await fc.assert(
      fc.asyncProperty(hostile, async (value) => {
        const { allowed } = await tokens.verify(value);
        if (!allowed) return;
        // The last character of a signature has bits that mean nothing; its bytes are the same.
        const [header, payload, last] = String(value).split('.');
        expect([header, payload]).toEqual(parts.slice(0, 2));
        expect(Buffer.from(last ?? '', 'base64url')).toEqual(signature);
      }),
      { numRuns: 10_000 },
    );
  });

  it('signed by the secret itself, with any JSON in them, throw nothing either, and none is accepted', async () => {
    const tokens = tokensAt();
    const anyJson = fc.jsonValue().map((value) => JSON.stringify(value));
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(anyJson, fc.constant(JSON.stringify(HEADER))),
        anyJson,
        async (header, payload) => {
          expect((await tokens.verify(forge(header, payload))).allowed).toBe(false);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe('issue refuses', () => {
  it.each<[string, object]>([
    ['no user', { userId: undefined }],
    ['an empty lesson', { lessonId: '' }],
    ['a device with a line break', { deviceId: 'a\r\nb' }],
    ['a stream that is no text', { streamId: 7 }],
    ['a title in version 0', { title: { id: 'title-42', version: 0 } }],
    ['an e-mail address in the token', { email: 'a@example.com' }],
  ])('%s', async (_, change) => {
    await expect(tokensAt().issue({ ...IDS, ...change } as never)).rejects.toMatchObject({
      name: 'PlaybackError',
      code: 'ERR_ARGUMENT',
    });
  });
});

describe('playbackTokens refuses', () => {
  const VALID = { secrets: SECRET, audience: AUDIENCE };
  it.each<[string, object]>([
    ['no audience', { secrets: SECRET }],
    ['a lifetime of 0', { ...VALID, expiresIn: 0 }],
    ['a lifetime in milliseconds', { ...VALID, expiresIn: 900_000 }],
    ['a lifetime that is text', { ...VALID, expiresIn: '15m' }],
    ['a tolerance of an hour', { ...VALID, clockToleranceSeconds: 3_600 }],
    ['an unknown option', { ...VALID, expiresInSeconds: 60 }],
    ['a clock that is a Date', { ...VALID, now: NOW }],
    ['options that inherit', Object.create(VALID)],
  ])('%s', (_, options) => {
    expect(() => playbackTokens(options as never)).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT' }));
  });
});
