/** What other libraries call their options is refused with the name that is ours. */

import { describe, expect, it } from 'vitest';
import { createSigner, staticKey } from '../../signer/src/index.ts';
import { DOMAIN, ec, failureOf, NOW, signerWith } from './fixtures.ts';

const signer = signerWith(ec);

describe('an option of another library', () => {
  it.each([
    ['dateLessThan', '2027-01-01', '"expiresAt"'],
    ['dateGreaterThan', '2027-01-01', '"startsAt"'],
    ['expireTime', 1_795_176_000_000, '"expiresAt"'],
    ['expires', 1_795_176_000, '"expiresAt"'],
    ['privateKey', '-----BEGIN', 'staticKey('],
    ['keyPairId', 'K1', 'staticKey('],
    ['keypairId', 'K1', 'staticKey('],
    ['privateKeyString', '-----BEGIN', 'staticKey('],
    ['passphrase', 'secret words', 'passphrase'],
    ['url', '/a.mp4', 'the first argument'],
    ['ipRange', '203.0.113.0/24', '"ipAddress"'],
    ['domain', DOMAIN, 'createSigner'],
    ['cookieDomain', 'example.com', 'createSigner'],
    ['secure', true, 'always'],
    ['somethingElse', 1, 'has no option "somethingElse"; its options are'],
    ['toString', 1, 'has no option "toString"; its options are'],
  ])('%s is refused in every signing call, and what to write is said', async (name, value, remedy) => {
    for (const call of ['signUrl', 'signUrlSync', 'signUrls', 'signCookies', 'signCookiesSync'] as const) {
      const sign = signer[call] as (resource: unknown, options: object) => unknown;
      const failure = await failureOf(() => sign(call === 'signUrls' ? ['/a'] : '/a', { [name]: value }));
      expect(failure).toMatchObject({ name: 'TypeError', code: 'ERR_ARGUMENT_UNKNOWN' });
      expect(failure.message).toContain(`no option "${name}"`);
      expect(failure.message).toContain(remedy);
      expect(failure.message).not.toContain('secret words');
    }
  });

  it('is refused by createSigner too, which is not told to look at itself', async () => {
    const failure = await failureOf(() =>
      createSigner({ key: { get: async () => ({}) as never }, domain: DOMAIN, privateKey: 'x' } as never),
    );
    expect(failure.message).toContain('staticKey(');
    const misspelt = await failureOf(() => staticKey({ keypairId: 'K1', privateKey: 'x' } as never));
    expect(misspelt.message).toContain('which is "keyPairId" here');
    const path = await failureOf(() => staticKey({ keyPairId: 'K1', privateKeyPath: 'key.pem' } as never));
    expect(path.message).toContain('which is "privateKey" here, the text of the PEM');
    const own = await failureOf(() =>
      createSigner({ key: { get: async () => ({}) as never }, domain: DOMAIN, keyy: 'x' } as never),
    );
    expect(own.message).not.toContain('belongs to createSigner');
  });
});

describe('a time in another form', () => {
  it.each([
    ['expiresAt', '2026-11-21T12:00:00Z'],
    ['expiresAt', NOW.getTime() + 60_000],
    ['startsAt', '2026-11-20T13:00:00Z'],
  ])('%s as %j says new Date(…)', async (name, value) => {
    const failure = await failureOf(() => signer.signUrl('/a.mp4', { [name]: value } as never));
    expect(failure).toMatchObject({ name: 'TypeError', code: 'ERR_ARGUMENT_TYPE' });
    expect(failure.message).toContain('new Date(…)');
    const isRight = await signer.signUrl('/a.mp4', { [name]: new Date(value) });
    expect(isRight.url).toContain('Policy=');
  });

  it.each([
    ['1y', 31_536_000],
    ['2w', 1_209_600],
    ['52w', 31_449_600],
  ])('a lifetime of %s is taken where the cap allows it', async (expiresIn, seconds) => {
    const yearly = signerWith(ec, { maxExpiresIn: '2y' });
    expect((await yearly.signUrl('/a.mp4', { expiresIn })).expiresIn).toBe(seconds);
    expect((await failureOf(() => signer.signUrl('/a.mp4', { expiresIn }))).code).toBe('ERR_EXPIRY_OVER_CAP');
  });

  it('a Date that says nothing is refused otherwise', async () => {
    const failure = await failureOf(() => signer.signUrl('/a.mp4', { expiresAt: {} as never }));
    expect(failure.message).not.toContain('new Date(…)');
  });
});
