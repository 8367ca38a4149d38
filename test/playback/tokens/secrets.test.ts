import { inspect } from 'node:util';
import { decodeProtectedHeader } from 'jose';
import { describe, expect, it } from 'vitest';
import { playbackTokens, type TokenSecret, type TokenSecretSource } from '../../../playback/src/index.ts';
import { importSecrets, readSecrets } from '../../../playback/src/tokens/secrets.ts';
import {
  AUDIENCE,
  forge,
  HEADER,
  IDS,
  kidOf,
  NOW,
  OTHER_SECRET,
  PAYLOAD,
  SECRET,
  tokensAt,
} from './fixtures.ts';

const THIRD_SECRET = 'aB8kQ2wE5rT9yU1iO4pS7dF0gH3jK6lZ';

describe('two secrets', () => {
  it('sign with the first and verify with both', async () => {
    const before = tokensAt(NOW, { secrets: SECRET });
    const after = tokensAt(NOW, { secrets: [OTHER_SECRET, SECRET] });
    const [old, fresh] = [await before.issue(IDS), await after.issue(IDS)];
    expect(decodeProtectedHeader(fresh.token).kid).toBe(kidOf(OTHER_SECRET));
    expect(await after.verify(old.token)).toMatchObject({ allowed: true });
    expect(await after.verify(fresh.token)).toMatchObject({ allowed: true });
    expect(await before.verify(fresh.token)).toEqual({ allowed: false, reason: 'unknown-secret' });
  });

  it('do not verify the tokens of a third', async () => {
    const tokens = tokensAt(NOW, { secrets: [SECRET, OTHER_SECRET] });
    const { token } = await tokensAt(NOW, { secrets: THIRD_SECRET }).issue(IDS);
    expect(await tokens.verify(token)).toEqual({ allowed: false, reason: 'unknown-secret' });
    const renamed = forge({ ...HEADER, kid: kidOf(SECRET) }, PAYLOAD, { secret: THIRD_SECRET });
    expect(await tokens.verify(renamed)).toEqual({ allowed: false, reason: 'signature' });
    const exchanged = forge({ ...HEADER, kid: kidOf(SECRET) }, PAYLOAD, { secret: OTHER_SECRET });
    expect(await tokens.verify(exchanged)).toEqual({ allowed: false, reason: 'signature' });
  });
});

describe('a secret', () => {
  it('may be bytes, and is copied', async () => {
    const bytes = new TextEncoder().encode(SECRET);
    const tokens = tokensAt(NOW, { secrets: bytes });
    bytes.fill(0);
    expect(await tokens.verify(forge(HEADER, PAYLOAD))).toMatchObject({ allowed: true });
  });

  it.each<[string, unknown, RegExp]>([
    ['31 bytes', SECRET.slice(0, 31), /32 to 1024 bytes, got 31/],
    ['16 characters of two bytes each', 'ä'.repeat(15), /got 30/],
    ['1,025 bytes', SECRET.repeat(40), /got 1440/],
    ['an empty text', '', /got 0/],
    ['one character repeated', 'a'.repeat(64), /repeats a few characters/],
    [
      'the example of the document',
      'your-super-secret-jwt-key-for-video-tokens',
      /the example of a document/,
    ],
    ['a number', 7, /must be text or bytes, got number/],
    ['nothing', undefined, /got undefined/],
    ['no secret at all', [], /got 0/],
    ['three secrets', [SECRET, OTHER_SECRET, THIRD_SECRET], /two while one retires, got 3/],
    ['a weak one beside a good one', [SECRET, 'short'], /got 5/],
  ])('is refused, with how to make one: %s', (_, secrets, message) => {
    const make = () => playbackTokens({ secrets: secrets as string, audience: AUDIENCE });
    expect(make).toThrow(expect.objectContaining({ name: 'PlaybackError', code: 'ERR_TOKEN_SECRET' }));
    expect(make).toThrow(message);
    expect(make).toThrow(/openssl rand -base64 48$/);
  });

  it('is in no message', () => {
    for (const value of [SECRET.slice(0, 31), SECRET.repeat(40)]) {
      expect(() => readSecrets('"secrets"', [value])).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining(SECRET.slice(0, 8)) }),
      );
    }
  });

  it('is not shown by the key made of it, nor exported', async () => {
    const [secret] = await importSecrets(readSecrets('"secrets"', [SECRET]));
    expect(inspect(secret, { depth: 9, showHidden: true })).not.toContain(SECRET.slice(0, 8));
    await expect(crypto.subtle.exportKey('raw', secret?.key as never)).rejects.toThrow();
  });
});

describe('a source of secrets', () => {
  const importAll = (...texts: string[]) => importSecrets(readSecrets('"secrets"', texts));

  /** A source that still has the first secret, and finds the second at a look. */
  async function makeSource({ isFailing = false } = {}) {
    const state = { seconds: 0, looks: 0, secrets: (await importAll(SECRET)) as readonly TokenSecret[] };
    const source: TokenSecretSource = {
      get: async () => state.secrets,
      refreshNow: async () => {
        state.looks++;
        if (isFailing) throw new Error('down');
        state.secrets = await importAll(OTHER_SECRET, SECRET);
        return state.secrets;
      },
    };
    const now = () => new Date(NOW.getTime() + state.seconds * 1000);
    return { state, tokens: playbackTokens({ secrets: source, audience: AUDIENCE, now }) };
  }
  const ofOther = () => forge({ ...HEADER, kid: kidOf(OTHER_SECRET) }, PAYLOAD, { secret: OTHER_SECRET });
  const ofNobody = (kid: string) => forge({ ...HEADER, kid }, PAYLOAD);

  it('is asked again for a token of a secret that another process has already seen', async () => {
    const { state, tokens } = await makeSource();
    const verdicts = await Promise.all([tokens.verify(ofOther()), tokens.verify(ofOther())]);
    expect(verdicts).toEqual([
      expect.objectContaining({ allowed: true }),
      expect.objectContaining({ allowed: true }),
    ]);
    expect(state.looks).toBe(1);
  });

  it('is asked at most every ten seconds, however many ids a stranger makes up', async () => {
    const { state, tokens } = await makeSource();
    for (let index = 0; index < 100; index++) {
      expect((await tokens.verify(ofNobody(`kid${index}`))).allowed).toBe(false);
    }
    expect(state.looks).toBe(1);
    state.seconds = 10;
    await tokens.verify(ofNobody('kid'));
    expect(state.looks).toBe(2);
  });

  it('that fails at that look makes the token refused, and throws nothing', async () => {
    const { tokens } = await makeSource({ isFailing: true });
    expect(await tokens.verify(ofOther())).toEqual({ allowed: false, reason: 'unknown-secret' });
    expect(await tokens.verify(forge(HEADER, PAYLOAD))).toMatchObject({ allowed: true });
  });

  it('that has no secret makes issue and verify throw what it threw', async () => {
    const failure = new Error('down');
    const tokens = playbackTokens({ secrets: { get: () => Promise.reject(failure) }, audience: AUDIENCE });
    await expect(tokens.issue(IDS)).rejects.toBe(failure);
    await expect(tokens.verify(forge(HEADER, PAYLOAD))).rejects.toBe(failure);
  });
});
