/** A backend's tests in Jest, which knows CommonJS: with no setting for our packages that have such a build. */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { linkDependencies } from '../../support/pack.ts';
import { toolchain } from '../../support/toolchain.ts';
import { SPECIFIERS } from './backend.ts';
import { makeProject, writeFiles } from './project.ts';

const BODY = `
const keyPairId = 'K2JCJMDEHXQW5F';
const { privateKey, publicKey } = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const signer = createSigner({ key: staticKey({ keyPairId, privateKey }), domain: 'media.example.com' });

test('signs what CloudFront allows', async () => {
  const { url } = await signer.signUrl('/videos/lecture.mp4');
  const trustedKeys = new Map([[keyPairId, publicKey]]);
  expect(explain({ url, trustedKeys })).toMatchObject({ allowed: true });
  expect(explain({ url: url.replace('lecture', 'other'), trustedKeys })).toMatchObject({ allowed: false });
});
test('takes a pattern from one entry in another', async () => {
  const { signedCount } = await signPlaylist('#EXTM3U\\n#EXTINF:6,\\nseg.ts\\n', {
    signer, url: '/books/42/index.m3u8', scope: verbatim('/books/42/*'),
  });
  expect(signedCount).toBe(1);
});
test('refuses by the one class of errors', async () => {
  const refused = signer.signUrl('/books/*');
  await expect(refused).rejects.toBeInstanceOf(SignerError);
  await expect(refused).rejects.toMatchObject({ name: 'SignerError', code: 'ERR_RESOURCE_WILDCARD' });
});
`;
const USED = {
  'node:crypto': 'generateKeyPairSync',
  '@storytime/signer': 'createSigner, staticKey, verbatim',
  '@storytime/signer/errors': 'SignerError',
  '@storytime/signer/playlist': 'signPlaylist',
  '@storytime/signer/verify': 'explain',
};
const TYPESCRIPT = [
  "import { expect, test } from '@jest/globals';",
  ...Object.entries(USED).map(([specifier, names]) => `import { ${names} } from '${specifier}';`),
  ...SPECIFIERS.map((specifier, index) => `import * as entry${index} from '${specifier}';`),
  `test('loads every entry', () => {
    for (const entry of [${SPECIFIERS.map((_, index) => `entry${index}`)}]) {
      expect(Object.keys(entry).length).toBeGreaterThan(0);
    }
  });`,
  BODY,
].join('\n');
const JAVASCRIPT = [
  ...Object.entries(USED).map(([specifier, names]) => `const { ${names} } = require('${specifier}');`),
  `test.each(${JSON.stringify(SPECIFIERS)})('loads %s', (specifier) => {
    expect(Object.keys(require(specifier)).length).toBeGreaterThan(0);
  });`,
  BODY,
].join('\n');

let installed = '';
let unavailable: string | undefined;
beforeAll(async () => {
  const tools = await toolchain();
  if ('unavailable' in tools) {
    unavailable = tools.unavailable;
    return;
  }
  installed = await makeProject('@types');
  linkDependencies(installed, ['@jest', 'jest', 'ts-jest', 'typescript'], tools.folder);
}, 300_000);
beforeEach(({ skip }) => skip(unavailable !== undefined, unavailable));
afterAll(() => rmSync(installed, { recursive: true, force: true }));

describe('Jest without a word about our packages', () => {
  it('runs tests in CommonJS', () => {
    const { status, tests, output } = runJest('jest', {
      'package.json': '{ "jest": {} }',
      'signer.test.js': JAVASCRIPT,
    });
    expect([status, tests], output).toEqual([0, 3 + SPECIFIERS.length]);
  }, 180_000);

  it("runs tests in TypeScript with the preset 'ts-jest'", () => {
    const compilerOptions = { target: 'es2022', module: 'commonjs', strict: true, esModuleInterop: true };
    const { status, tests, output } = runJest('ts-jest', {
      'package.json': '{ "jest": { "preset": "ts-jest" } }',
      'tsconfig.json': JSON.stringify({ compilerOptions }),
      'signer.test.ts': TYPESCRIPT,
    });
    expect([status, tests], output).toEqual([0, 4]);
  }, 180_000);
});

interface JestRun {
  readonly status: number | null;
  /** How many passed. */
  readonly tests: number;
  readonly output: string;
}

function runJest(name: string, files: Readonly<Record<string, string>>): JestRun {
  const folder = join(installed, name);
  writeFiles(folder, files);
  const jest = join(installed, 'node_modules/jest/bin/jest.js');
  // Node's own options of the process that runs the tests are not those of a backend.
  const { NODE_OPTIONS: _, ...env } = process.env;
  const options = { cwd: folder, env, encoding: 'utf8' } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [jest, '--ci', '--json', '-i'], options);
  const passed = /"numPassedTests":(\d+)/.exec(stdout)?.[1];
  return { status, tests: Number(passed), output: stdout + stderr };
}
