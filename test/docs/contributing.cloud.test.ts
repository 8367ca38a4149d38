/** CONTRIBUTING.md and what it points to: every file that it names is there, and its commands run what it says. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8');

interface LaunchConfiguration {
  readonly name: string;
  readonly program: string;
  readonly args?: readonly string[];
  readonly runtimeArgs?: readonly string[];
}

describe('CONTRIBUTING.md', () => {
  it('names only files and folders that there are', () => {
    const named = [...page.matchAll(/`((?:[\w-]+\/)+[\w.-]*|[\w-]+\.(?:ts|md))`/g)].map(
      ([, path = '']) => path,
    );
    // What a reader makes, or what a build makes.
    const made = ['cdktf.out/stacks/', 'dist/', 'index.ts', 'README.md'];

    expect(named.length).toBeGreaterThan(40);
    expect(named.filter((path) => !made.includes(path) && !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it('takes an example field that is in every file where its steps say that a field is', () => {
    const field = /An example to copy is `(\w+)`/.exec(page)?.[1] ?? '';
    const steps = /## Add a field[\s\S]*?(?=\n## )/.exec(page)?.[0] ?? '';
    const files = [...steps.matchAll(/`((?:envs|modules|test\/envs)\/[\w/-]+\.ts)`/g)].map(
      ([, file = '']) => file,
    );
    const notAlways = [
      'envs/backend-variables.ts',
      'envs/example-values.ts',
      'envs/stack-props.ts',
      'test/envs/config.test.ts',
      'test/envs/maximum.ts',
      'test/envs/random.test.ts',
    ];

    expect(files.length).toBeGreaterThan(8);
    const always = files.filter((file) => !notAlways.includes(file));
    expect(always.filter((file) => !readFileSync(join(ROOT, file), 'utf8').includes(field))).toEqual([]);
  });
});

describe('.vscode/launch.json', () => {
  const { configurations } = JSON.parse(readFileSync(join(ROOT, '.vscode/launch.json'), 'utf8')) as {
    configurations: LaunchConfiguration[];
  };
  const resolved = (text: string) =>
    text.replace(/\$\{workspaceFolder\}/, ROOT).replace(/\$\{relativeFile\}/, 'test/test-names.test.ts');
  const run = ({ program, runtimeArgs = [] }: LaunchConfiguration, args: readonly string[]) =>
    execFileSync(process.execPath, [...runtimeArgs, program, ...args].map(resolved), {
      cwd: ROOT,
      encoding: 'utf8',
      env: { ...process.env, NO_COLOR: '1' },
    });
  const [test, ...commands] = configurations;

  it('runs the test file that is open', () => {
    if (test === undefined) throw new Error('there is no configuration');
    expect(run(test, test.args ?? [])).toContain('test/test-names.test.ts');
  });

  it.each(commands)('$name starts a command, with options that it has', (command) => {
    const help = run(command, ['--help']);
    const options = (command.args ?? []).filter((arg) => arg.startsWith('--'));

    expect(help).toMatch(/^Usage: npm (?:start|run)/);
    expect(options.filter((option) => !help.includes(`${option} `) && !help.includes(`${option}\n`))).toEqual(
      [],
    );
  });
});
