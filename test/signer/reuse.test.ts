import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createSigner, type KeySource, type SigningKey, staticKey } from '../../signer/src/index.ts';
import {
  cookieHeader,
  DOMAIN,
  ec,
  failureOf,
  fromWire,
  judge,
  KEY_PAIR_ID,
  NOW,
  NOW_SECONDS,
  rsa,
  signerWith,
} from './fixtures.ts';

/** `NOW` is a whole minute, so grids of minutes and hours are at it. */
const at = (seconds: number) => () => new Date(NOW.getTime() + seconds * 1000);
const signatureOf = (url: string) => new URL(url).searchParams.get('Signature');
const policyOf = (url: string) => fromWire(new URL(url).searchParams.get('Policy') ?? '').toString();

/** A P-256 signature is another one each time, so an equal one is a kept one. Counts signatures as well. */
function makeCounted(options: { readonly reuse?: number | string; readonly reuseEntries?: number } = {}) {
  const clock = { seconds: 0 };
  const counted = { signatures: 0 };
  const inner = staticKey({ keyPairId: KEY_PAIR_ID, privateKey: ec.privatePem });
  const key: Promise<SigningKey> = inner.get().then(({ keyPairId, algorithm, sign }) => ({
    keyPairId,
    algorithm,
    sign(bytes) {
      counted.signatures++;
      return sign(bytes);
    },
  }));
  const signer = createSigner({
    key: { get: () => key },
    domain: DOMAIN,
    now: () => at(clock.seconds)(),
    reuse: '5m',
    ...options,
  });
  return { signer, clock, counted };
}

describe('reuse', () => {
  it('gives equal requests the same URL until the next step of the grid', async () => {
    const { signer, clock, counted } = makeCounted();
    clock.seconds = 1;
    const first = await signer.signUrl('/a.mp4', { expiresIn: 3_600 });
    expect(first.expiresAt).toEqual(at(3_900)());
    expect(first.expiresIn).toBe(3_899);
    clock.seconds = 300;
    const last = await signer.signUrl('/a.mp4', { expiresIn: 3_600 });
    expect(last).toEqual({ ...first, expiresIn: 3_600 });
    expect(counted.signatures).toBe(1);
    clock.seconds = 301;
    const next = await signer.signUrl('/a.mp4', { expiresIn: 3_600 });
    expect(next.expiresAt).toEqual(at(4_200)());
    expect(next.url).not.toBe(first.url);
    expect(judge(ec, { url: next.url, now: at(4_199)() }).allowed).toBe(true);
  });

  it('shares a signature among the files of a directory, and between URLs and cookies', async () => {
    const { signer, counted } = makeCounted();
    const { url: a } = await signer.signUrl('/books/42/a.m3u8', { scope: 'directory' });
    const { url: b } = await signer.signUrl(`https://${DOMAIN}/books/42/b.ts?x=1`, { scope: 'directory' });
    const { cookies } = await signer.signCookies('/books/42/*');
    expect(signatureOf(b)).toBe(signatureOf(a));
    expect(cookies['CloudFront-Signature']).toBe(signatureOf(a));
    expect(counted.signatures).toBe(1);
    expect(judge(ec, { url: b }).allowed).toBe(true);
  });

  it.each([
    ['another file', '/b.mp4', {}],
    ['another lifetime', '/a.mp4', { expiresIn: '2h' }],
    ['another address', '/a.mp4', { ipAddress: '203.0.113.7' }],
    ['another start', '/a.mp4', { startsAt: at(60)() }],
    ['a canned policy', '/a.mp4', { policy: 'canned' }],
    ['a directory', '/x/a.mp4', { scope: 'directory' }],
  ] as const)('signs %s on its own, and gives each its own back', async (_, resource, options) => {
    const { signer, counted } = makeCounted();
    const one = await signer.signUrl('/a.mp4');
    const other = await signer.signUrl(resource, options);
    expect(signatureOf(other.url)).not.toBe(signatureOf(one.url));
    expect(await signer.signUrl('/a.mp4')).toEqual(one);
    expect(await signer.signUrl(resource, options)).toEqual(other);
    expect(counted.signatures).toBe(2);
  });

  it('keeps hosts apart', async () => {
    const signer = signerWith(ec, { domain: ['media.example.com', DOMAIN], reuse: '5m' });
    const one = await signer.signUrl('/a.mp4');
    const other = await signer.signUrl(`https://${DOMAIN}/a.mp4`);
    expect(signatureOf(other.url)).not.toBe(signatureOf(one.url));
  });

  it('leaves expiresAt, an instant, where it is', async () => {
    const { signer } = makeCounted();
    const expiresAt = at(61)();
    const first = await signer.signUrl('/a.mp4', { expiresAt });
    expect(first.expiresAt).toEqual(expiresAt);
    expect((await signer.signUrl('/a.mp4', { expiresAt })).url).toBe(first.url);
  });

  it('never crosses maxExpiresIn: a lifetime near the cap is what was asked', async () => {
    const signer = signerWith(ec, { reuse: '1h', maxExpiresIn: '4h', now: at(1) });
    expect((await signer.signUrl('/a.mp4', { expiresIn: '4h' })).expiresIn).toBe(14_400);
    expect((await signer.signUrl('/a.mp4', { expiresIn: 14_000 })).expiresIn).toBe(14_399);
    expect((await signer.signUrl('/a.mp4', { expiresIn: 3_600 })).expiresIn).toBe(7_199);
    expect((await failureOf(() => signer.signUrl('/a.mp4', { expiresIn: 14_401 }))).code).toBe(
      'ERR_EXPIRY_OVER_CAP',
    );
  });

  it('keeps the default lifetime a step below the cap, where it can be rounded', async () => {
    const signer = signerWith(ec, { reuse: '5m', maxExpiresIn: '1h', now: at(1) });
    expect((await signer.signUrl('/a.mp4')).expiresIn).toBe(3_599);
  });

  it('refuses what would be refused without it, wherever the grid lies', async () => {
    const { signer } = makeCounted();
    const options = { expiresIn: 60, startsAt: at(60)() };
    expect((await failureOf(() => signer.signUrl('/a.mp4', options))).code).toBe('ERR_WINDOW_EMPTY');
    await signer.signCookies('/*', { allowWholeHost: true });
    expect((await failureOf(() => signer.signCookies('/*'))).code).toBe('ERR_RESOURCE_WHOLE_HOST');
    await signer.signUrl('/a.mp4', { scope: 'directory', allowWholeHost: true });
    const again = await failureOf(() => signer.signUrl('/a.mp4', { scope: 'directory' }));
    expect(again.code).toBe('ERR_RESOURCE_WHOLE_HOST');
  });

  it('forgets the signature least recently used', async () => {
    const { signer, counted } = makeCounted({ reuseEntries: 2 });
    for (const name of ['a', 'b', 'a', 'c', 'a']) await signer.signUrl(`/${name}.mp4`);
    expect(counted.signatures).toBe(3);
    await signer.signUrl('/b.mp4');
    expect(counted.signatures).toBe(4);
  });

  it('counts the seconds and updates Max-Age for kept cookies', async () => {
    const { signer, clock, counted } = makeCounted();
    clock.seconds = 1;
    const first = await signer.signCookies('/books/42/*', { expiresIn: 3_600, maxAge: true });
    clock.seconds = 101;
    const later = await signer.signCookies('/books/42/*', { expiresIn: 3_600, maxAge: true });
    expect(counted.signatures).toBe(1);
    expect(later.cookies).toEqual(first.cookies);
    expect(first.setCookie[0]).toMatch(/; Max-Age=3899$/);
    expect(later.setCookie[0]).toMatch(/; Max-Age=3799$/);
  });

  it('spells the policy as it would be without it', async () => {
    const { signer } = makeCounted();
    const { url } = await signer.signUrl('/a.mp4', { expiresIn: 300 });
    expect(policyOf(url)).toBe(
      `{"Statement":[{"Resource":"https://${DOMAIN}/a.mp4","Condition":{"DateLessThan":{"AWS:EpochTime":${NOW_SECONDS + 300}}}}]}`,
    );
  });

  it.each([
    ['a grid of nothing', { reuse: 0 }, 'ERR_EXPIRY_INVALID'],
    ['a grid as long as the cap', { reuse: '7d' }, 'ERR_EXPIRY_OVER_CAP'],
    [
      'a default that leaves the grid no room',
      { reuse: '1h', defaultExpiresIn: '7d' },
      'ERR_EXPIRY_OVER_CAP',
    ],
    ['room for no signature', { reuse: '5m', reuseEntries: 0 }, 'ERR_ARGUMENT_TYPE'],
    ['a yes for a span', { reuse: true }, 'ERR_ARGUMENT_TYPE'],
  ])('refuses %s', async (_, options, code) => {
    expect((await failureOf(() => signerWith(ec, options as never))).code).toBe(code);
  });
});

describe('reuse and keys', () => {
  const keyOf = (privateKey: string, keyPairId = KEY_PAIR_ID) => staticKey({ keyPairId, privateKey }).get();

  it('never gives a rotated key’s signature: neither another id’s nor another key’s of the same id', async () => {
    const repaired = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const keys = [
      await keyOf(ec.privatePem),
      await keyOf(ec.privatePem, 'KOTHER'),
      await keyOf(repaired.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()),
      await keyOf(rsa.privatePem),
    ];
    const source: { next: SigningKey | undefined } & KeySource = {
      next: undefined,
      get: () => Promise.resolve(source.next as SigningKey),
    };
    const signer = createSigner({ key: source, domain: DOMAIN, now: () => NOW, reuse: '5m' });
    const seen = new Set<string>();
    for (const key of keys) {
      source.next = key;
      seen.add((await signer.signUrl('/a.mp4')).url);
    }
    expect(seen.size).toBe(keys.length);
  });

  it('does not keep a signature that an old key finishes after the new one took over', async () => {
    const finish: (() => void)[] = [];
    const slow = (keyPairId: string): SigningKey => ({
      keyPairId,
      algorithm: 'RSA-SHA256',
      sign: () => new Promise((resolve) => finish.push(() => resolve(Buffer.from(keyPairId)))),
    });
    const [old, next] = [slow('KOLD'), slow('KNEW')];
    let current = old;
    const source = { get: () => Promise.resolve(current) };
    const signer = createSigner({ key: source, domain: DOMAIN, now: () => NOW, reuse: '5m' });
    const before = signer.signUrl('/a.mp4');
    await expect.poll(() => finish.length).toBe(1);
    current = next;
    const after = signer.signUrl('/a.mp4');
    await expect.poll(() => finish.length).toBe(2);
    finish[1]?.();
    finish[0]?.();
    expect((await before).url).toContain('Key-Pair-Id=KOLD');
    expect((await after).url).toContain('Key-Pair-Id=KNEW');
    expect((await signer.signUrl('/a.mp4')).url).toBe((await after).url);
    expect(finish).toHaveLength(2);
  });

  it('signs once for a thousand equal requests at once, and again after a failure', async () => {
    let signatures = 0;
    const key: SigningKey = {
      keyPairId: KEY_PAIR_ID,
      algorithm: 'RSA-SHA256',
      async sign() {
        if (++signatures === 1) throw new Error('not now');
        return Buffer.from('signature');
      },
    };
    const source = { get: () => Promise.resolve(key) };
    const signer = createSigner({ key: source, domain: DOMAIN, now: () => NOW, reuse: '5m' });
    const ask = () => Promise.allSettled(Array.from({ length: 1_000 }, () => signer.signUrl('/a.mp4')));
    expect(new Set((await ask()).map(({ status }) => status))).toEqual(new Set(['rejected']));
    expect(new Set((await ask()).map(({ status }) => status))).toEqual(new Set(['fulfilled']));
    expect(signatures).toBe(2);
  });

  it('lets kept cookies in, and nobody after their end', async () => {
    const signer = signerWith(ec, { hashAlgorithm: 'SHA256', reuse: '5m' });
    await signer.signCookies('/books/42/*');
    const { cookies, expiresAt } = await signer.signCookies('/books/42/*');
    const request = { url: `https://${DOMAIN}/books/42/s.ts`, cookies: cookieHeader(cookies) };
    expect(judge(ec, request).allowed).toBe(true);
    expect(judge(ec, { ...request, now: expiresAt })).toMatchObject({ allowed: false, reason: 'expired' });
  });
});
