/** The pages that bring keys and environments in, run as they are written, in a copy of the repository. */
import { spawnSync } from 'node:child_process';
import { createPublicKey } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Where the pages put a private key: in memory on Linux; the copy's own folder stands for it. */
const MEMORY = '/dev/shm';

let copy: string;

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'storytime-pages-'));
  for (const room of ['aws', 'envs', 'modules', 'ops', 'package.json', 'tsconfig.json', 'cdktf.json']) {
    cpSync(join(ROOT, room), join(copy, room), {
      recursive: true,
      filter: (source) => !source.includes('node_modules') && !source.endsWith('keys/local'),
    });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  mkdirSync(join(copy, 'memory'));
  mkdirSync(join(copy, 'bin'));
});
afterAll(() => rmSync(copy, { recursive: true }));

describe('adding-an-environment.md', () => {
  it('leads from a copy of dev to a synthesized stack, whose name is staging throughout', () => {
    const [values = '', key = '', synth = ''] = blocksOf('docs/adding-an-environment.md', 'sh');
    const [line = ''] = blocksOf('docs/adding-an-environment.md', 'ts');

    const { stdout: difference } = shell(values);
    expect(difference).toContain("environment: 'staging'");
    expect(readFileSync(join(copy, 'envs/staging.ts'), 'utf8')).not.toMatch(/\bdev\b/);

    const list = readFileSync(join(copy, 'envs/environments.ts'), 'utf8');
    const [statement = ''] = line.match(/export const environments[\s\S]*?;/) ?? [];
    const withLine = list.replace(/export const environments[\s\S]*?;/, statement);
    expect(withLine.replace('dev, staging, prod', 'dev, prod')).toBe(list);
    const [loading = ''] = line.match(/^const .*$/m) ?? [];
    writeFileSync(
      join(copy, 'envs/environments.ts'),
      withLine.replace('export const environments', `${loading}\n$&`),
    );

    shell(key);
    expect(synth).toBe('npm run synth -- staging\n');
    const { code, stderr } = shell(synth);
    expect({ code, stderr: withoutNpm(stderr) }).toEqual({
      code: 0,
      stderr: expect.stringMatching(/^warning: envs\/staging\.ts .*\n$/),
    });
    const stack = readFileSync(join(copy, 'cdktf.out/stacks/staging/cdk.tf.json'), 'utf8');
    expect(stack).toContain('storytime-master-uploads-staging');
    expect(stack).toContain('aws_cloudfront_public_key.generation_2026-12-a');
  }, 60_000);
});

describe('inject-the-key.md', () => {
  it('makes a public and a private key that belong together, passes the private key by standard input, and leaves it nowhere', () => {
    const [pair = '', ...commands] = blocksOf('docs/inject-the-key.md', 'sh');
    writeNpm();

    expect(shell(pair).code).toBe(0);
    const privateKey = readFileSync(join(copy, 'memory/2026-12-a.key'), 'utf8');
    const publicKey = readFileSync(join(copy, 'envs/keys/prod/2026-12-a.pem'), 'utf8');
    expect(createPublicKey(privateKey).export({ type: 'spki', format: 'pem' })).toBe(publicKey);

    expect(shell(commands.join('')).code).toBe(0);
    expect(readFileSync(join(copy, 'commands'), 'utf8').split('\n')).toEqual([
      'run plan -- prod',
      'run apply -- prod',
      'run keys -- inject prod',
      'run keys -- status prod',
      '',
    ]);
    expect(readFileSync(join(copy, 'given'), 'utf8')).toBe(privateKey);
    expect(existsSync(join(copy, 'memory/2026-12-a.key'))).toBe(false);
  });
});

/** npm as the page uses it: a list of what stood on its command lines, and what came to `keys` by standard input. */
function writeNpm(): void {
  const program = join(copy, 'bin/npm');
  writeFileSync(
    program,
    `#!/bin/sh
echo "$@" >> '${copy}/commands'
case "$*" in
  *' inject '*) cat > '${copy}/given' ;;
esac
`,
  );
  chmodSync(program, 0o755);
}

function shell(commands: string): { code: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(
    'bash',
    ['-c', `set -o pipefail\n${commands.replaceAll(MEMORY, join(copy, 'memory'))}`],
    {
      cwd: copy,
      encoding: 'utf8',
      env: { ...process.env, PATH: `${join(copy, 'bin')}:${process.env.PATH}` },
    },
  );
  return { code: status, stdout, stderr };
}

/** npm's own lines about the machine's settings. */
function withoutNpm(text: string): string {
  return text
    .split('\n')
    .filter((line) => !line.startsWith('npm '))
    .join('\n');
}

function blocksOf(page: string, language: string): string[] {
  const text = readFileSync(join(ROOT, page), 'utf8');
  return [...text.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(
    ([, code = '']) => code,
  );
}
