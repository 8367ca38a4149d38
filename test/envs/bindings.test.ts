import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOMS = ['aws', 'envs', 'modules', 'ops', 'local', 'test'];

describe('provider bindings', () => {
  it('are imported by deep path, since the barrel costs seconds and half a gigabyte at every start', () => {
    const imports = sources().flatMap(([file, text]) =>
      [...text.matchAll(/from '(@cdktf\/provider-aws[^']*)'/g)].map(
        (match) => [file, match[1] ?? ''] as const,
      ),
    );
    expect(imports.length).toBeGreaterThan(15);
    expect(
      imports.filter(([, path]) => !/^@cdktf\/provider-aws\/lib\/[a-z0-9-]+\/index\.js$/.test(path)),
    ).toEqual([]);
  });
});

describe('modules', () => {
  it('know nothing of environments', () => {
    const knowing = sources().filter(
      ([file, text]) => file.startsWith('modules/') && /from '[^']*\/envs\//.test(text),
    );
    expect(knowing.map(([file]) => file)).toEqual([]);
  });
});

function sources(): [file: string, text: string][] {
  return ROOMS.flatMap((room) =>
    readdirSync(room, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file): [string, string] => [join(room, file), readFileSync(join(room, file), 'utf8')]),
  );
}
