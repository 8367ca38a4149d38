/** The variables that pages and examples of backends read, against those that a backend's environment has. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { backendVariables } from '../../../envs/backend-variables.ts';
import { prod } from '../../../envs/prod.ts';

const ROOT = new URL('../../../', import.meta.url);
const everyOutput = new Proxy({}, { get: () => 'x' });
/** Whatever `npm run env` may print. */
const PRINTED = Object.keys(backendVariables(prod, everyOutput).variables);
/** What `envKey` reads where the key is in no secret of AWS: nothing prints it. */
const PRIVATE = 'CLOUDFRONT_PRIVATE_KEY';

const read = (path: string) => readFileSync(new URL(path, ROOT), 'utf8');

describe('rails.md', () => {
  const page = read('docs/rails.md');
  const used = [...page.matchAll(/ENV(?:\.fetch\(|\[)'(\w+)'/g)].map(([, name = '']) => name);

  it('reads what npm run env prints, and the parent domain, which is not an output', () => {
    expect([...new Set(used)].filter((name) => !PRINTED.includes(name))).toEqual(['COOKIE_DOMAIN']);
  });

  it('lists each variable that it reads', () => {
    const listed = [...page.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, name = '']) => name);
    expect(listed).toEqual([...new Set(used)]);
  });
});

it.each([
  ...filesIn('docs/rails'),
  ...filesIn('docs/beside-the-stack'),
  ...filesIn('signer/examples'),
  ...filesIn('modules/mediaconvert/hls-jobs/src/bin'),
  ...['docs/rails.md', 'docs/runbooks/validation.md', 'docs/beside-the-stack.md'],
  ...['signer/README.md', 'modules/mediaconvert/hls-jobs/README.md'],
])('%s knows our variables by the names that npm run env prints', (path) => {
  const named =
    read(path).match(/\b(?:CLOUDFRONT|MEDIACONVERT|MASTER|HLS|LONGEST|UPLOAD|ENCRYPTION)_[A-Z_]+\b/g) ?? [];
  expect(named.filter((name) => !PRINTED.includes(name) && name !== PRIVATE)).toEqual([]);
});

function filesIn(folder: string): string[] {
  return readdirSync(new URL(`${folder}/`, ROOT), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(?:rb|ts|tf)$/.test(file))
    .map((file) => `${folder}/${file}`);
}
