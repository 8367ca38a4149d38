/**
 * The package's core, proved in whatever runtime runs this file: no test framework, no TypeScript, nothing but
 * the installed package and Node's own modules. Writes what it has done so far to the file `self-test.json`, for `run.ts`: the
 * runtime at its start, and at its end how many checks passed.
 */

import assert from 'node:assert/strict';
import { generateKeyPairSync, verify } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { inspect } from 'node:util';
import { createSigner, envKey, SignerError, staticKey } from '@storytime/signer';
import { preparePlaylist, signPlaylist } from '@storytime/signer/playlist';
import { secretsManagerKey } from '@storytime/signer/secrets-manager';
import { explain } from '@storytime/signer/verify';

const runtime = process.versions.bun ? `Bun ${process.versions.bun}` : `Node ${process.versions.node}`;
report({ runtime });

const DOMAIN = 'd111111abcdef8.cloudfront.net';
const KEY_PAIR_ID = 'K2JCJMDEHXQW5F';
const NOW = new Date('2026-11-20T12:00:00Z');
const now = () => NOW;
const require = createRequire(import.meta.url);
let checks = 0;

/** Says which check failed, in which runtime. */
async function check(name, prove) {
  try {
    await prove();
    checks++;
  } catch (cause) {
    throw new Error(`${runtime}: ${name}`, { cause });
  }
}

const fromWire = (text) =>
  Buffer.from(text.replaceAll('-', '+').replaceAll('_', '=').replaceAll('~', '/'), 'base64');
const headerOf = (cookies) =>
  Object.entries(cookies)
    .map(([name, value]) => `${name}=${value}`)
    .join('; ');

const KINDS = [
  ['RSA 2048', generateKeyPairSync('rsa', { modulusLength: 2048 }), 'pkcs1'],
  ['P-256', generateKeyPairSync('ec', { namedCurve: 'P-256' }), 'sec1'],
];
const FORMS = {
  'a PEM': (pem) => pem,
  'a PEM with literal \\n, in quotes': (pem) => `"${pem.replaceAll('\n', '\\n')}"`,
  'a PEM with Windows line ends': (pem) => pem.replaceAll('\n', '\r\n'),
  'base64 on one line': (pem) => Buffer.from(pem).toString('base64'),
  'base64, wrapped and indented': (pem) =>
    Buffer.from(pem)
      .toString('base64')
      .replace(/.{1,64}/g, '  $&\n'),
};

for (const [kind, { privateKey, publicKey }, oldForm] of KINDS) {
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
  const oldPem = privateKey.export({ type: oldForm, format: 'pem' });
  const trustedKeys = new Map([[KEY_PAIR_ID, publicKey.export({ type: 'spki', format: 'pem' })]]);
  const judge = (request) => explain({ now: NOW, trustedKeys, ...request });

  for (const [form, spell] of Object.entries(FORMS)) {
    for (const text of [pem, oldPem]) {
      await check(`${kind} from ${form}`, async () => {
        const key = await staticKey({ keyPairId: KEY_PAIR_ID, privateKey: spell(text) }).get();
        const bytes = Buffer.from('any bytes');
        assert.ok(verify('SHA1', bytes, publicKey, await key.sign(bytes)));
      });
    }
  }

  for (const hashAlgorithm of ['SHA1', 'SHA256']) {
    const env = { CLOUDFRONT_KEY_PAIR_ID: KEY_PAIR_ID, CLOUDFRONT_PRIVATE_KEY: pem };
    const signer = createSigner({ key: envKey({ env, hashAlgorithm }), domain: DOMAIN, now });
    const what = `${kind} with ${hashAlgorithm}`;

    for (const policy of ['custom', 'canned']) {
      await check(`${what}, ${policy}: URL and cookies are good until their last second`, async () => {
        const file = '/books/42/lecture%20one.mp4?v=1';
        const { url, expiresAt, expiresIn } = await signer.signUrl(file, { policy, expiresIn: '90s' });
        const { cookies } = await signer.signCookies(file, { policy, expiresIn: 90 });
        assert.equal(expiresIn, 90);
        const requests = [{ url }, { url: `https://${DOMAIN}${file}`, cookies: headerOf(cookies) }];
        for (const request of requests) {
          const verdict = judge(request);
          assert.equal(verdict.allowed, true, verdict.hint);
          assert.equal(judge({ ...request, now: new Date(expiresAt - 1) }).allowed, true);
          assert.equal(judge({ ...request, now: expiresAt }).reason, 'expired');
          assert.equal(judge({ ...request, url: request.url.replace('42', '43') }).allowed, false);
        }
      });
    }

    await check(`${what}: cookies open a directory, and their bytes verify`, async () => {
      const { cookies, setCookie } = await signer.signCookies('/books/42/*', { ipAddress: '203.0.113.0/24' });
      const signed = fromWire(cookies['CloudFront-Policy']);
      assert.ok(verify(hashAlgorithm, signed, publicKey, fromWire(cookies['CloudFront-Signature'])));
      assert.equal(JSON.parse(signed).Statement[0].Resource, `https://${DOMAIN}/books/42/*`);
      assert.equal(setCookie.length, hashAlgorithm === 'SHA256' ? 4 : 3);
      const request = {
        url: `https://${DOMAIN}/books/42/a/b.ts`,
        cookies: headerOf(cookies),
        ip: '203.0.113.9',
      };
      assert.equal(judge(request).allowed, true);
      assert.equal(judge({ ...request, ip: '198.51.100.1' }).reason, 'ip-mismatch');
      assert.equal(
        judge({ ...request, url: `https://${DOMAIN}/books/421/a.ts` }).reason,
        'resource-mismatch',
      );
    });

    await check(`${what}: every URI of a signed playlist is allowed`, async () => {
      const media = '#EXTM3U\n#EXT-X-MAP:URI="init.mp4"\n#EXTINF:6,\na.ts\n#EXTINF:6,\nb/c.ts\n';
      const { playlist, signedCount } = await signPlaylist(media, { signer, url: '/books/42/index.m3u8' });
      const urls = playlist.match(/https:[^"\n]+/g);
      assert.equal(urls.length, 3);
      assert.equal(signedCount, 3);
      for (const url of urls) assert.equal(judge({ url }).allowed, true);
      const url = `https://${DOMAIN}/books/42/index.m3u8`;
      assert.equal(preparePlaylist(media, { url, hashAlgorithm }).preparedCount, 3);
    });
  }

  await check(`${kind}: printing shows no key`, () => {
    const key = staticKey({ keyPairId: KEY_PAIR_ID, privateKey: pem });
    const shown = inspect([key, createSigner({ key, domain: DOMAIN })], { depth: 9, showHidden: true });
    assert.ok(!shown.includes('PRIVATE KEY') && !shown.includes(pem.split('\n')[1]));
  });

  await check(`${kind}: a key comes from Secrets Manager, by the AWS client over HTTP`, async () => {
    const SecretString = JSON.stringify({ keyPairId: KEY_PAIR_ID, privateKey: pem, generation: '2026-11-a' });
    const server = createServer((_, response) => {
      response.setHeader('content-type', 'application/x-amz-json-1.1');
      response.end(JSON.stringify({ ARN: 'arn:x', Name: 'x', VersionId: 'v1', SecretString }));
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const credentials = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'example' };
      const endpoint = `http://127.0.0.1:${server.address().port}`;
      const config = { endpoint, region: 'us-east-1', credentials };
      const key = secretsManagerKey({ secretId: 'x', config });
      const { url } = await createSigner({ key, domain: DOMAIN, now }).signUrl('/a.mp4');
      assert.equal(judge({ url }).allowed, true);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
}

await check('refusals are typed, and name their code', async () => {
  const privateKey = KINDS[1][1].privateKey.export({ type: 'pkcs8', format: 'pem' });
  const signer = createSigner({
    key: staticKey({ keyPairId: KEY_PAIR_ID, privateKey }),
    domain: DOMAIN,
    now,
  });
  const refused = [
    ['ERR_RESOURCE_WILDCARD', () => signer.signUrl('/books/*')],
    ['ERR_RESOURCE_ENCODED', () => signer.signUrl('/books/%2e%2e/a')],
    ['ERR_RESOURCE_SCOPE', () => signer.signCookies('/v/1*')],
    ['ERR_EXPIRY_OVER_CAP', () => signer.signUrl('/a', { expiresIn: 14_400_000 })],
    ['ERR_IP_ADDRESS_V6', () => signer.signUrl('/a', { ipAddress: '2001:db8::1' })],
    ['ERR_KEY_UNSUPPORTED', () => staticKey({ keyPairId: KEY_PAIR_ID, privateKey: p384() })],
    ['ERR_KEY_BROKEN', () => staticKey({ keyPairId: KEY_PAIR_ID, privateKey: broken(privateKey) })],
  ];
  for (const [code, act] of refused) {
    await assert.rejects(
      async () => act(),
      (error) => {
        assert.ok(error instanceof SignerError);
        assert.equal(error.code, code);
        return true;
      },
    );
  }
});

await check(
  'require() loads the CommonJS build of every entry, with the names of the ESM build',
  async () => {
    const { exports } = require('@storytime/signer/package.json');
    const entries = Object.keys(exports).filter((subpath) => typeof exports[subpath] === 'object');
    assert.ok(entries.length > 5);
    for (const entry of entries.map((subpath) => `@storytime/signer${subpath.slice(1)}`)) {
      assert.ok(require.resolve(entry).endsWith('.cjs'), entry);
      assert.deepEqual(Object.keys(require(entry)).sort(), Object.keys(await import(entry)).sort(), entry);
    }
  },
);

await check(
  'what the CommonJS build signs, either build allows; its refusals are typed in both',
  async () => {
    const cjs = Object.assign(
      {},
      ...['', '/playlist', '/verify'].map((entry) => require(`@storytime/signer${entry}`)),
    );
    assert.notEqual(cjs.createSigner, createSigner);
    for (const [kind, { privateKey, publicKey }] of KINDS) {
      const key = cjs.staticKey({
        keyPairId: KEY_PAIR_ID,
        privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }),
      });
      const trustedKeys = new Map([[KEY_PAIR_ID, publicKey.export({ type: 'spki', format: 'pem' })]]);
      const signer = cjs.createSigner({ key, domain: DOMAIN, now });
      const { url } = await signer.signUrl('/videos/lecture.mp4');
      const { playlist } = await cjs.signPlaylist('#EXTM3U\n#EXTINF:6,\nseg.ts\n', {
        signer,
        url: '/books/42/index.m3u8',
        scope: cjs.verbatim('/books/4?/*'),
      });
      for (const signed of [url, playlist.split('\n')[2]]) {
        for (const judge of [explain, cjs.explain]) {
          assert.equal(judge({ url: signed, trustedKeys, now: NOW }).allowed, true, kind);
        }
      }
      await assert.rejects(signer.signUrl('/books/*'), (error) => {
        assert.ok(error instanceof SignerError && error instanceof cjs.SignerError);
        assert.equal(error.code, 'ERR_RESOURCE_WILDCARD');
        return true;
      });
    }
  },
);

function report(done) {
  writeFileSync('self-test.json', JSON.stringify(done));
}

function p384() {
  return generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey.export({
    type: 'pkcs8',
    format: 'pem',
  });
}

function broken(pem) {
  const [head, ...body] = pem.split('\n');
  return [head, 'AAAA', ...body].join('\n');
}

report({ runtime, checks });
