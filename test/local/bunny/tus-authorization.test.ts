import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { authorizeTus } from '../../../local/bunny/tus-authorization.ts';
import { bunnySigner, KEYS, LIBRARY, NOW, OTHER_VIDEO, VIDEO } from './fixture.ts';

const judge = (headers: Record<string, string | undefined>, now = NOW) =>
  authorizeTus(headers, { libraryId: LIBRARY, apiKey: KEYS.apiKey, now });

/** As Node gives headers: in lower case. */
function signed(expiresIn = '1h'): Record<string, string> {
  const { headers } = bunnySigner().signTusUpload({ videoId: VIDEO, expiresIn });
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

describe('an upload request', () => {
  it('is taken with what the signer makes', () => {
    expect(judge(signed())).toEqual({ allowed: true, videoId: VIDEO });
  });

  /** printf '%s' '133key1700000000eb1c4f77-0cda-46be-b47d-1118ad7c2ffe' | openssl dgst -sha256 */
  it('is taken with what openssl makes', () => {
    const headers = {
      authorizationsignature: '712fd2b056d3ac03924effa71500f81017bfbe4aec5017811ea44f935d65c6be',
      authorizationexpire: '1700000000',
      libraryid: '133',
      videoid: OTHER_VIDEO,
    };
    const at = { libraryId: 133, apiKey: 'key', now: new Date(1_699_999_999_000) };
    expect(authorizeTus(headers, at)).toEqual({ allowed: true, videoId: OTHER_VIDEO });
    expect(authorizeTus(headers, { ...at, apiKey: 'Key' }).allowed).toBe(false);
  });

  it('is refused from the second in which it expires', () => {
    expect(judge(signed(), new Date(NOW.getTime() + 3_599_999)).allowed).toBe(true);
    expect(judge(signed(), new Date(NOW.getTime() + 3_600_000))).toEqual({
      allowed: false,
      message: expect.stringMatching(/^AuthorizationExpire has passed: sign the upload again/),
    });
  });

  it.each([
    ['authorizationsignature', 'AuthorizationSignature'],
    ['authorizationexpire', 'AuthorizationExpire'],
    ['libraryid', 'LibraryId'],
    ['videoid', 'VideoId'],
  ])('says which header is missing: %s', (header, name) => {
    expect(judge({ ...signed(), [header]: undefined })).toEqual({
      allowed: false,
      message: expect.stringMatching(new RegExp(`got no ${name}$`)),
    });
  });

  it.each([
    ['the video of another', { videoid: OTHER_VIDEO }],
    ['a later expiry', { authorizationexpire: '4102444800' }],
    ['milliseconds', { authorizationexpire: '1763640000000' }],
    ['another library', { libraryid: '1' }],
    ['a library with a zero before it', { libraryid: `0${LIBRARY}` }],
    ['the signature in capitals', { authorizationsignature: signed().authorizationsignature?.toUpperCase() }],
    ['a video id in capitals', { videoid: VIDEO.toUpperCase() }],
    ['no GUID', { videoid: '../x' }],
  ])('is refused with %s', (_, changed) => {
    expect(judge({ ...signed(), ...changed }).allowed).toBe(false);
  });

  it('is refused for whatever else its headers say, and the refusal holds none of it', () => {
    const text = fc.oneof(fc.string(), fc.constantFrom(...Object.values(signed())));
    fc.assert(
      fc.property(fc.tuple(text, text, text, text), ([signature, expire, library, video]) => {
        const headers = {
          authorizationsignature: signature,
          authorizationexpire: expire,
          libraryid: library,
          videoid: video,
        };
        const verdict = judge(headers);
        const isSigned = JSON.stringify(headers) === JSON.stringify(signed());
        expect(verdict.allowed).toBe(isSigned);
        if (!verdict.allowed && signature.length > 8) expect(verdict.message).not.toContain(signature);
      }),
    );
  });
});
