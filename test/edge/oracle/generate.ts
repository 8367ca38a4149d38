/** Requests for the oracle: signed as AWS's pages say, then now and then spoilt. Deterministic by fast-check's seed. */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import fc from 'fast-check';
import type { Draft } from './draft.ts';
import { FAULTS } from './faults.ts';
import { POLICY_TEXTS, RESOURCES } from './policies.ts';
import type { World, WorldBehaviour, WorldRequest } from './world.ts';

const DOMAIN = 'd111111abcdef8.cloudfront.net';
const ALIAS = 'media.storytime.example';
const NOW_SECONDS = 1_795_176_000;

export interface Generated {
  readonly world: World;
  readonly request: WorldRequest;
}

interface SigningKey {
  readonly id: string;
  readonly publicPem: string;
  readonly privateKey: KeyObject;
}

/** The first two are in most key groups, the next two in some, the last in none. */
export function makeSigningKeys(): readonly SigningKey[] {
  const ids = ['KRSATRUSTED01', 'KECDSATRUSTED1', 'KRSAOTHER0001', 'KECDSAOTHER001', 'KRSASTRANGER1'];
  return ids.map((id) => {
    const { publicKey, privateKey } = id.includes('ECDSA')
      ? generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 });
    return { id, privateKey, publicPem: publicKey.export({ type: 'spki', format: 'pem' }).toString() };
  });
}

const weighted = <Value>(...values: readonly (readonly [weight: number, value: Value])[]) =>
  fc.oneof(...values.map(([weight, value]) => ({ weight, arbitrary: fc.constant(value) })));

function behaviours(ids: readonly string[]): fc.Arbitrary<readonly WorldBehaviour[]> {
  const [rsa = '', ecdsa = '', rsaOther = '', ecdsaOther = ''] = ids;
  const settings = fc.record({
    viewerProtocolPolicy: weighted<WorldBehaviour['viewerProtocolPolicy']>(
      [4, 'redirect-to-https'],
      [3, 'https-only'],
      [4, 'allow-all'],
    ),
    allowedMethods: weighted([5, ['GET', 'HEAD']], [1, ['GET', 'HEAD', 'OPTIONS']]),
    keyPairIds: weighted<readonly string[] | null>(
      [9, [rsa, ecdsa]],
      [1, [rsaOther, ecdsaOther]],
      [1, [ecdsa, rsaOther]],
      [1, null],
    ),
  });
  const patterns = ['books/*', '/books/4?/*', '*.m3u8', 'open/*', 'Books/*', '*/v/*', '*.jpg', 'a*', 'a/b*'];
  return fc
    .tuple(
      fc.shuffledSubarray(patterns, { maxLength: 4 }),
      fc.array(settings, { minLength: 5, maxLength: 5 }),
    )
    .map(([chosen, all]) =>
      [...chosen, '*'].flatMap((pathPattern, index) => (all[index] ? [{ pathPattern, ...all[index] }] : [])),
    );
}

const worlds = (ids: readonly string[]): fc.Arbitrary<World> =>
  fc.record({
    domainName: fc.constant(DOMAIN),
    aliases: weighted([5, [ALIAS]], [1, ['*.storytime.example']]),
    geo: weighted<World['geo']>(
      [8, { type: 'none', countries: [] }],
      [2, { type: 'whitelist', countries: ['CH', 'LI'] }],
      [1, { type: 'blacklist', countries: ['MC'] }],
    ),
    behaviours: behaviours(ids),
  });

const PATHS = [
  '/books/42/index.m3u8',
  '/books/42/v/1/seg_00001.ts',
  '/books/43/index.m3u8',
  '/books/421/index.m3u8',
  '/open/a.jpg',
  '/a/b/c.jpg',
  '/a/b/../c.jpg',
  '/open/../books/42/index.m3u8',
  '/%62ooks/42/index.m3u8',
  '/books/42/caf%C3%A9.ts',
  '/books//42/index.m3u8',
  '/',
];

/** Everything that is chosen; `build` makes a request of it. */
const choices = (ids: readonly string[]) =>
  fc.record({
    world: worlds(ids),
    path: fc.constantFrom(...PATHS),
    query: weighted([6, ''], [1, 'size=large'], [1, 'a=1&b=2'], [1, 'expires=1&policy=2']),
    host: weighted([5, DOMAIN], [2, ALIAS]),
    protocol: weighted<'https' | 'http'>([7, 'https'], [1, 'http']),
    country: weighted<string | undefined>([4, undefined], [3, 'CH'], [1, 'MC'], [1, 'DE']),
    ip: weighted([4, '203.0.113.7'], [1, '192.0.2.10'], [1, '2001:db8::7']),
    kind: weighted<'none' | 'custom-cookies' | 'custom-url' | 'canned-cookies' | 'canned-url'>(
      [1, 'none'],
      [7, 'custom-cookies'],
      [5, 'custom-url'],
      [2, 'canned-cookies'],
      [5, 'canned-url'],
    ),
    key: weighted([8, 0], [8, 1], [1, 2], [1, 3], [1, 4]),
    hash: weighted<'SHA1' | 'SHA256'>([1, 'SHA1'], [1, 'SHA256']),
    resource: fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(0, 1, 2) },
      { weight: 2, arbitrary: fc.nat({ max: RESOURCES.length - 1 }) },
    ),
    text: fc.oneof(
      { weight: 9, arbitrary: fc.constant(0) },
      { weight: 2, arbitrary: fc.nat({ max: POLICY_TEXTS.length - 1 }) },
    ),
    lessThan: weighted([12, 3600], [1, 1], [1, 0], [1, -1], [1, -86_400]),
    greaterThan: weighted<number | undefined>([9, undefined], [1, -60], [1, -1], [1, 0], [1, 1]),
    sourceIp: weighted<string | undefined>(
      [9, undefined],
      [2, '203.0.113.0/24'],
      [1, '203.0.113.7'],
      [1, '203.0.113.8/31'],
      [1, '0.0.0.0/0'],
      [1, '192.0.2.0/28'],
    ),
    faults: fc.oneof(
      { weight: 5, arbitrary: fc.constant([]) },
      { weight: 5, arbitrary: fc.tuple(fc.nat({ max: FAULTS.length - 1 })) },
      { weight: 1, arbitrary: fc.array(fc.nat({ max: FAULTS.length - 1 }), { minLength: 2, maxLength: 3 }) },
    ),
    chance: fc.nat({ max: 1_000_000 }),
  });

/** @param seed the same seed gives the same choices; keys, and so signatures, are new in every run */
export function generate(count: number, seed: number, keys: readonly SigningKey[]): Generated[] {
  const signed = new Map<string, string>();
  const signText = (key: SigningKey, hash: string, text: string) => {
    const name = `${key.id} ${hash} ${text}`;
    const known = signed.get(name) ?? wire(sign(hash, Buffer.from(text), key.privateKey));
    signed.set(name, known);
    return known;
  };
  const ids = keys.map(({ id }) => id);
  return fc.sample(choices(ids), { numRuns: count, seed }).map((chosen) => {
    const { world, kind, path, query, host, protocol, ip, country, hash } = chosen;
    const key = keys[chosen.key] as SigningKey;
    const draft: Draft = {
      ...{ method: 'GET', protocol, host, path, query, ip, country },
      ...{ parameters: [], cookies: [], nowSeconds: NOW_SECONDS },
    };
    if (kind !== 'none') {
      const base = `${protocol}://${host}${path}`;
      const lessThan = NOW_SECONDS + chosen.lessThan;
      const isCanned = kind.startsWith('canned');
      const resource = isCanned
        ? `${base}${query && `?${query}`}`
        : (RESOURCES[chosen.resource]?.(draft) ?? base);
      const text = POLICY_TEXTS[isCanned ? 0 : chosen.text]?.({
        resource,
        lessThan,
        greaterThan:
          isCanned || chosen.greaterThan === undefined ? undefined : NOW_SECONDS + chosen.greaterThan,
        sourceIp: isCanned ? undefined : chosen.sourceIp,
      });
      const pairs: [string, string][] = [
        isCanned ? ['Expires', String(lessThan)] : ['Policy', wire(Buffer.from(text ?? ''))],
        ['Signature', signText(key, hash, text ?? '')],
        ['Key-Pair-Id', key.id],
        ...(hash === 'SHA1' ? [] : [['Hash-Algorithm', hash] as [string, string]]),
      ];
      // As aws-cloudfront-sign makes them: the canned policy itself beside its Expires.
      if (isCanned && chosen.chance % 4 === 0) pairs.push(['Policy', wire(Buffer.from(text ?? ''))]);
      if (kind.endsWith('url')) draft.parameters = pairs;
      else draft.cookies = pairs.map(([name, value]) => [`CloudFront-${name}`, value]);
    }
    for (const [index, fault] of chosen.faults.entries()) FAULTS[fault]?.(draft, chosen.chance + index, ids);
    return { world, request: put(draft) };
  });
}

function put({
  method,
  protocol,
  host,
  path,
  query,
  parameters,
  cookies,
  ip,
  country,
  nowSeconds,
}: Draft): WorldRequest {
  const all = [...(query === '' ? [] : [query]), ...parameters.map(([name, value]) => `${name}=${value}`)];
  const cookie = cookies.map(([name, value]) => `${name}=${value}`).join('; ');
  return {
    ...{ method, protocol, host, ip, nowSeconds },
    target: all.length === 0 ? path : `${path}?${all.join('&')}`,
    ...(cookie !== '' && { cookie }),
    ...(country !== undefined && { country }),
  };
}

function wire(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replaceAll('+', '-').replaceAll('=', '_').replaceAll('/', '~');
}
