import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { COMMAND_GROUPS } from '../../ops/help/commands.ts';

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };

/** npm runs these by itself, before or after another script or an install. */
function isHook(name: string): boolean {
  const [, hooked] = /^(?:pre|post)(.+)$/.exec(name) ?? [];
  return name === 'prepare' || (hooked !== undefined && hooked in scripts);
}
const forPeople = Object.keys(scripts).filter((name) => !isHook(name));
const helped = COMMAND_GROUPS.flatMap(({ commands }) => commands.map(({ script }) => script));

describe('npm run help', () => {
  it('has every script that a person runs, once, and none that is not there', () => {
    expect(helped.toSorted()).toEqual(forPeople.toSorted());
  });

  it('prints a line for each, in its group and as it is typed', () => {
    const printed = execFileSync('npm', ['run', '--silent', 'help'], { encoding: 'utf8' });
    const lines = printed.split('\n');

    for (const name of forPeople) {
      const typed = new RegExp(`^  npm (run )?${name}( -- .+?)?  +\\S.*$`);
      expect(lines.filter((line) => typed.test(line))).toHaveLength(1);
    }
    for (const { title } of COMMAND_GROUPS) expect(lines).toContain(title);
    // As wide as most terminals are, or a little more: a line that wraps is two.
    expect(lines.filter((line) => line.length > 120)).toEqual([]);
  });
});

describe('a script that ends in node', () => {
  it('hands its process over, so that a signal to npm reaches the program and not a shell before it', () => {
    const last = (script: string): string => script.split(' && ').at(-1) ?? '';
    const behindShell = forPeople.filter((name) => last(scripts[name] ?? '').startsWith('node '));

    expect(behindShell).toEqual([]);
  });
});

// The other tests start these programs as one file of JavaScript (support/compiled.ts).
describe('a command', () => {
  const programs = new Map(
    Object.values(scripts).flatMap((script) => {
      const [, program, usage] = /^exec node (--import tsx\/esm ((?:ops|local)\/\w+\.ts))/.exec(script) ?? [];
      return program === undefined || usage === undefined || usage === 'ops/help.ts'
        ? []
        : [[usage, program]];
    }),
  );

  it.each([...programs])('starts as its line in package.json starts it: %s', (_, program) => {
    const printed = execFileSync(process.execPath, [...program.split(' '), '--help'], { encoding: 'utf8' });
    expect(printed).toMatch(/^Usage: /);
  });
});
