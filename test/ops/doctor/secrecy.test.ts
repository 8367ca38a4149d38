/** Whatever was pasted, and however it is mangled: what opens the video is not shown, and no mangling makes the doctor throw. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePasted } from '../../../ops/doctor/pasted.ts';
import { viewerFrom } from '../../../ops/doctor/viewer.ts';
import { UsageError } from '../../../ops/terraform/targets.ts';
import { HOST, printed, refusedBy, SEEN, SIGNED_BY, wellBut } from './observations.ts';
import { policyFor, signPolicy } from './signatures.ts';

const {
  Policy,
  Signature,
  'Key-Pair-Id': id,
} = signPolicy(policyFor(`https://${HOST}/books/42/*`), SIGNED_BY);
const SECRETS = [Policy, Signature, 'SECRET'];

/** Values in the wrong places, twice, cut, encoded again, or of somebody else. */
const value = fc.oneof(
  fc.constantFrom(Policy, Signature, id, 'SECRET', '', '1', '9999999999', 'SHA256', 'SHA512'),
  fc.constantFrom(Policy, Signature).map((text) => `SECRET${text.slice(7)}`),
  fc.constantFrom(Policy, Signature).map((text) => encodeURIComponent(`${text}SECRET=`)),
);
const name = fc.constantFrom('Policy', 'Signature', 'Key-Pair-Id', 'Expires', 'Hash-Algorithm', 'token');
const pairs = fc.array(fc.tuple(name, value), { maxLength: 7 });

function shows(text: string): string[] {
  return SECRETS.filter((secret) => text.includes(secret));
}

describe('a diagnosis', () => {
  it('never shows a value of cookies or query, wherever it stands', () => {
    fc.assert(
      fc.property(pairs, pairs, (inQuery, inCookies) => {
        const query = inQuery.map(([key, text]) => `${key}=${text}`).join('&');
        const cookies = inCookies.map(([key, text]) => `CloudFront-${key}=${text}`).join('; ');
        const pasted = parsePasted(`https://${HOST}/books/42/index.m3u8?${query}\nCookie: ${cookies}`);
        const viewer = viewerFrom({ url: undefined }, pasted)(SEEN);

        expect(shows(printed(wellBut({ viewer, answer: refusedBy('signature-check') })))).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });

  it('never quotes what cannot be read', () => {
    const noise = fc.array(
      fc.constantFrom(
        'curl ',
        '{"log":',
        "'",
        '"',
        '$',
        '\\',
        '^',
        '\n',
        '-H ',
        'Cookie: ',
        'Set-Cookie: ',
        ';',
        '=',
        'SECRET',
        ' ',
        'https://',
      ),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(noise, (parts) => {
        try {
          viewerFrom({ url: undefined }, parsePasted(parts.join('')))(SEEN);
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
          expect(shows(String(error))).toEqual([]);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
