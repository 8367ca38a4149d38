/** Names in the lock's folder that no key command has written: none of them stops one. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockInFile } from '../../../ops/keys/lock-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lock-names-test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the lock in a folder', () => {
  it.each([
    '007',
    '0',
    '00',
    '9007199254740991',
    '9007199254740992',
    '99999999999999999999999',
    '1e3',
    '١',
    ' 5',
    '5.tmp',
  ])('is taken and given back beside a file of the name %j', async (name) => {
    writeFileSync(join(folder, name), 'something');
    const place = lockInFile(folder);
    expect(await place.read()).toBeNull();
    const held = await place.create('mine');
    expect(held).toEqual({ tag: '1' });

    expect(await place.create('theirs')).toBeNull();
    expect(await place.read()).toEqual({ text: 'mine', tag: '1' });
    expect(await place.remove('1')).toBe(true);
    expect(await place.create('next')).toEqual({ tag: '3' });
  });

  it('reads the names that it has written, in the order of their numbers', async () => {
    for (const [name, text] of [
      ['9', 'old'],
      ['10', 'new'],
    ] as const)
      writeFileSync(join(folder, name), text);

    expect(await lockInFile(folder).read()).toEqual({ text: 'new', tag: '10' });
  });
});
