/** The pages that bring keys and environments in, run as they are written, in a copy of the repository. */
import { spawnSync } from 'node:child_process';
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
  for (const room of ['envs', 'modules', 'ops', 'package.json', 'tsconfig.json', 'cdktf.json']) {
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
    const [imported = ''] = line.match(/^import .*$/m) ?? [];
    writeFileSync(join(copy, 'envs/environments.ts'), `${imported}\n${withLine}`);

    shell(key);
    expect(synth).toBe('npm run synth -- staging\n');
    const { code, stderr } = shell(synth);
    expect({ code, stderr: withoutNpm(stderr) }).toEqual({ code: 0, stderr: '' });
    const stack = readFileSync(join(copy, 'cdktf.out/stacks/staging/cdk.tf.json'), 'utf8');
    expect(stack).toContain('storytime-master-uploads-staging');
    expect(stack).toContain('aws_cloudfront_public_key.generation_2026-12-a');
  }, 60_000);
});

describe('inject-the-key.md', () => {
  it('puts the value in through a pipe, proves the pair, and leaves the key nowhere', () => {
    const [pair = '', apply = '', put = '', prove = '', forget = ''] = blocksOf(
      'docs/inject-the-key.md',
      'sh',
    );
    writeAws();

    expect(shell(pair).code).toBe(0);
    // Terraform's part is tested with Terraform; here is the id that it reads.
    expect(apply).toContain('cloudfront_public_key_ids');
    const given = 'id=K2EXAMPLE\n';

    expect(shell(given + put)).toMatchObject({ code: 0, stdout: 'AWSCURRENT\n' });
    expect(JSON.parse(readFileSync(join(copy, 'secret'), 'utf8'))).toEqual({
      keyPairId: 'K2EXAMPLE',
      privateKey: readFileSync(join(copy, 'memory/2026-12-a.key'), 'utf8'),
      generation: '2026-12-a',
    });
    expect(readFileSync(join(copy, 'arguments'), 'utf8')).not.toContain('PRIVATE');

    const proved = shell(given + prove);
    expect(proved.stdout).toMatch(/^Allowed/);
    expect(proved.code).toBe(0);

    expect(shell(forget).code).toBe(0);
    expect(existsSync(join(copy, 'memory/2026-12-a.key'))).toBe(false);
  }, 60_000);

  it('notices a private half that is not that of the public PEM', () => {
    const [pair = '', , put = '', prove = ''] = blocksOf('docs/inject-the-key.md', 'sh');
    writeAws();
    shell(pair);
    shell(`id=K2EXAMPLE\n${put}`);
    shell(pair);

    const { code, stdout } = shell(`id=K2EXAMPLE\n${prove}`);
    expect(stdout).toMatch(/^Denied/);
    expect(code).toBe(1);
  }, 60_000);
});

/** Secrets Manager as the page uses it: a file in the copy, and a list of everything that stood on a command line. */
function writeAws(): void {
  const program = join(copy, 'bin/aws');
  writeFileSync(
    program,
    `#!/bin/sh
echo "$@" >> '${copy}/arguments'
case "$2" in
  put-secret-value) cat > '${copy}/secret'; echo AWSCURRENT ;;
  get-secret-value) cat '${copy}/secret' ;;
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
