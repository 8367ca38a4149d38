/** The workflows and actions, judged by the language service that GitHub's own editor support runs on. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { pinned } from './known-actions.ts';
import { actionFiles, root, workflowFiles } from './workflow.ts';

const program = fileURLToPath(new URL('./diagnose.ts', import.meta.url));

it('finds nothing in the workflows and actions', { timeout: 120_000 }, () => {
  expect(workflowFiles.length).toBeGreaterThanOrEqual(5);
  expect(diagnose(...workflowFiles, ...actionFiles)).toEqual([]);
});

it('finds a misspelt key, permission, input and output, and an input that a reusable workflow does not get', {
  timeout: 120_000,
}, () => {
  const folder = mkdtempSync(join(tmpdir(), 'storytime-workflow-'));
  try {
    const file = join(folder, 'wrong.yml');
    writeFileSync(file, WRONG);
    expect(diagnose(file).map((line) => line.slice(file.length + 1))).toEqual(
      expect.arrayContaining([
        "3: Unexpected value 'branchs'",
        "8: Unexpected value 'reed'",
        "12: Invalid action input 'fetch-dept'",
        '13: Context access might be invalid: none',
        '15: Input region is required, but not provided while calling.',
      ]),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

const WRONG = `on:
  push:
    branchs: [main]
jobs:
  steps:
    runs-on: ubuntu-24.04
    permissions:
      contents: reed
    steps:
      - uses: ${pinned('actions/checkout')}
        with:
          fetch-dept: 0
      - run: echo \${{ steps.none.outputs.value }}
  call:
    uses: ./.github/workflows/deploy.yml
    with:
      environment: dev
`;

function diagnose(...files: readonly string[]): string[] {
  const run = execFileSync(process.execPath, ['--import', 'tsx', program, ...files], { cwd: root });
  return run.toString().split('\n').filter(Boolean);
}
