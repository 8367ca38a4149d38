/** Whatever a person may type: refused with what is wrong, or a stack that passes every guardrail. Nothing in between. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { z } from 'zod';
import { type EnvironmentConfig, parseEnvironment } from '../../envs/config.ts';
import { ConfigError } from '../../envs/config-error.ts';
import { environmentSchema } from '../../envs/config-schema.ts';
import { dev } from '../../envs/dev.ts';
import { local } from '../../envs/local.ts';
import { prod } from '../../envs/prod.ts';
import { synthesize } from '../../envs/synth.ts';
import { maximum, maximumKeys } from './maximum.ts';
import { newKeys } from './synthesized.ts';

const RUNS = 1000;

const origins = fc.subarray([
  'https://app.example.com',
  'https://admin.example.com:8443',
  'http://localhost:3000',
  'http://app.example.com',
  'https://*.example.com',
]);
/** What a person may type into a field that holds a name. */
const HOSTILE = ['', ' ', '*', '/', '..', 'a/../b', 'a b', 'ünicode', 'x'.repeat(600), '${' + 'a}', 'a\n'];
const account = fc.constantFrom('111122223333', '444455556666', '12345');

/** Values that a kind does not say by itself: most of them are good by themselves, and many do not go together. */
const BY_HAND: { readonly [Field in keyof EnvironmentConfig]?: fc.Arbitrary<unknown> } = {
  environment: fc.constantFrom('dev', 'prod', 'qa-2', 'e'.repeat(15), 'e'.repeat(16), 'state-dev', 'Prod'),
  projectName: fc.constantFrom('storytime', 'p'.repeat(20), 'p'.repeat(21), 'S3'),
  awsRegion: fc.constantFrom('eu-central-1', 'us-east-1', 'ap-southeast-2', 'moon-1', 'cn-north-1'),
  allowedAccountIds: fc.array(account, { maxLength: 2 }),
  tags: fc.dictionary(fc.constantFrom('cost-centre', 'team', 'Environment', 'aws:x'), fc.string(), {
    maxKeys: 3,
  }),
  state: fc.oneof(
    fc.constant({ kind: 'local' }),
    fc.record({
      kind: fc.constant('s3'),
      bucket: fc.constantFrom('states', 'storytime-hls-outputs-prod', 'No_Bucket'),
      region: fc.constantFrom('eu-west-1', 'nowhere'),
      lock: fc.constantFrom('lockfile', 'dynamodb', 'both'),
      lockTable: fc.constantFrom(null, 'locks'),
    }),
  ),
  deployment: fc.constantFrom(
    null,
    { repository: 'storytime/video', oidcProviderArn: null },
    { repository: 'storytime@12/video@345', oidcProviderArn: null },
    { repository: 'storytime', oidcProviderArn: null },
    {
      repository: 'storytime/video',
      oidcProviderArn: 'arn:aws:iam::444455556666:oidc-provider/token.actions.githubusercontent.com',
    },
  ),
  permissionsBoundaryArn: fc.constantFrom(
    null,
    'arn:aws:iam::444455556666:policy/org/workloads',
    'arn:aws:iam::aws:policy/PowerUserAccess',
    'arn:aws:iam::444455556666:policy/storytime-prod-app',
    'arn:aws:iam::111122223333:policy/*',
  ),
  assumeRoleArn: fc.constantFrom(
    null,
    'arn:aws:iam::444455556666:role/deploy/storytime',
    'arn:aws:iam::111122223333:role/deploy',
    'arn:aws:iam::444455556666:user/deploy',
  ),
  encryptionKeyArn: fc.constantFrom(
    null,
    'arn:aws:kms:eu-central-1:444455556666:key/1a2b3c4d-1234-5678-9abc-1a2b3c4d5e6f',
    'arn:aws:kms:us-east-1:444455556666:key/mrk-1234abcd12ab34cd56ef1234567890ab',
    'arn:aws:kms:eu-central-1:444455556666:alias/videos',
  ),
  bucketNames: fc.option(
    fc.record({
      masters: fc.constantFrom('fables-raw', 'Fables', 'fables.raw', 'storytime-access-logs-prod', 'states'),
      outputs: fc.constantFrom('fables-hls', 'fables-raw', 'xn--fables', 'storytime-hls-outputs-prod'),
    }),
    { nil: null },
  ),
  bucketSuffix: fc.constantFrom(null, 'a1b2', '-', 'x'.repeat(40)),
  uploadOrigins: origins,
  uploadKeyPrefix: fc.constantFrom('uploads/', 'a/b/', '/uploads', 'uploads', '*/'),
  uploadContentTypes: fc.subarray(['video/mp4', 'video/quicktime', 'video/*']),
  domainName: fc.constantFrom(
    null,
    'media.example.com',
    'd111111abcdef8.cloudfront.net',
    '10.0.0.1',
    'localhost',
  ),
  otherDomainNames: fc.oneof(
    fc.subarray([
      'video.example.com',
      'media.example.com',
      'media.fables.example',
      '*.example.com',
      'example.com',
    ]),
    // Beyond the quota, and beyond what the deploy roles' policies can name.
    fc
      .constantFrom(110, 40, 12, 3)
      .map((count) => Array.from({ length: count }, (_, i) => `v${i}.example.com`)),
  ),
  otherDomainZones: fc.subarray([
    { name: 'example.com', id: 'Z0123456789ABC' },
    { name: 'video.example.com', id: 'Z0123456789DEF' },
    { name: 'fables.example', id: 'Z0123456789GHI' },
    { name: 'fables.example', id: 'zone' },
  ]),
  acmCertificateArn: fc.constantFrom(
    null,
    'arn:aws:acm:us-east-1:444455556666:certificate/0a1b2c3d',
    'arn:aws:acm:eu-central-1:444455556666:certificate/0a1b2c3d',
  ),
  hostedZoneId: fc.constantFrom(null, 'Z0123456789ABC', 'zone'),
  playbackOrigins: origins,
  geoAllowList: fc.subarray(['DE', 'AT', 'UK', 'de']),
  originShieldRegion: fc.constantFrom(null, 'eu-central-1', 'us-east-1', 'eu-north-1', 'near'),
  webAcl: fc.constantFrom(
    null,
    { kind: 'own', requestsPerFiveMinutes: 2000 },
    { kind: 'own', requestsPerFiveMinutes: 1 },
    { kind: 'given', arn: 'arn:aws:wafv2:us-east-1:444455556666:global/webacl/team/0a1b' },
    { kind: 'given', arn: 'arn:aws:wafv2:eu-west-1:444455556666:regional/webacl/team/0a1b' },
  ),
  playlistTtlSeconds: fc.integer({ min: 0, max: 4000 }),
  playlistMaxTtlSeconds: fc.option(fc.integer({ min: 0, max: 4000 }), { nil: null }),
  segmentTtlSeconds: fc.integer({ min: 0, max: 100_000 }),
  segmentMaxTtlSeconds: fc.option(fc.integer({ min: 0, max: 100_000 }), { nil: null }),
  ladder: fc.array(
    fc.record({
      shortSidePixels: fc.constantFrom(144, 361, 360, 720, 1080, 4320),
      maxBitrateBps: fc.integer({ min: 40_000, max: 60_000_000 }),
    }),
    { maxLength: 3 },
  ),
  outputsVersioning: fc.option(fc.record({ noncurrentExpiryDays: fc.integer({ min: 1, max: 3650 }) })),
  jobHop: fc.option(
    fc.record({
      queueArn: fc.constantFrom(
        'arn:aws:mediaconvert:eu-central-1:444455556666:queues/spare',
        'arn:aws:mediaconvert:us-east-1:444455556666:queues/spare',
        'arn:aws:mediaconvert:eu-central-1:444455556666:queues/storytime-maximum',
        'arn:aws:mediaconvert:eu-central-1:111122223333:queues/spare',
        'spare',
      ),
      afterMinutes: fc.integer({ min: 0, max: 5000 }),
    }),
    { nil: null },
  ),
  cloudfrontPrivateKeySecretName: fc.constantFrom(
    'storytime/prod/key',
    `storytime/${'e'.repeat(15)}/key`,
    'a b',
  ),
  backendPrincipal: fc.constantFrom(
    null,
    { kind: 'role', name: 'backend' },
    { kind: 'role', name: 'service/video/backend' },
    { kind: 'role', name: '/backend' },
    { kind: 'user', name: 'heroku' },
    { kind: 'ecs' },
    { kind: 'ec2' },
    maximum.backendPrincipal,
    { kind: 'external', principalArn: 'arn:aws:iam::999988887777:role/partner', externalId: 'a1b2c3d4' },
    { kind: 'external', principalArn: 'arn:aws:iam::999988887777:root', externalId: null },
    { kind: 'external', principalArn: '*', externalId: null },
    { kind: 'lambda' },
  ),
  secretOperators: fc.subarray([
    'arn:aws:iam::444455556666:role/oncall',
    'arn:aws:iam::444455556666:user/people/ada',
    'arn:aws:iam::111122223333:role/oncall',
    'arn:aws:iam::444455556666:role/*',
  ]),
  playback: fc.option(
    fc.record({
      keyUrl: fc.constantFrom(
        'https://api.example.com/api/video-keys',
        'https://api.example.com/api/video-keys/',
        'https://api.example.com/keys?t=1',
        'http://api.example.com/keys',
        'http://localhost:3000/api/video-keys',
        'https://media.example.com/keys',
        'https://d111111abcdef8.cloudfront.net/keys',
        'keys',
      ),
      accessLogDays: fc.integer({ min: 0, max: 3651 }),
    }),
    { nil: null },
  ),
  alarmEmail: fc.constantFrom(null, 'oncall@example.com', 'oncall'),
  localPorts: fc.constantFrom(
    null,
    { demoPort: 1, edgePort: 2, edgeHttpPort: 3 },
    { demoPort: 1, edgePort: 1, edgeHttpPort: 3 },
  ),
};

const shape: Readonly<Record<keyof EnvironmentConfig, z.ZodType>> = environmentSchema.shape;

/** Values for every field: by hand, or of the kind that its schema has, good ones and those just beyond. */
const FIELDS = (Object.keys(shape) as (keyof EnvironmentConfig)[]).map(
  (name) => [name, BY_HAND[name] ?? ofKind(shape[name], name)] as const,
);

function ofKind(schema: z.ZodType, name: keyof EnvironmentConfig): fc.Arbitrary<unknown> {
  if (schema instanceof z.ZodNullable) {
    return fc.option(ofKind(schema.unwrap() as z.ZodType, name), { nil: null });
  }
  if (schema instanceof z.ZodBoolean) return fc.boolean();
  if (schema instanceof z.ZodEnum) return fc.constantFrom(...schema.options, 'neither');
  if (schema instanceof z.ZodNumber) {
    return fc.integer({ min: (schema.minValue ?? 0) - 1, max: (schema.maxValue ?? 0) + 1 });
  }
  if (schema instanceof z.ZodString) {
    return fc.constantFrom(...[dev, prod, local, maximum].map((config) => config[name]), ...HOSTILE);
  }
  throw new Error(`values of "${name}" have to be listed by hand`);
}

/** One to six fields of a shipped environment, typed anew. */
const edited = fc
  .tuple(
    fc.constantFrom(dev, prod, local, maximum),
    fc.uniqueArray(fc.constantFrom(...FIELDS), { minLength: 1, maxLength: 6 }),
  )
  .chain(([base, fields]) =>
    fc
      .tuple(...fields.map(([, values]) => values))
      .map((values) => ({ ...base, ...Object.fromEntries(fields.map(([name], i) => [name, values[i]])) })),
  );

const outdir = mkdtempSync(join(tmpdir(), 'storytime-random-'));
afterAll(() => rmSync(outdir, { recursive: true }));

it(`refuses with a ConfigError or passes every guardrail, ${RUNS} times`, () => {
  const allKeys = [newKeys('2026-11-a'), newKeys('2026-11-a', '2026-12-b'), maximumKeys()];
  const counts = { refused: 0, passed: 0 };
  fc.assert(
    fc.property(edited, fc.constantFrom(...allKeys), (input, keys) => {
      let config: EnvironmentConfig;
      try {
        config = parseEnvironment(input);
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigError);
        expect((error as ConfigError).violations).not.toEqual([]);
        counts.refused += 1;
        return;
      }
      // What the parser lets through, no module and no guardrail refuses.
      synthesize({ config, keys, outdir });
      counts.passed += 1;
    }),
    { numRuns: RUNS },
  );
  // Both halves of the claim were tried.
  expect(counts.refused).toBeGreaterThan(RUNS / 10);
  expect(counts.passed).toBeGreaterThan(RUNS / 10);
}, 600_000);
