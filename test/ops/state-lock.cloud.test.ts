import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCommand } from './run-command.ts';

describe('npm run terraform', () => {
  it.each([
    [[], 'no Terraform command given: expected one, such as npm run terraform -- dev state list\n'],
    [['apply', '-auto-approve'], '"apply" is not passed on: npm run apply\n'],
    [['workspace', 'new', 'mine'], '"workspace" is not passed on: an environment has one state\n'],
  ])('refuses what has a command of its own, or goes round it: %j', async (args, stderr) => {
    const outdir = join(tmpdir(), 'storytime-nothing-is-written-here');
    const command = runCommand('ops/terraform.ts', ['terraform', 'dev', ...args], { outdir });
    expect(await command).toEqual({ exitCode: 2, stdout: '', stderr });
  });
});
