/** Every public call reads a plain object's own properties; what is inherited is no option, other objects are refused. */

import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it } from 'vitest';
import { bunnyEnv, bunnyStream, createBunnySigner, explainBunny } from '../../signer/src/bunny/index.ts';
import { createSigner, envKey, staticKey } from '../../signer/src/index.ts';
import { kmsKey } from '../../signer/src/kms/index.ts';
import { preparePlaylist, signPlaylist } from '../../signer/src/playlist/index.ts';
import { secretsManagerKey, secretsManagerValue } from '../../signer/src/secrets-manager/index.ts';
import { explain } from '../../signer/src/verify/index.ts';
import { API_KEY, bunnySigner, HOST, TOKEN_KEY, VIDEO } from './bunny/fixtures.ts';
import { DOMAIN, ec, failureOf, fromWire, KEY_PAIR_ID, NOW, signerWith, trusting } from './fixtures.ts';

const signer = signerWith(ec);
const bunny = bunnySigner();
const zone = { pullZoneHost: HOST, tokenKey: TOKEN_KEY };
const library = { libraryId: 759, apiKey: API_KEY };
const key = staticKey({ keyPairId: KEY_PAIR_ID, privateKey: ec.privatePem });
const PLAYLIST = '#EXTM3U\n#EXTINF:6,\na.ts\n';
const environment = { CLOUDFRONT_KEY_PAIR_ID: KEY_PAIR_ID, CLOUDFRONT_PRIVATE_KEY: ec.privatePem };

type Wrap = (own: object, inherited: object) => never;

/** The ways in which an object comes to have properties that are not its own; they would be silently lost. */
const REFUSED: readonly (readonly [string, Wrap])[] = [
  [
    'the __proto__ of a JSON text',
    (own, inherited) => Object.assign({}, own, ...mergedFromJson(inherited)) as never,
  ],
  ['Object.create', (own, inherited) => Object.assign(Object.create(inherited), own) as never],
  [
    'a class',
    (own, inherited) => {
      class Options {}
      for (const [name, value] of Object.entries(inherited)) {
        Object.defineProperty(Options.prototype, name, { get: () => value });
      }
      return Object.assign(new Options(), own) as never;
    },
  ],
  [
    'Object.create of an object without a prototype',
    (own, inherited) =>
      Object.assign(Object.create(Object.assign(Object.create(null), inherited)), own) as never,
  ],
  ['a Map', (own, inherited) => new Map(Object.entries({ ...own, ...inherited })) as never],
  [
    'a class with fields alone',
    (own, inherited) => {
      class Options {
        constructor() {
          Object.assign(this, own, inherited);
        }
      }
      return new Options() as never;
    },
  ],
  [
    'a proxy of one of these',
    (own, inherited) => new Proxy(Object.assign(Object.create(inherited), own), {}) as never,
  ],
];

/** Everything inherits this, so it is no reason to refuse. */
const wrap: Wrap = (own, inherited) => {
  for (const [name, value] of Object.entries(inherited)) {
    Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true });
    polluted.push(name);
  }
  return own as never;
};

/** As `Object.assign({}, JSON.parse('{"__proto__":…}'))` does: the assignment runs the setter of `__proto__`. */
function mergedFromJson(inherited: object): object[] {
  const parsed = JSON.parse('{"__proto__":{}}');
  Object.defineProperty(parsed, '__proto__', { value: inherited, enumerable: true });
  return [parsed];
}

const polluted: string[] = [];
afterEach(() => {
  for (const name of polluted.splice(0))
    delete (Object.prototype as unknown as Record<string, unknown>)[name];
});

describe.each(REFUSED)('an options object from %s', (_, wrapped) => {
  const request = { url: `https://${DOMAIN}/a.mp4`, now: NOW, trustedKeys: trusting(ec) };
  const url = `https://${DOMAIN}/a/index.m3u8`;

  it.each<[string, () => unknown]>([
    ['createSigner', () => createSigner(wrapped({ key, domain: DOMAIN }, { maxExpiresIn: 60 }))],
    ['signUrl', () => signer.signUrl('/a.mp4', wrapped({}, { ipAddress: '203.0.113.7', expiresIn: 60 }))],
    ['signCookies', () => signer.signCookies('/*', wrapped({}, { allowWholeHost: true }))],
    ['clearCookies', () => signer.clearCookies('/a/*', wrapped({}, { path: '/' }))],
    ['signPlaylist', () => signPlaylist(PLAYLIST, wrapped({ signer, url }, { expiresIn: 60 }))],
    ['preparePlaylist', () => preparePlaylist(PLAYLIST, wrapped({ url }, { scope: '/a/*' }))],
    ['staticKey', () => staticKey(wrapped({ keyPairId: KEY_PAIR_ID }, { privateKey: ec.privatePem }))],
    ['envKey', () => envKey(wrapped({ env: environment }, { hashAlgorithm: 'SHA256' }))],
    ['secretsManagerKey', () => secretsManagerKey(wrapped({ secretId: 'a' }, { maxAgeSeconds: 1 }))],
    ['secretsManagerValue', () => secretsManagerValue(wrapped({ secretId: 'a' }, { parse: String }))],
    ['refreshNow', () => secretsManagerKey({ secretId: 'a' }).refreshNow(wrapped({}, { signal: undefined }))],
    ['kmsKey', () => kmsKey(wrapped({ keyId: 'a', keyPairId: 'K1' }, { timeoutSeconds: 1 }))],
    ['explain', () => explain(wrapped(request, { ip: '203.0.113.7' }))],
    ['createBunnySigner', () => createBunnySigner(wrapped(zone, { maxExpiresIn: 60 }))],
    ['signPlaylistUrl', () => bunny.signPlaylistUrl(VIDEO, wrapped({}, { ipAddress: '203.0.113.7' }))],
    ['signFileUrl', () => bunny.signFileUrl('/a.mp4', wrapped({}, { countriesAllowed: ['DE'] }))],
    ['signEmbedUrl', () => bunny.signEmbedUrl(VIDEO, wrapped({}, { expiresIn: 60 }))],
    ['signTusUpload', () => bunny.signTusUpload(wrapped({ videoId: VIDEO }, { expiresIn: 60 }))],
    ['bunnyEnv', () => bunnyEnv(wrapped({}, { env: {} }))],
    ['bunnyStream', () => bunnyStream(wrapped(library, { timeoutSeconds: 1 }))],
    ['createVideo', () => bunnyStream(library).createVideo(wrapped({}, { title: 'x' }))],
    ['fetchVideo', () => bunnyStream(library).fetchVideo(wrapped({}, { url: 'https://a.example.com/' }))],
    ['explainBunny', () => explainBunny(wrapped({ url: 'https://a.b-cdn.net/' }, { tokenKey: 'x' }))],
  ])('is refused, with what to do: %s', async (name, call) => {
    const failure = await failureOf(call);
    expect(failure.error).toBeInstanceOf(TypeError);
    expect(failure.code).toBe('ERR_ARGUMENT_TYPE');
    expect(failure.message).toContain('spread it into a plain object');
    expect(failure.message).toMatch(
      /^explain/.test(name) ? /^the request must be/ : new RegExp(`^${name} must be`),
    );
  });
});

describe('what comes from Object.prototype itself', () => {
  it('opens no whole host', async () => {
    const wide = { allowWholeHost: true };
    const playlist = { signer, url: '/index.m3u8' };
    for (const call of [
      () => signer.signCookies('/*', wrap({}, wide)),
      () => signer.signUrl('/a.mp4', wrap({ scope: 'directory' }, wide)),
      () => signPlaylist(PLAYLIST, wrap(playlist, wide)),
      () => preparePlaylist(PLAYLIST, wrap({ url: `https://${DOMAIN}/index.m3u8` }, wide)),
    ]) {
      expect(await failureOf(call)).toMatchObject({ code: 'ERR_RESOURCE_WHOLE_HOST' });
    }
  });

  it('neither lengthens nor shortens, narrows or moves what is signed', async () => {
    const inherited = {
      expiresIn: 60,
      startsAt: new Date(NOW.getTime() + 1_000),
      ipAddress: '203.0.113.7',
      policy: 'canned',
      scope: 'directory',
    };
    const plain = await signer.signUrl('/a/b.mp4');
    const { url, expiresIn } = await signer.signUrl('/a/b.mp4', wrap({}, inherited));
    const policyOf = (text: string) => fromWire(new URL(text).searchParams.get('Policy') ?? '').toString();
    expect(expiresIn).toBe(14_400);
    expect(policyOf(url)).toBe(policyOf(plain.url));
  });

  it('changes nothing that is signed for Bunny', () => {
    const inherited = {
      ...{ expiresIn: 60, defaultExpiresIn: 60, maxExpiresIn: 60, reuse: 60, path: '/x', tokenPath: '%2F' },
      ...{
        ipAddress: '203.0.113.7',
        countriesAllowed: ['DE'],
        speedLimitKBps: 1,
        ignoreParams: true,
        page: 'play',
      },
      ...{ libraryId: 1, address: new Uint8Array(4), speedLimit: 1, countriesBlocked: ['FR'] },
    };
    const sign = (made: typeof bunny) => [
      made.signPlaylistUrl(VIDEO, {}),
      made.signPlaylistUrl(VIDEO),
      made.signFileUrl('/a.mp4', {}),
      made.signEmbedUrl(VIDEO, {}),
      made.signTusUpload({ videoId: VIDEO }),
    ];
    const plain = sign(bunnySigner());
    expect(sign(bunnySigner(wrap({}, inherited)))).toEqual(plain);
  });

  it('is no attribute of a cookie', async () => {
    const inherited = { path: '/', sameSite: 'None', maxAge: true };
    const { setCookie } = await signer.signCookies('/a/*', wrap({}, inherited));
    expect(setCookie[0]).toMatch(/; Path=\/a\/; Secure; HttpOnly; SameSite=Lax$/);
    expect(signer.clearCookies('/a/*', wrap({}, inherited))[0]).toMatch(
      /; Path=\/a\/; Secure; HttpOnly; SameSite=Lax; Max-Age=0$/,
    );
  });

  it('makes no signer', async () => {
    const media = 'media.example.com';
    const inherited = { cookieDomain: 'example.com', defaultExpiresIn: 60, maxExpiresIn: 60, reuse: 60 };
    const made = createSigner(wrap({ key, domain: media, now: () => NOW }, { ...inherited }));
    const { setCookie, expiresIn } = await made.signCookies('/a/*');
    expect([expiresIn, setCookie[0]?.includes('Domain=')]).toEqual([14_400, false]);
    expect(await failureOf(() => createSigner(wrap({ domain: media }, { key })))).toMatchObject({
      code: 'ERR_ARGUMENT_TYPE',
    });
  });

  it('is no key and no hash', async () => {
    const inherited = { hashAlgorithm: 'SHA256' };
    const given = { keyPairId: KEY_PAIR_ID, privateKey: ec.privatePem };
    expect((await staticKey(wrap(given, inherited)).get()).algorithm).toBe('ECDSA-SHA1');
    expect((await envKey(wrap({ env: environment }, inherited)).get()).algorithm).toBe('ECDSA-SHA1');
    const url = `https://${DOMAIN}/a/index.m3u8`;
    expect(preparePlaylist(PLAYLIST, wrap({ url }, inherited)).playlist).not.toContain('Hash-Algorithm');
    for (const call of [
      () => staticKey(wrap({ keyPairId: KEY_PAIR_ID }, { privateKey: ec.privatePem })),
      () => secretsManagerKey(wrap({}, { secretId: 'storytime/x' })),
      () => secretsManagerValue(wrap({ secretId: 'storytime/x' }, { parse: String })),
      () => kmsKey(wrap({ keyPairId: KEY_PAIR_ID }, { keyId: 'alias/x' })),
      () => kmsKey(wrap({ keyId: 'alias/x' }, { keyPairId: KEY_PAIR_ID })),
    ]) {
      expect(await failureOf(call)).toMatchObject({ code: 'ERR_ARGUMENT_TYPE' });
    }
  });

  it('is no signal and no span of a key source', async () => {
    const inherited = { signal: 'none', timeoutSeconds: -1, maxAgeSeconds: -1, onError: 'none' };
    expect(() => secretsManagerKey(wrap({ secretId: 'storytime/x' }, inherited))).not.toThrow();
    const source = secretsManagerKey({
      secretId: 'storytime/x',
      client: {
        send: async () => ({
          VersionId: '1',
          SecretString: JSON.stringify({ keyPairId: 'K1', privateKey: ec.privatePem }),
        }),
      } as never,
    });
    expect((await source.refreshNow(wrap({}, { signal: AbortSignal.abort() }))).keyPairId).toBe('K1');
  });

  it('is no part of a request that explain judges', async () => {
    const { url } = await signer.signUrl('/a/b.mp4', { ipAddress: '203.0.113.7' });
    const own = { url, now: NOW, trustedKeys: trusting(ec) };
    expect(explain(wrap(own, { ip: '203.0.113.7' }))).toMatchObject({ reason: 'ip-mismatch' });
    const { cookies } = await signer.signCookies('/a/*');
    const header = Object.entries(cookies)
      .map((pair) => pair.join('='))
      .join('; ');
    const bare = { ...own, url: `https://${DOMAIN}/a/b.mp4` };
    expect(explain(wrap(bare, { cookies: header }))).toMatchObject({ reason: 'unsigned' });
    const late = { url, trustedKeys: trusting(ec) };
    expect(explain(wrap(late, { now: NOW, ip: '203.0.113.7' }))).toMatchObject({ allowed: false });
    expect(() => explain(wrap({ url }, { trustedKeys: trusting(ec) }))).toThrow(
      expect.objectContaining({ code: 'ERR_ARGUMENT_TYPE' }),
    );
  });
});

describe('the values of options', () => {
  it('may be instances of any class, whose methods they inherit', async () => {
    class Base {
      async get() {
        return key.get();
      }
    }
    class Source extends Base {}
    class Keys extends Map<string, string> {}
    const { url } = await signerWith(ec, { key: new Source() }).signUrl('/a.mp4');
    const trustedKeys = new Keys([[KEY_PAIR_ID, ec.publicPem]]);
    expect(explain({ url, now: NOW, trustedKeys })).toMatchObject({ allowed: true });
    const proxied = signerWith(ec, { key: new Proxy(new Source(), {}) });
    await expect(proxied.signUrl('/a.mp4')).resolves.toMatchObject({ expiresIn: 14_400 });
  });

  it('are read once, so that what was checked is what is used', async () => {
    let reads = 0;
    const options = {
      get allowWholeHost() {
        reads += 1;
        return reads > 1;
      },
    };
    expect(await failureOf(() => signer.signCookies('/*', options))).toMatchObject({
      code: 'ERR_RESOURCE_WHOLE_HOST',
    });
    expect(reads).toBe(1);
  });
});

describe('an options object', () => {
  it('may have no prototype, be a proxy, or come from another realm', async () => {
    const bare = Object.assign(Object.create(null), { expiresIn: 60 });
    const elsewhere = runInNewContext('({ expiresIn: 60 })');
    for (const options of [bare, new Proxy({ expiresIn: 60 }, {}), elsewhere]) {
      expect((await signer.signUrl('/a.mp4', options)).expiresIn).toBe(60);
    }
  });

  const revoked = () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  };
  const throwing = {
    get url(): string {
      throw new Error('own');
    },
    get expiresIn(): number {
      throw new Error('own');
    },
  };

  it.each([
    ['a revoked proxy', revoked()],
    ['one whose getters throw', throwing],
  ])('that cannot be read is refused with a code: %s', async (_, options) => {
    for (const call of [
      () => createSigner(options as never),
      () => signer.signUrl('/a.mp4', options as never),
      () => signer.signCookies('/a.mp4', options as never),
      () => signer.clearCookies('/a.mp4', options as never),
      () => signPlaylist(PLAYLIST, options as never),
      () => preparePlaylist(PLAYLIST, options as never),
      () => staticKey(options as never),
      () => envKey(options as never),
      () => secretsManagerKey(options as never),
      () => secretsManagerValue(options as never),
      () => kmsKey(options as never),
      () => explain(options as never),
    ]) {
      const failure = await failureOf(call);
      expect(failure.error).toBeInstanceOf(TypeError);
      expect(failure.code).toMatch(/^ERR_ARGUMENT_TYPE$/);
    }
  });

  it('still may not have a name that is not an option', async () => {
    const parsed = JSON.parse('{"__proto__":{"allowWholeHost":true}}');
    expect(await failureOf(() => signer.signCookies('/*', parsed))).toMatchObject({
      code: 'ERR_ARGUMENT_UNKNOWN',
    });
  });
});
