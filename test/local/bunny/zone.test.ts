import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bunnyKeys } from '../../../local/bunny/keys.ts';
import { isServed, loggedPath, playerPageOf } from '../../../local/bunny/zone.ts';
import { VIDEO } from './fixture.ts';

const PATH = `/${VIDEO}/playlist.m3u8`;

describe('the path in a log', () => {
  const spelled = (text: string, mask: readonly boolean[]) =>
    [...text]
      .map((character, index) =>
        mask[index % mask.length] ? `%${character.charCodeAt(0).toString(16).padStart(2, '0')}` : character,
      )
      .join('');

  it('has no token, in whatever spelling and place', () => {
    const secret = 'c2VjcmV0LXRva2VuLXZhbHVl';
    fc.assert(
      fc.property(
        fc.constantFrom('bcdn_token=', 'token=', 'Token%3D', 'BCDN_TOKEN='),
        fc.array(fc.boolean(), { minLength: 1, maxLength: 7 }),
        fc.constantFrom('', '/', '/a', '/..'),
        (name, mask, before) => {
          const path = `${before}/${spelled(name, mask)}HS256-${secret}&expires=1${PATH}`;
          expect(loggedPath(path)).not.toContain(secret);
          expect(loggedPath(path)).toContain(PATH);
        },
      ),
    );
  });

  it('is what was asked for where there is none', () => {
    expect(loggedPath(PATH)).toBe(PATH);
    expect(loggedPath('/a=b/c&d/%20')).toBe('/a=b/c&d/%20');
  });
});

describe("a player's page", () => {
  it.each(['embed', 'play'])('is known by its path: %s', (page) => {
    expect(playerPageOf(`/${page}/759/${VIDEO}`)).toEqual({ libraryId: '759', videoId: VIDEO });
  });

  it.each([
    `/embed/759/${VIDEO}/`,
    `/embed/759/${VIDEO.toUpperCase()}`,
    `/embed/x/${VIDEO}`,
    `/embed/${VIDEO}`,
    `/EMBED/759/${VIDEO}`,
    `/x/embed/759/${VIDEO}`,
    `/embed/759/../759/${VIDEO}`,
  ])('is nothing else: %s', (path) => {
    expect(playerPageOf(path)).toBeNull();
  });
});

describe("the run's own files", () => {
  it.each(['.bunny/videos/x.json', 'a/.hidden', `${VIDEO}/.bunny/x`, '.'])('are not served: %s', (key) => {
    expect(isServed(key)).toBe(false);
  });

  it('are the only ones', () => {
    expect(isServed(`${VIDEO}/playlist.m3u8`)).toBe(true);
  });
});

describe('keys', () => {
  it('come from the environment where it has them, and are made where it does not', () => {
    const keys = bunnyKeys({ BUNNY_TOKEN_KEY: 'given' });
    expect(keys.tokenKey).toBe('given');
    const made = [keys.embedTokenKey, keys.apiKey, keys.readOnlyApiKey];
    expect(new Set(made).size).toBe(3);
    expect(bunnyKeys({}).apiKey).not.toBe(keys.apiKey);
  });

  it('are refused where one is given twice, without the key in the message', () => {
    const refusal = () => bunnyKeys({ BUNNY_TOKEN_KEY: 'same-secret', BUNNY_EMBED_TOKEN_KEY: 'same-secret' });
    expect(refusal).toThrow(/^"BUNNY_TOKEN_KEY" and "BUNNY_EMBED_TOKEN_KEY": expected two different keys/);
    expect(refusal).not.toThrow(/same-secret/);
  });
});
