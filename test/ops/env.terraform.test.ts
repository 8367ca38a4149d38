import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseEnvironment } from '../../envs/config.ts';
import { dev } from '../../envs/dev.ts';
import { synthesizeState } from '../../envs/synth.ts';
import type { LocalCloud } from '../../local/aws-api/index.ts';
import { dotenv } from '../../ops/env/dotenv.ts';
import { findTerraform } from '../../ops/terraform/binary.ts';
import { UsageError } from '../../ops/terraform/targets.ts';
import { startCloudWithProvider } from '../support/provider.ts';
import { terraformIn } from '../terraform/terraform.ts';
import { OUTPUTS, VARIABLES } from './backend-outputs.ts';
import { runCommand } from './run-command.ts';

const outdir = mkdtempSync(join(tmpdir(), 'storytime-env-'));
afterAll(() => rmSync(outdir, { recursive: true }));

describe('dotenv', () => {
  it('is a quoted value a line', () => {
    expect(dotenv({ A: 'plain', B: "it's", C: '$HOME `id` "x" #y' })).toBe(
      "A='plain'\nB=\"it's\"\nC='$HOME `id` \"x\" #y'",
    );
  });

  it('brings every value through sh and through a dotenv parser as it was, or refuses it', () => {
    const awkward = fc.constantFrom(
      "'",
      '"',
      '$',
      '`',
      '\\',
      '#',
      '=',
      ' ',
      '\n',
      '\r',
      '!',
      '$(id)',
      `\${A}`,
      '%',
    );
    const value = fc.oneof(
      fc
        .array(fc.oneof(awkward, fc.string({ unit: 'grapheme', maxLength: 4 })), { maxLength: 8 })
        .map((parts) => parts.join('')),
      fc.string({ unit: 'binary' }),
    );
    const read = { written: 0, refused: 0 };
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 20 }), (values) => {
        const variables: Record<string, string> = {};
        values.forEach((text, index) => {
          try {
            dotenv({ A: text });
            variables[`V${index}`] = text;
            read.written++;
          } catch (error) {
            expect(error).toBeInstanceOf(UsageError);
            expect(text).toMatch(/[\p{Cc}\p{Cs}\\]|'/u);
            read.refused++;
          }
        });
        const text = `${dotenv(variables)}\n`;
        expect(readBySh(text)).toEqual(variables);
        expect({ ...parseEnv(text) }).toEqual(variables);
      }),
      { numRuns: 60 },
    );
    expect(Math.min(read.written, read.refused)).toBeGreaterThan(50);
  }, 60_000);

  it.each(['two\nlines', 'a\\', `'"`, "'$HOME", "'`id`"])('refuses %j without showing it', (value) => {
    expect(() => dotenv({ CLOUDFRONT_DOMAIN: value })).toThrow(
      new UsageError(
        'CLOUDFRONT_DOMAIN: no quoting means the same to sh and to dotenv for a line break, a backslash, or an apostrophe ' +
          'beside ", $ or `: use --json',
      ),
    );
  });
});

describe('env refuses', () => {
  it.each([
    [[], 'no environment given: expected one of dev, prod, local\n'],
    [['staging'], 'unknown environment "staging": expected one of dev, prod, local\n'],
    [['state-dev'], 'unknown environment "state-dev": expected one of dev, prod, local\n'],
    [
      ['local'],
      '"local" exists on this machine only, but AWS_ENDPOINT_URL is not set; npm start applies it\n',
    ],
  ])('what is no environment of an account: %j', async (args, stderr) => {
    const result = await runCommand('ops/env.ts', args, { outdir, env: { AWS_ENDPOINT_URL: '' } });

    expect(result).toEqual({ exitCode: 2, stdout: '', stderr });
  });
});

const missing = findTerraform(process.env) === undefined && !process.env.CI;
if (missing) console.warn('env is not tested on a state: neither terraform nor tofu is on PATH');

describe.skipIf(missing)('env, on a state in S3', () => {
  let cloud: LocalCloud;
  beforeAll(async () => {
    cloud = await startCloudWithProvider({
      accountId: dev.allowedAccountIds[0] ?? '',
      region: dev.awsRegion,
      transcode: () => Promise.reject(new Error('no job is run here')),
    });
  });
  afterAll(() => cloud.close());
  const env = (...args: string[]) => runCommand('ops/env.ts', args, { outdir, env: cloud.environment });

  // One life of one state: each step stands on the one before.
  it('says how to make the bucket that is not there', async () => {
    const { exitCode, stdout, stderr } = await env('dev');

    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toBe('the state bucket is not there: npm run bootstrap -- dev makes it\n');
  }, 60_000);

  it('says that nothing has been applied yet', async () => {
    const folder = synthesizeState({ config: parseEnvironment(dev), outdir, backend: 'file' });
    await terraformIn(folder, cloud.environment, 'init');
    await terraformIn(folder, cloud.environment, 'apply', '-auto-approve', '-target=aws_s3_bucket.state');
    const { exitCode, stdout, stderr } = await env('dev');

    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(
      /^"dev" has not been applied to its end, it has no output master_uploads_bucket_name/,
    );
  }, 120_000);

  it('prints what the state holds as dotenv and as JSON, without what Terraform marks as sensitive', async () => {
    const state = {
      version: 4,
      terraform_version: '1.11.0',
      serial: 1,
      lineage: '0d9d0d8e-0000-4000-8000-000000000000',
      outputs: Object.fromEntries(
        Object.entries(OUTPUTS).map(([name, value]) => [
          name,
          { value, type: typeof value === 'string' ? 'string' : ['object', { '2026-11-a': 'string' }] },
        ]),
      ),
      resources: [],
    };
    const folder = join(outdir, 'stacks/dev');
    const push = async (outputs: object, serial: number) => {
      writeFileSync(join(outdir, 'pushed.json'), JSON.stringify({ ...state, serial, outputs }));
      await terraformIn(folder, cloud.environment, 'state', 'push', '-force', join(outdir, 'pushed.json'));
    };
    await push(state.outputs, 1);

    const printed = await env('dev');
    expect(printed).toMatchObject({ exitCode: 0, stderr: '' });
    expect(printed.stdout).toBe(`${dotenv(VARIABLES)}\n`);
    const json = await env('dev', '--json');
    expect(json).toMatchObject({ exitCode: 0, stderr: '' });
    expect(JSON.parse(json.stdout)).toEqual(VARIABLES);

    const hidden = { ...state.outputs.mediaconvert_role_arn, sensitive: true };
    await push({ ...state.outputs, mediaconvert_role_arn: hidden }, 2);
    const refused = await env('dev', '--json');
    expect(refused).toMatchObject({ exitCode: 2, stdout: '' });
    expect(refused.stderr).toContain('it has no output mediaconvert_role_arn:');
  }, 180_000);
});

/** What `sh` has in its environment after `set -a; . file`. */
function readBySh(text: string): Record<string, string> {
  const file = join(outdir, 'read-by-sh.env');
  writeFileSync(file, text);
  const printed = execFileSync('sh', ['-c', 'set -a; . "$1"; exec env -0', 'sh', file], {
    env: {},
  }).toString();
  const assignments = printed.split('\0').map((entry) => entry.split(/=(.*)/s));
  return Object.fromEntries(assignments.filter(([name = '']) => /^V\d+$/.test(name)));
}
