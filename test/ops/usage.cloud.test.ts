/** What `--help` shows of each command: a required argument is `<name>`, and every command that asks has `--yes`. */
import { describe, expect, it } from 'vitest';
import { runCommand } from './run-command.ts';

const shown = new Map<string, Promise<string>>();
const usageOf = (script: string, ...args: string[]): Promise<string> => {
  const asked = [script, ...args].join(' ');
  const known = shown.get(asked) ?? help(script, args);
  shown.set(asked, known);
  return known;
};

async function help(script: string, args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await runCommand(script, [...args, '--help'], {});
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return stdout;
}

describe('the usage', () => {
  it.each([
    ['plan', 'ops/terraform.ts', ['plan']],
    ['apply', 'ops/terraform.ts', ['apply']],
    ['destroy', 'ops/terraform.ts', ['destroy']],
    ['terraform', 'ops/terraform.ts', ['terraform']],
    ['bootstrap', 'ops/bootstrap.ts', []],
    ['env', 'ops/env.ts', []],
    ['key-policy', 'ops/key-policy.ts', []],
    ['doctor', 'ops/doctor.ts', []],
    ['titles', 'ops/titles.ts', []],
    ['titles adopt', 'ops/titles.ts', ['adopt']],
    ['titles rename', 'ops/titles.ts', ['rename']],
    ['titles encode', 'ops/titles.ts', ['encode']],
    ['titles prune', 'ops/titles.ts', ['prune']],
    ['withdraw', 'ops/withdraw.ts', []],
    ['restore', 'ops/restore.ts', []],
    ['content-keys rotate', 'ops/content-keys.ts', ['rotate']],
    ['keys status', 'ops/keys.ts', ['status']],
    ['keys rotate', 'ops/keys.ts', ['rotate']],
    ['keys revoke', 'ops/keys.ts', ['revoke']],
  ])('of %s shows <environment> as required', async (_, script, args) => {
    const [usage = ''] = (await usageOf(script, ...args)).split('\n\n');

    expect(usage).toContain('<environment>');
    expect(usage).not.toContain('[environment]');
  });

  it.each([
    ['ops/terraform.ts', 4],
    ['ops/keys.ts', 8],
    ['ops/titles.ts', 7],
  ])('shows it in the list of commands of %s too', async (script, count) => {
    const text = await usageOf(script);

    expect(text.match(/<environment>/g)).toHaveLength(count);
    expect(text).not.toContain('[environment]');
  });

  it('shows that revoke needs a generation, and that retire does not', async () => {
    const text = await usageOf('ops/keys.ts');

    expect(text).toMatch(/revoke \[options\] <environment> <generation>/);
    expect(text).toMatch(/retire \[options\] <environment> \[generation\]/);
  });

  it.each([
    ['ops/terraform.ts', ['apply']],
    ['ops/terraform.ts', ['destroy']],
    ['ops/terraform.ts', ['terraform']],
    ['ops/bootstrap.ts', []],
    ['ops/keys.ts', ['rotate']],
    ['ops/keys.ts', ['revoke']],
    ['ops/keys.ts', ['promote']],
    ['ops/titles.ts', ['adopt']],
  ])('of a command that asks has --yes: %s %j', async (script, args) => {
    expect(await usageOf(script, ...args)).toMatch(/^ {2}--yes +answer all/m);
  });
});
