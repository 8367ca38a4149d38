/** The vectors' file is what its script writes with the openssl that is here. */

import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';

const VECTORS = new URL('../../vectors/', import.meta.url);
const folder = mkdtempSync(join(tmpdir(), 'bunny-vectors-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('openssl makes the vectors of Bunny again, byte for byte', () => {
  const script = join(folder, 'make-bunny.sh');
  copyFileSync(new URL('make-bunny.sh', VECTORS), script);
  execFileSync(script, { stdio: 'pipe' });
  expect(readFileSync(join(folder, 'bunny.json'), 'utf8')).toBe(
    readFileSync(new URL('bunny.json', VECTORS), 'utf8'),
  );
});
