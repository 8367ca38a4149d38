/** Many URLs by one call. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSigner, objectPath, type SigningKey, verbatim } from '../../signer/src/index.ts';
import { DOMAIN, ec, failureOf, judge, KEY_PAIR_ID, NOW, rsa, signerWith } from './fixtures.ts';

const signer = signerWith(rsa);
const GOOD = ['/a.mp4', '/b.mp4?download=1', `https://${DOMAIN}/c.mp4`];
const BAD = ['/*', '/a/../b', 'a.mp4', 'https://example.com/a.mp4', '/a b', '/v/1*'];
const policyOf = (url: string) => new URL(url).searchParams.get('Policy');

describe('signUrls', () => {
  it('gives in order what signUrl gives for each: RSA by the thread pool is the AWS signer’s, byte for byte', async () => {
    const hashes = ['SHA1', 'SHA256'] as const;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...GOOD), { maxLength: 12 }),
        fc.constantFrom(...hashes),
        fc.constantFrom('custom', 'canned'),
        async (list, hashAlgorithm, policy) => {
          const one = signerWith(rsa, { hashAlgorithm });
          const each = await Promise.all(list.map((path) => one.signUrl(path, { policy })));
          expect(await one.signUrls(list, { policy })).toEqual(each);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('signs with P-256 keys what is allowed', async () => {
    for (const { url } of await signerWith(ec).signUrls(GOOD)) expect(judge(ec, { url }).allowed).toBe(true);
  });

  it('takes keys of objects with any name', async () => {
    const signed = await signer.signUrls(['a b.jpg', 'What?.jpg', "it's 100%.jpg", 'é*.jpg'].map(objectPath));
    for (const { url } of signed) {
      expect(judge(rsa, { url }).allowed).toBe(true);
      expect(new URL(url).href).toBe(url);
    }
  });

  it('signs once for a common scope, and for each file without one', async () => {
    let signatures = 0;
    const own: SigningKey = {
      keyPairId: KEY_PAIR_ID,
      algorithm: 'RSA-SHA1',
      sign: async () => Buffer.from(`signature ${++signatures}`),
    };
    const counting = createSigner({ key: { get: async () => own }, domain: DOMAIN, now: () => NOW });
    const list = Array.from({ length: 300 }, (_, at) => `/u/1/${at}.jpg`);
    const urls = await counting.signUrls(list, { scope: '/u/1/*' });
    expect(signatures).toBe(1);
    expect(new Set(urls.map(({ url }) => new URL(url).search)).size).toBe(1);
    await counting.signUrls(['/a', '/b', '/c']);
    expect(signatures).toBe(4);
    await counting.signUrls(['/u/1/a', '/u/1/b', '/u/2/c', '/u/2/d'], { scope: 'directory' });
    expect(signatures).toBe(6);
  });

  it('has one expiry for all, whatever the clock does meanwhile', async () => {
    let seconds = 0;
    const ticking = signerWith(ec, { now: () => new Date(NOW.getTime() + 1000 * seconds++) });
    const urls = await ticking.signUrls(Array.from({ length: 500 }, () => '/a.mp4'));
    expect(new Set(urls.map(({ url }) => policyOf(url))).size).toBe(1);
  });

  it('refuses the whole list for one bad name, before anything is signed, and says which', async () => {
    for (const bad of BAD) {
      const failure = await failureOf(() => signer.signUrls(['/a.mp4', bad, '/b.mp4']));
      expect(failure.name).toBe('SignerError');
      expect(failure.code).toMatch(/^ERR_RESOURCE_/);
      expect(failure.error).toMatchObject({ status: 400 });
      expect(failure.message).toMatch(/^resources\[1\]: /);
      expect(failure.code).toBe((await failureOf(() => signer.signUrl(bad))).code);
    }
  });

  it('leaves null in the place of each bad name where asked to', async () => {
    const name = fc.constantFrom<unknown>(
      ...GOOD,
      ...BAD,
      null,
      undefined,
      verbatim('/v*'),
      objectPath('a/../b'),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(name, { maxLength: 8 }), async (list) => {
        const signed = await signer.signUrls(list as string[], { onRefused: 'null' });
        expect(signed).toHaveLength(list.length);
        expect(signed.map((one) => one !== null)).toEqual(list.map((one) => GOOD.includes(one as string)));
      }),
      { numRuns: 50 },
    );
  });

  it('gives null as well for a URL that only its signature makes too long', async () => {
    const long = `/${'a'.repeat(7_900)}`;
    expect(await signer.signUrls(['/a', long], { onRefused: 'null' })).toMatchObject([{}, null]);
    expect(await failureOf(() => signer.signUrls(['/a', long]))).toMatchObject({
      code: 'ERR_RESOURCE_LENGTH',
    });
  });

  it.each([
    ['an expiry', { expiresIn: '8d' }, 'ERR_EXPIRY_OVER_CAP'],
    ['an address', { ipAddress: '::1' }, 'ERR_IP_ADDRESS_V6'],
    ['a name of an option', { onRefuse: 'null' }, 'ERR_ARGUMENT_UNKNOWN'],
    ['a value of an option', { onRefused: 'skip' }, 'ERR_ARGUMENT_TYPE'],
    ['a canned policy over a directory', { policy: 'canned', scope: 'directory' }, 'ERR_CANNED_WILDCARD'],
    ['a scope without its star', { scope: '/books/42/' }, 'ERR_RESOURCE_SCOPE'],
    ['a scope of the whole host', { scope: '/*' }, 'ERR_RESOURCE_WHOLE_HOST'],
    ['a scope that ends in half a name', { scope: '/b*' }, 'ERR_RESOURCE_SCOPE'],
    ['a scope on another host', { scope: 'https://example.com/*' }, 'ERR_RESOURCE_HOST'],
    ['a scope with a wildcard', { scope: verbatim('/b?/*') }, 'ERR_RESOURCE_SCOPE'],
    ['a scope that is not text', { scope: 7 }, 'ERR_ARGUMENT_TYPE'],
    ['a word for a yes', { allowWholeHost: 'yes', scope: '/books/*' }, 'ERR_ARGUMENT_TYPE'],
  ])('throws for %s that is refused, also where names may be', async (_, options, code) => {
    const asked = { onRefused: 'null', ...options } as never;
    expect((await failureOf(() => signer.signUrls(['/books/42/a.jpg'], asked))).code).toBe(code);
    if (code === 'ERR_CANNED_WILDCARD') return;
    // Also where no name is good, or there is none.
    for (const list of [[], ['/*'], ['/v/a.jpg', '/*']]) {
      expect((await failureOf(() => signer.signUrls(list, asked))).code).toBe(code);
    }
  });

  it('leaves null where the scope does not hold the file', async () => {
    const signed = await signer.signUrls(['/u/1/a', '/v/b'], { scope: '/u/*', onRefused: 'null' });
    expect(signed).toMatchObject([{}, null]);
    const { code, message } = await failureOf(() => signer.signUrls(['/u/1/a', '/v/b'], { scope: '/u/*' }));
    expect(code).toBe('ERR_RESOURCE_SCOPE');
    expect(message).toMatch(/^resources\[1\]: /);
  });

  it('throws for a value that is not a list, and gives an empty list for an empty one', async () => {
    expect((await failureOf(() => signer.signUrls('/a.mp4' as never))).code).toBe('ERR_ARGUMENT_TYPE');
    expect(await signer.signUrls([])).toEqual([]);
  });

  it('refuses a hole in a list, like undefined', async () => {
    // biome-ignore lint/suspicious/noSparseArray: the hole is the point
    const sparse = ['/a.mp4', , '/b.mp4'] as string[];
    expect((await failureOf(() => signer.signUrls(sparse))).message).toContain('resources[1]');
    expect(await signer.signUrls(sparse, { onRefused: 'null' })).toMatchObject([{}, null, {}]);
  });

  it('stops at the first failure of a key that signs elsewhere', async () => {
    let calls = 0;
    const failing: SigningKey = {
      keyPairId: KEY_PAIR_ID,
      algorithm: 'RSA-SHA1',
      sign: async () => {
        calls++;
        throw new Error('no network');
      },
    };
    const remote = createSigner({ key: { get: async () => failing }, domain: DOMAIN });
    const list = Array.from({ length: 1000 }, (_, at) => `/${at}`);
    expect((await failureOf(() => remote.signUrls(list))).message).toBe('no network');
    await new Promise((resolve) => setImmediate(resolve));
    expect(calls).toBeLessThan(10);
  });

  it('lets other work continue: no two signatures of 10 ms are made without a turn between them', async () => {
    const slow: SigningKey = {
      keyPairId: KEY_PAIR_ID,
      algorithm: 'RSA-SHA1',
      sign: () => {
        const until = performance.now() + 10;
        while (performance.now() < until);
        return Buffer.from('signature');
      },
    };
    let turns = 0;
    let isDone = false;
    const count = () => {
      turns++;
      if (!isDone) setImmediate(count);
    };
    setImmediate(count);
    const signing = createSigner({ key: { get: async () => slow }, domain: DOMAIN });
    await signing.signUrls(Array.from({ length: 20 }, (_, at) => `/${at}.jpg`));
    isDone = true;
    // Each worker may have one signature in a turn.
    expect(turns).toBeGreaterThanOrEqual(5);
  });

  it('keeps to the list as it was when it was called', async () => {
    const list = Array.from({ length: 300 }, (_, at) => `/${at}.jpg`);
    const signing = signerWith(ec).signUrls(list);
    list.length = 10;
    expect(await signing).toHaveLength(300);
  });

  it('throws for what is a mistake in the call, also where names may be refused', async () => {
    for (const mistake of [7, Promise.resolve('/a'), () => '/a', {}, true]) {
      const failure = await failureOf(() => signer.signUrls(['/a', mistake as never], { onRefused: 'null' }));
      expect(failure.code).toBe('ERR_ARGUMENT_TYPE');
      expect(failure.message).toContain('resources[1]');
    }
  });
});
