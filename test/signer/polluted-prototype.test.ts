/** A polluted `Object.prototype`, which a merge of request data can make: by each name that the package knows. */

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createBunnySigner, explainBunny } from '../../signer/src/bunny/index.ts';
import { explain } from '../../signer/src/verify/index.ts';
import { cookieHeader, DOMAIN, ec, KEY_PAIR_ID, NOW, rsa, signerWith, trusting } from './fixtures.ts';

const source = new URL('../../signer/src/', import.meta.url);
/** Every property that is declared, assigned or read anywhere in the package. */
const NAMES = [
  ...new Set(
    readdirSync(source, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .flatMap((path) => [
        ...readFileSync(new URL(path, source), 'utf8').matchAll(/(?:readonly |\.)([a-z]\w+)\b/g),
      ])
      .map(([, name = '']) => name),
  ),
].filter((name) => !(name in Object.prototype) && !(name in Array.prototype) && !(name in String.prototype));

const INJECTION = '0}},"Resource":"*","Condition":{"DateLessThan":{"AWS:EpochTime":9999999999';
const VALUES: readonly unknown[] = [true, false, 1, INJECTION, {}];
/** What Node itself reads of its own options' prototypes, or what JavaScript does with such an object anywhere. */
const NOT_OURS = [
  'then',
  'get',
  'set',
  'value',
  'writable',
  'configurable',
  'enumerable',
  'signal',
  'iterator',
];

const VIDEO = 'eb1c4f77-0cda-46be-b47d-1118ad7c2ffe';
const TOKEN_KEY = 'd9c5f0a2-4a4b-4a9f-8f5e-2f0c8a7f1b11';
const rsaSigner = signerWith(rsa, { hashAlgorithm: 'SHA1' });
const bunny = createBunnySigner({ pullZoneHost: 'vz-1.b-cdn.net', tokenKey: TOKEN_KEY, now: () => NOW });

/** Without a promise, so that nothing else runs while the prototype is polluted. */
function sign() {
  return [
    rsaSigner.signUrlSync('/books/42/a.ts'),
    rsaSigner.signUrlSync('/books/42/a.ts', { scope: '/books/*', expiresIn: 60 }),
    rsaSigner.signUrlSync('/books/42/a.ts', { policy: 'canned' }),
    rsaSigner.signCookiesSync('/books/42/*'),
    rsaSigner.clearCookies('/books/42/*'),
    bunny.signPlaylistUrl(VIDEO),
    bunny.signFileUrl('/a.mp4', { expiresIn: 60 }),
  ];
}
const plain = sign();
const forgedUrl = `https://${DOMAIN}/a.ts?Expires=1795999999&Signature=AAAA&Key-Pair-Id=${KEY_PAIR_ID}`;
const { cookies } = signerWith(ec).signCookiesSync('/books/42/*');
const forgedCookies = cookieHeader({ ...cookies, 'CloudFront-Signature': 'AAAA' });
const good = bunny.signPlaylistUrl(VIDEO).url;
const forgedBunny = good.replace(/HS256-[\w-]+/, `HS256-${'A'.repeat(43)}`);

function judgeForged() {
  const trustedKeys = trusting(ec);
  return [
    explain({ url: forgedUrl, now: NOW, trustedKeys }),
    explain({ url: `https://${DOMAIN}/books/42/a.ts`, cookies: forgedCookies, now: NOW, trustedKeys }),
    explain({ url: `https://${DOMAIN}/books/42/a.ts`, now: NOW, trustedKeys }),
    explainBunny({ url: forgedBunny, tokenKey: TOKEN_KEY, now: NOW }),
  ].map(({ allowed }) => allowed);
}

function whilePolluted<Result>(name: string, value: unknown, run: () => Result): Result | Error {
  Object.defineProperty(Object.prototype, name, {
    value,
    configurable: true,
    writable: true,
    enumerable: false,
  });
  try {
    return run();
  } catch (error) {
    return error as Error;
  } finally {
    Reflect.deleteProperty(Object.prototype, name);
  }
}

describe('with a polluted Object.prototype', () => {
  it('knows the names that matter', () => {
    for (const name of ['allowed', 'dateGreaterThan', 'hashAlgorithm', 'cache', 'allowWholeHost', 'fault']) {
      expect(NAMES).toContain(name);
    }
  });

  it.each(VALUES.map((value) => [JSON.stringify(value), value]))(
    'signs what it signs without it, or nothing: %s',
    (_, value) => {
      const wrong = NAMES.filter((name) => !NOT_OURS.includes(name)).filter((name) => {
        const signed = whilePolluted(name, value, sign);
        return !(signed instanceof Error) && JSON.stringify(signed) !== JSON.stringify(plain);
      });
      expect(wrong).toEqual([]);
    },
  );

  it.each(VALUES.map((value) => [JSON.stringify(value), value]))(
    'allows nothing that is forged: %s',
    (_, value) => {
      const wrong = NAMES.filter((name) => {
        const verdicts = whilePolluted(name, value, judgeForged);
        return !(verdicts instanceof Error) && verdicts.includes(true);
      });
      expect(wrong).toEqual([]);
    },
  );
});
