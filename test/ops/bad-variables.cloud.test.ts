/** An environment variable that cannot be used is named in one line; no stack trace of the SDK or of Node reaches a person. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runCommand } from './run-command.ts';

const folder = mkdtempSync(join(tmpdir(), 'storytime-bad-variables-'));
const file = join(folder, 'file');
writeFileSync(file, '');
afterAll(() => rmSync(folder, { recursive: true }));

const NOBODY = 'http://127.0.0.1:9';
const credentials = {
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'not-a-secret',
  AWS_MAX_ATTEMPTS: '1',
};

describe('a variable that cannot be used', () => {
  it.each<[string, string, string, string[], Record<string, string>]>([
    ['AWS_ENDPOINT_URL', 'keys status', 'ops/keys.ts', ['status', 'prod'], { AWS_ENDPOINT_URL: 'not-shown' }],
    [
      'AWS_ENDPOINT_URL',
      'keys rotate',
      'ops/keys.ts',
      ['rotate', 'prod'],
      { AWS_ENDPOINT_URL: '127.0.0.1:9' },
    ],
    [
      'AWS_ENDPOINT_URL_SECRETS_MANAGER',
      'keys status',
      'ops/keys.ts',
      ['status', 'prod'],
      { AWS_ENDPOINT_URL: NOBODY, AWS_ENDPOINT_URL_SECRETS_MANAGER: 'not-shown' },
    ],
    [
      'AWS_REGION',
      'the edge',
      'local/edge.ts',
      ['local', '--distribution', 'E1'],
      { AWS_ENDPOINT_URL: NOBODY, AWS_REGION: 'not-shown region' },
    ],
    ['CDKTF_OUTDIR', 'synth', 'ops/terraform.ts', ['synth', 'dev'], { CDKTF_OUTDIR: file }],
    ['CDKTF_OUTDIR', 'env', 'ops/env.ts', ['prod'], { CDKTF_OUTDIR: join(file, 'below') }],
    [
      'CDKTF_OUTDIR',
      'the lock of keys',
      'ops/keys.ts',
      ['rotate', 'local'],
      { AWS_ENDPOINT_URL: NOBODY, CDKTF_OUTDIR: file },
    ],
  ])('is named in one line: %s, by %s', async (variable, _, script, args, env) => {
    const { exitCode, stderr } = await runCommand(script, args, { env: { ...credentials, ...env } });

    expect(stderr.trimEnd().split('\n')).toEqual([expect.stringMatching(`^"?${variable}"?: expected `)]);
    expect([1, 2]).toContain(exitCode);
    expect(stderr).not.toContain('not-shown');
  });
});
