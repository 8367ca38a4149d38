/** Video buckets that have names of their own: what is refused, and that the names reach everything that is made of them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { distributionFromStack } from '../../edge/index.ts';
import { type EnvironmentConfig, parseEnvironment } from '../../envs/config.ts';
import { deployScope } from '../../envs/deploy-scope.ts';
import { accessLogsBucketName, hlsOutputsBucketName, masterUploadsBucketName } from '../../envs/names.ts';
import { dev, prod } from './examples.ts';
import { newKeys, resourceAt, synthesized, synthesizedState } from './synthesized.ts';
import { violationsOf } from './violations.ts';

const NAMES = { masters: 'fables-raw-videos', outputs: 'fables-hls-videos' };
const NAME =
  'the name of a bucket, 3 to 63 lower-case letters, digits and inner dashes: without dots, because TLS to its address would fail';
const keys = newKeys('2026-11-a');

describe('bucketNames', () => {
  it.each<[string, Partial<EnvironmentConfig>, path: string, wanted: string]>([
    ['capitals', { bucketNames: { ...NAMES, masters: 'Fables' } }, 'bucketNames.masters', NAME],
    ['a dot', { bucketNames: { ...NAMES, outputs: 'hls.fables.example' } }, 'bucketNames.outputs', NAME],
    ['two characters', { bucketNames: { ...NAMES, outputs: 'ab' } }, 'bucketNames.outputs', NAME],
    ['64 characters', { bucketNames: { ...NAMES, outputs: 'a'.repeat(64) } }, 'bucketNames.outputs', NAME],
    [
      'an ending that S3 keeps',
      { bucketNames: { ...NAMES, masters: 'fables--x-s3' } },
      'bucketNames.masters',
      NAME,
    ],
    ['a wildcard', { bucketNames: { ...NAMES, masters: 'fables-*' } }, 'bucketNames.masters', NAME],
    [
      'one bucket for both',
      { bucketNames: { masters: 'fables', outputs: 'fables' } },
      'bucketNames.outputs',
      'a different bucket from bucketNames.masters: masters are never served, and outputs are',
    ],
    [
      'the log bucket, for masters',
      { bucketNames: { ...NAMES, masters: 'storytime-access-logs-prod' } },
      'bucketNames.masters',
      'a different bucket: this is the name of the bucket for access logs',
    ],
    [
      'the log bucket, with a suffix',
      { bucketNames: { ...NAMES, outputs: 'storytime-access-logs-prod-a1b2' }, bucketSuffix: 'a1b2' },
      'bucketNames.outputs',
      'a different bucket: this is the name of the bucket for access logs',
    ],
    [
      'the state bucket',
      { bucketNames: { ...NAMES, outputs: 'storytime-terraform-state-prod' } },
      'state.bucket',
      'a different bucket: this one is for videos or logs',
    ],
    [
      'a suffix that makes the log bucket’s name too long',
      { bucketNames: NAMES, bucketSuffix: 'a'.repeat(40) },
      'bucketSuffix',
      'a suffix that keeps bucket names within 63 characters',
    ],
  ])('refuses %s', (_, values, path, wanted) => {
    expect(violationsOf({ ...prod, ...values })).toEqual([expect.objectContaining({ path, wanted })]);
  });

  it.each<[string, unknown, string]>([
    ['one name alone', { masters: 'fables' }, 'bucketNames.outputs'],
    ['a third bucket', { ...NAMES, logs: 'fables-logs' }, 'bucketNames.logs'],
    ['a text', 'fables', 'bucketNames'],
  ])('refuses %s', (_, bucketNames, path) => {
    expect(violationsOf({ ...prod, bucketNames }).map((one) => one.path)).toEqual([path]);
  });

  it('takes a long suffix where it makes no video bucket’s name too long', () => {
    const bucketSuffix = 'a'.repeat(35);
    expect(violationsOf({ ...dev, bucketSuffix })).toHaveLength(1);
    expect(parseEnvironment({ ...dev, bucketSuffix, bucketNames: NAMES }).bucketSuffix).toBe(bucketSuffix);
  });

  it('are the names of the two video buckets, whatever the environment is called, and the log bucket keeps its own', () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9-]{1,20}[a-z0-9]$/);
    fc.assert(
      fc.property(name, name, name, (masters, outputs, environment) => {
        const named = { projectName: 'storytime', environment, bucketSuffix: 'a1b2' };
        const bucketNames = { masters, outputs };
        expect([
          masterUploadsBucketName({ ...named, bucketNames }),
          hlsOutputsBucketName({ ...named, bucketNames }),
          accessLogsBucketName(named),
        ]).toEqual([masters, outputs, `storytime-access-logs-${environment}-a1b2`]);
        expect(masterUploadsBucketName({ ...named, bucketNames: null })).toBe(
          `storytime-master-uploads-${environment}-a1b2`,
        );
      }),
    );
  });
});

describe('an environment in buckets that exist', () => {
  const config = parseEnvironment({
    ...prod,
    bucketNames: NAMES,
    deployment: { repository: 'acme/video-library', oidcProviderArn: null },
  });
  const stack = synthesized(config, keys);

  it('has their names, and the name of no other video bucket anywhere', () => {
    expect(resourceAt(stack, 'aws_s3_bucket.masters').bucket).toBe(NAMES.masters);
    expect(resourceAt(stack, 'aws_s3_bucket.outputs').bucket).toBe(NAMES.outputs);
    expect(resourceAt(stack, 'aws_s3_bucket.access_logs').bucket).toBe('storytime-access-logs-prod');
    expect(JSON.stringify([stack, synthesizedState(config)])).not.toMatch(
      /storytime-(?:master-uploads|hls-outputs)-/,
    );
  });

  it('is otherwise the same as with names of its own', () => {
    const own = JSON.stringify(synthesized({ ...config, bucketNames: null }, keys));
    const renamed = own
      .replaceAll('storytime-master-uploads-prod', NAMES.masters)
      .replaceAll('storytime-hls-outputs-prod', NAMES.outputs);
    expect(JSON.parse(renamed)).toEqual(stack);
  });

  it('is deployed by roles that reach exactly these buckets and the one for logs', () => {
    expect(deployScope(config).bucketNames).toEqual([
      NAMES.masters,
      NAMES.outputs,
      'storytime-access-logs-prod',
    ]);
    const arns = [...JSON.stringify(synthesizedState(config)).matchAll(/arn:aws:s3:::[^"\\/]+/g)].map(
      ([arn]) => arn,
    );
    const videos = arns.filter((arn) => arn.includes('fables'));
    expect(new Set(videos)).toEqual(
      new Set([`arn:aws:s3:::${NAMES.masters}`, `arn:aws:s3:::${NAMES.outputs}`]),
    );
  });

  it('is served by the edge from the bucket that is named', () => {
    const { distribution } = distributionFromStack(stack);
    expect(new Set(distribution.behaviours.map(({ origin }) => origin.bucket))).toEqual(
      new Set([NAMES.outputs]),
    );
  });
});
