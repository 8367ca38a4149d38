import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inspectStack } from '../../../envs/guardrails/index.ts';
import { GuardrailError } from '../../../envs/guardrails/report.ts';
import { inspectAll, synthesize } from '../../../envs/synth.ts';
import { dev, prod } from '../examples.ts';
import { newKeys } from '../synthesized.ts';

const keys = newKeys('2026-11-a');
/** What the parser of environments refuses too: somebody went around it. */
const careless = { ...prod, forceDestroy: true, secretRecoveryDays: 0 };
let outdir: string;

beforeEach(() => {
  outdir = mkdtempSync(join(tmpdir(), 'storytime-guardrails-'));
});
afterEach(() => rmSync(outdir, { recursive: true }));

describe('synth', () => {
  it('stops at violations, lists them all, and leaves Terraform nothing to apply', () => {
    const run = () => synthesize({ config: careless, keys, outdir });
    expect(run).toThrow(GuardrailError);
    expect(run).toThrow(/s3-prod-keeps-objects[\s\S]*s3-prod-keeps-objects[\s\S]*secret-prod-recovery/);
    expect(existsSync(join(outdir, 'stacks/prod'))).toBe(true);
    expect(existsSync(join(outdir, 'stacks/prod/cdk.tf.json'))).toBe(false);
  });

  it.each([false, true])(
    'takes from the environment whether thumbnails are public: %s',
    (publicThumbnails) => {
      const config = { ...prod, pathPrefix: 'a/b', publicThumbnails };
      const folder = synthesize({ config, keys, outdir });
      const json = JSON.parse(readFileSync(join(folder, 'cdk.tf.json'), 'utf8'));
      const { ordered_cache_behavior: ordered, default_cache_behavior: rest } =
        json.resource.aws_cloudfront_distribution.delivery;
      const open = [...ordered, rest].filter(({ trusted_key_groups: groups }) => groups.length === 0);
      expect(open.map(({ path_pattern: pattern }) => pattern)).toEqual(
        publicThumbnails ? ['a/b/*/thumbnails/*'] : [],
      );
      const said = { name: 'prod', environment: 'prod', purpose: 'account', keys, now: new Date() } as const;
      expect(inspectStack(json, said).violations.map(({ part }) => part?.behaviour)).toEqual(
        open.map(({ path_pattern: pattern }) => pattern),
      );
    },
  );

  it('writes a stack that passes', () => {
    const folder = synthesize({ config: prod, keys, outdir });
    expect(existsSync(join(folder, 'cdk.tf.json'))).toBe(true);
  });

  it('can be asked about every stack without being stopped', () => {
    const all = [dev, careless].map((config) => ({ config, keys }));
    const counts = inspectAll(all, outdir).map(({ stack, violations }) => [stack, violations.length]);
    expect(counts).toEqual([
      ['dev', 0],
      ['state-dev', 0],
      ['prod', 4],
      ['state-prod', 0],
    ]);
  });
});
