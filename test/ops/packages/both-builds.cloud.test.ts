/** The ESM and the CommonJS build, each by itself and both in one process: an ESM app with a dependency in CommonJS. */
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SPECIFIERS } from './backend.ts';
import { makeProject, runIn } from './project.ts';

let installed = '';
beforeAll(async () => {
  installed = await makeProject();
}, 300_000);
afterAll(() => rmSync(installed, { recursive: true, force: true }));

const run = (kind: 'module' | 'commonjs', source: string) => runIn(installed, kind, source);

/** `esm` and `cjs`: what each build exports, all entries of the signer together; a signer of each, with its own key. */
const BOTH = `
import { createRequire } from 'node:module';
import { generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';
const require = createRequire(process.cwd() + '/main.js');
const entries = ${JSON.stringify(SPECIFIERS.filter((specifier) => specifier.startsWith('@storytime/signer')))};
const esm = Object.assign({}, ...(await Promise.all(entries.map((entry) => import(entry)))));
const cjs = Object.assign({}, ...entries.map((entry) => require(entry)));
const keyPairId = 'K2JCJMDEHXQW5F';
const { privateKey, publicKey } = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const trustedKeys = new Map([[keyPairId, publicKey]]);
const domain = 'media.example.com';
const keys = [esm, cjs].map(({ staticKey }) => staticKey({ keyPairId, privateKey }));
const signers = [esm, cjs].map(({ createSigner }, index) => createSigner({ key: keys[index], domain }));
const thrown = async (act) => { try { await act(); } catch (error) { return error; } };
`;

describe('require()', () => {
  it.each(SPECIFIERS)(
    'loads %s with the names that import loads, and Node prints no warning',
    (specifier) => {
      const required = run('commonjs', `out.names = Object.keys(require('${specifier}')).sort();`);
      const imported = run('module', `out.names = Object.keys(await import('${specifier}')).sort();`);
      expect(required).toEqual(imported);
    },
  );

  it('loads the CommonJS build, and nothing of the ESM build', () => {
    const loaded = run(
      'commonjs',
      `for (const specifier of ${JSON.stringify(SPECIFIERS)}) require(specifier);
       out.files = Object.keys(require.cache).filter((path) => path.includes('@storytime'));`,
    ) as { files: string[] };
    expect(loaded.files.length).toBeGreaterThan(30);
    expect(loaded.files.filter((path) => !path.endsWith('.cjs'))).toEqual([]);
  });

  it('loads one class for all entries: an error, and the class of verbatim patterns', () => {
    const outcome = run(
      'module',
      `${BOTH}
       out.sameError = require('@storytime/signer').SignerError === require('@storytime/signer/errors').SignerError;
       const { signedCount } = await cjs.signPlaylist('#EXTM3U\\n#EXTINF:6,\\nseg.ts\\n', {
         signer: signers[1], url: '/books/42/index.m3u8', scope: cjs.verbatim('/books/4?/*'),
       });
       out.signedCount = signedCount;`,
    );
    expect(outcome).toEqual({ sameError: true, signedCount: 1 });
  });
});

describe('both builds in one process', () => {
  it('have classes of their own, and instanceof is true for the errors of either', () => {
    const outcome = run(
      'module',
      `${BOTH}
       out.ownClasses = esm.SignerError !== cjs.SignerError && esm.SignerTypeError !== cjs.SignerTypeError;
       out.errors = [];
       for (const signer of signers) {
         const error = await thrown(() => signer.signUrl('/books/*'));
         const typeError = await thrown(() => signer.signUrl(42));
         for (const { SignerError, SignerTypeError } of [esm, cjs]) {
           out.errors.push([
             error instanceof SignerError, typeError instanceof SignerTypeError,
             error instanceof SignerTypeError, typeError instanceof SignerError,
           ]);
         }
       }`,
    );
    const right = [true, true, false, false];
    expect(outcome).toEqual({ ownClasses: true, errors: [right, right, right, right] });
  });

  it('throw errors that print alike, with the same own properties', () => {
    const outcome = run(
      'module',
      `${BOTH}
       const errors = await Promise.all(signers.map((signer) => thrown(() => signer.signUrl('/books/*'))));
       out.properties = errors.map((error) => Reflect.ownKeys(error).map(String).sort());
       out.tails = errors.map((error) => /\\{[^]*$/.exec(inspect(error))?.[0]);
       out.json = errors.map((error) => JSON.stringify(error));`,
    ) as { properties: string[][]; tails: string[]; json: string[] };
    const properties = ['code', 'message', 'name', 'stack', 'status'];
    expect(outcome.properties).toEqual([properties, properties]);
    expect(outcome.tails[0]).toContain("code: 'ERR_RESOURCE_WILDCARD'");
    expect(outcome.tails[1]).toBe(outcome.tails[0]);
    const json = '{"name":"SignerError","code":"ERR_RESOURCE_WILDCARD","status":400}';
    expect(outcome.json.map((text) => JSON.parse(text))).toEqual([JSON.parse(json), JSON.parse(json)]);
  });

  it('take the keys and the signers of each other', () => {
    const outcome = run(
      'module',
      `${BOTH}
       out.allowed = [];
       for (const [index, own] of [esm, cjs].entries()) {
         const other = [cjs, esm][index];
         const { url } = await own.createSigner({ key: other.staticKey({ keyPairId, privateKey }), domain }).signUrl('/a.mp4');
         out.allowed.push(other.explain({ url, trustedKeys }).allowed);
         const { playlist } = await own.signPlaylist('#EXTM3U\\n#EXTINF:6,\\nseg.ts\\n', {
           signer: signers[1 - index], url: '/books/42/index.m3u8',
         });
         out.allowed.push(own.explain({ url: playlist.split('\\n')[2], trustedKeys }).allowed);
       }`,
    );
    expect(outcome).toEqual({ allowed: [true, true, true, true] });
  });

  it('refuse the verbatim patterns of each other', () => {
    const outcome = run(
      'module',
      `${BOTH}
       const refused = await Promise.all([
         thrown(() => signers[0].signCookies(cjs.verbatim('/out/lecture1*'))),
         thrown(() => signers[1].signCookies(esm.verbatim('/out/lecture1*'))),
       ]);
       out.codes = refused.map((error) => error?.code);`,
    );
    expect(outcome).toEqual({ codes: ['ERR_ARGUMENT_TYPE', 'ERR_ARGUMENT_TYPE'] });
  });
});
