import { generateKeyPairSync } from 'node:crypto';
import { createSigner, staticKey } from '@storytime/signer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchPathPattern } from '../../aws/cloudfront/path-pattern.ts';
import { COUNTRY_CODES } from '../../aws/values/country-codes.ts';
import { type EnvironmentConfig, parseEnvironment } from '../../envs/config.ts';
import { ConfigError, type Violation } from '../../envs/config-error.ts';
import { environmentSchema } from '../../envs/config-schema.ts';
import { local } from '../../envs/local.ts';
import { hlsBehaviours } from '../../modules/cloudfront_hls/index.ts';
import { createJobInput } from '../../modules/mediaconvert/hls-jobs/src/index.ts';
import { smallest } from '../modules/hls-jobs/fixtures.ts';
import { dev, prod } from './examples.ts';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const privatePem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

describe('one field', () => {
  const HTTPS =
    'an exact https:// origin such as "https://app.example.com": no wildcard, path or trailing slash';
  const CERTIFICATE =
    'the ARN of an ACM certificate in us-east-1, where CloudFront reads its certificates, or null';
  const COUNTRY = 'an ISO 3166-1 country code such as "DE" (Great Britain is "GB")';
  const HOST = 'a host name such as "media.example.com", or null';

  it.each<[keyof EnvironmentConfig, unknown, Violation]>([
    ['forceDestroy', 'yes', { path: 'forceDestroy', wanted: 'true or false', got: '"yes"' }],
    ['publicThumbnails', null, { path: 'publicThumbnails', wanted: 'true or false', got: 'null' }],
    [
      'allowedAccountIds',
      ['111122223333', '444455556666'],
      {
        path: 'allowedAccountIds',
        wanted: 'exactly one account id: an environment lives in one account',
        got: 'a list of 2',
      },
    ],
    [
      'webAcl',
      { kind: 'given', arn: 'arn:aws:wafv2:eu-central-1:444455556666:global/webacl/a/b' },
      {
        path: 'webAcl.arn',
        wanted: 'the ARN of a web ACL for CloudFront, which lives in us-east-1',
        got: '"arn:aws:wafv2:eu-central-1:444455556666:global/webacl/a/b"',
      },
    ],
    [
      'secretOperators',
      ['arn:aws:iam::444455556666:role/*'],
      {
        path: 'secretOperators[0]',
        wanted: 'the exact ARN of an IAM role or user, without a wildcard',
        got: '"arn:aws:iam::444455556666:role/*"',
      },
    ],
    [
      'backendPrincipal',
      { kind: 'irsa', oidcProviderArn: 'arn:aws:iam::444455556666:oidc-provider/x', serviceAccount: 'rails' },
      {
        path: 'backendPrincipal.serviceAccount',
        wanted: 'a Kubernetes service account, "namespace/name"',
        got: '"rails"',
      },
    ],
    [
      'segmentSeconds',
      6.5,
      { path: 'segmentSeconds', wanted: 'a whole number of seconds from 2 to 10', got: '6.5' },
    ],
    ...[-1, 0.5, 3651, '60'].map((value): [keyof EnvironmentConfig, unknown, Violation] => [
      'mastersGlacierAfterDays',
      value,
      {
        path: 'mastersGlacierAfterDays',
        wanted: 'a whole number of days from 0 to 3650',
        got: JSON.stringify(value),
      },
    ]),
    [
      'mastersArchiveClass',
      'STANDARD_IA',
      {
        path: 'mastersArchiveClass',
        wanted: '"GLACIER" or "DEEP_ARCHIVE" or "GLACIER_IR"',
        got: '"STANDARD_IA"',
      },
    ],
    [
      'mastersExpireAfterDays',
      0,
      { path: 'mastersExpireAfterDays', wanted: 'a whole number of days from 1 to 3650', got: '0' },
    ],
    ...[0, -1, 1.5, 86_401, '14400', null, undefined].map(
      (value): [keyof EnvironmentConfig, unknown, Violation] => [
        'longestMasterSeconds',
        value,
        {
          path: 'longestMasterSeconds',
          wanted: 'a whole number of seconds from 1 to 86400',
          got: value === undefined ? 'nothing' : JSON.stringify(value),
        },
      ],
    ),
    [
      'awsRegion',
      undefined,
      { path: 'awsRegion', wanted: 'an AWS region such as "eu-central-1"', got: 'nothing' },
    ],
    ...['eu-centrl-1', 'eu-central1', 'EU-CENTRAL-1', 'cn-north-1', 'us-gov-west-1', 'eu-central-1a'].map(
      (value): [keyof EnvironmentConfig, unknown, Violation] => [
        'awsRegion',
        value,
        { path: 'awsRegion', wanted: 'an AWS region such as "eu-central-1"', got: JSON.stringify(value) },
      ],
    ),
    [
      'state',
      { ...prod.state, region: 'eu-wst-1' },
      { path: 'state.region', wanted: 'an AWS region such as "eu-central-1"', got: '"eu-wst-1"' },
    ],
    [
      'playbackOrigins',
      ['https://*.example.com'],
      { path: 'playbackOrigins[0]', wanted: HTTPS, got: '"https://*.example.com"' },
    ],
    ['playbackOrigins', ['*'], { path: 'playbackOrigins[0]', wanted: HTTPS, got: '"*"' }],
    [
      'playbackOrigins',
      ['https://app.example.com/'],
      { path: 'playbackOrigins[0]', wanted: HTTPS, got: '"https://app.example.com/"' },
    ],
    [
      'uploadOrigins',
      ['https://ok.example.com', 'null'],
      { path: 'uploadOrigins[1]', wanted: HTTPS, got: '"null"' },
    ],
    [
      'playbackOrigins',
      ['http://app.example.com'],
      {
        path: 'playbackOrigins[0]',
        wanted: 'an https:// origin (http:// is for loopback hosts only)',
        got: '"http://app.example.com"',
      },
    ],
    [
      'playbackOrigins',
      ['http://localhost.example.com'],
      {
        path: 'playbackOrigins[0]',
        wanted: 'an https:// origin (http:// is for loopback hosts only)',
        got: '"http://localhost.example.com"',
      },
    ],
    [
      'domainName',
      '203.0.113.7',
      {
        path: 'domainName',
        wanted: 'a host name, not an IP address: no certificate and no cookie domain can name one',
        got: '"203.0.113.7"',
      },
    ],
    [
      'domainName',
      'https://media.example.com',
      { path: 'domainName', wanted: HOST, got: '"https://media.example.com"' },
    ],
    [
      'domainName',
      'd111111abcdef8.cloudfront.net',
      {
        path: 'domainName',
        wanted: 'your own domain: CloudFront assigns the names below cloudfront.net itself',
        got: '"d111111abcdef8.cloudfront.net"',
      },
    ],
    [
      'originShieldRegion',
      'eu-north-1',
      {
        path: 'originShieldRegion',
        wanted: 'a region where CloudFront offers Origin Shield, nearest to awsRegion, or null',
        got: '"eu-north-1"',
      },
    ],
    ['geoAllowList', ['DE', 'UK'], { path: 'geoAllowList[1]', wanted: COUNTRY, got: '"UK"' }],
    ['geoAllowList', ['XX'], { path: 'geoAllowList[0]', wanted: COUNTRY, got: '"XX"' }],
    [
      'backendPrincipal',
      { kind: 'role', name: '/service/backend' },
      {
        path: 'backendPrincipal.name',
        wanted: 'the name of an IAM role or user, after its path if it has one ("service/backend")',
        got: '"/service/backend"',
      },
    ],
    [
      'acmCertificateArn',
      'arn:aws:acm:eu-central-1:444455556666:certificate/7f3c',
      {
        path: 'acmCertificateArn',
        wanted: CERTIFICATE,
        got: '"arn:aws:acm:eu-central-1:444455556666:certificate/7f3c"',
      },
    ],
    [
      'secretRecoveryDays',
      3,
      { path: 'secretRecoveryDays', wanted: '7 to 30 days, or 0 for at once', got: '3' },
    ],
    ['ladder', [], { path: 'ladder', wanted: 'at least one rung', got: 'a list of 0' }],
    ['geoAllowList', ['DE', 'DE'], { path: 'geoAllowList', wanted: 'every member once', got: 'a list of 2' }],
    [
      'uploadKeyPrefix',
      '/uploads',
      {
        path: 'uploadKeyPrefix',
        wanted: 'a key prefix such as "uploads/": no leading slash, one at the end',
        got: '"/uploads"',
      },
    ],
    [
      'tags',
      { 'aws:cost': 'x' },
      {
        path: 'tags.aws:cost',
        wanted: 'a tag name of 1 to 128 characters, not starting with "aws:"',
        got: '"aws:cost"',
      },
    ],
  ])('refuses %s = %j and says what is wanted', (field, value, violation) => {
    expect(violationsOf({ ...prod, [field]: value })).toEqual([violation]);
  });

  it.each(fieldPaths())('is named in its own violation, however long: %s', (field) => {
    expect(violationsOf({ ...prod, [field]: Symbol('no such value') }).map(({ path }) => path)).toContain(
      field,
    );
  });

  it('names fields inside fields, too', () => {
    const webAcl = { kind: 'own', requestsPerFiveMinutes: 'many' };
    expect(violationsOf({ ...prod, webAcl })).toEqual([
      expect.objectContaining({ path: 'webAcl.requestsPerFiveMinutes' }),
    ]);
  });

  it('knows every country that Unicode knows, less what ISO 3166-1 never assigned or has withdrawn', () => {
    const names = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' });
    const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
    const known = letters.flatMap((a) => letters.map((b) => a + b)).filter((code) => names.of(code));
    expect(COUNTRY_CODES.size).toBe(249);
    expect(known).toEqual(expect.arrayContaining([...COUNTRY_CODES]));
    expect(['GB', 'TW', 'UA', 'US'].filter((code) => !COUNTRY_CODES.has(code))).toEqual([]);
    expect(['EU', 'SU', 'UK', 'XK', 'ZZ'].filter((code) => COUNTRY_CODES.has(code))).toEqual([]);
  });

  it('takes a role by its path and name', () => {
    const backendPrincipal = { kind: 'role', name: 'service/video/backend' };
    expect(parseEnvironment({ ...prod, backendPrincipal }).backendPrincipal).toEqual(backendPrincipal);
  });

  it('allows http:// for hosts that never leave the machine', () => {
    const playbackOrigins = ['http://localhost:3000', 'http://127.0.0.1:3000', 'http://[::1]:3000'];
    expect(parseEnvironment({ ...dev, playbackOrigins }).playbackOrigins).toEqual(playbackOrigins);
  });

  it('refuses a field that nobody knows, at every depth', () => {
    expect(violationsOf({ ...dev, forceDestory: true, ladder: [{ ...dev.ladder[0], fps: 30 }] })).toEqual([
      { path: 'ladder[0].fps', wanted: 'no such field', got: 'a number' },
      { path: 'forceDestory', wanted: 'no such field', got: 'a boolean' },
    ]);
  });

  it('refuses what is no object at all', () => {
    expect(violationsOf(null)).toEqual([{ path: '(whole)', wanted: 'an object', got: 'null' }]);
  });
});

describe('the folder of titles', () => {
  const WANTED = {
    path: 'pathPrefix',
    wanted:
      'a folder of 1 to 64 letters, digits, "_" and "-" such as "books": no slash at the ends, no dot, no wildcard',
  };
  const refused = (pathPrefix: unknown) =>
    expect(violationsOf({ ...prod, pathPrefix })).toEqual([expect.objectContaining(WANTED)]);

  it.each(['books', 'lessons', 'Video_1', 'video/lessons', 'a', 'x'.repeat(64)])(
    'may be %s',
    (pathPrefix) => {
      expect(parseEnvironment({ ...prod, pathPrefix }).pathPrefix).toBe(pathPrefix);
    },
  );

  it.each([
    ...[
      '',
      '/',
      '/books',
      'books/',
      'a//b',
      '.',
      '..',
      'a/../b',
      'a.b',
      '*',
      'books*',
      'book?',
      'a b',
      'a%2Fb',
    ],
    ...['bücher', '$a', '~a', 'a&b', 'a\nb', 'books\n', 'x'.repeat(65), null, undefined, 1, ['books']],
  ])('is refused as %j', refused);

  it('is one literal folder of path patterns, signed scopes and jobs alike, whatever is typed', async () => {
    const { privateKey: key } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const signer = createSigner({
      domain: 'media.example.com',
      key: staticKey({
        keyPairId: 'K2EXAMPLE',
        privateKey: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
      }),
    });
    const typed = fc.oneof(
      fc.stringMatching(/^[\w/-]{1,70}$/),
      fc.string({ unit: fc.constantFrom(...'a0_-/.*?%$ é\n') }),
    );
    await fc.assert(
      fc.asyncProperty(typed, async (pathPrefix) => {
        let sound = true;
        try {
          parseEnvironment({ ...prod, pathPrefix });
        } catch {
          sound = false;
        }
        const job = () => createJobInput({ ...smallest, pathPrefix });
        if (!sound) {
          expect(job).toThrow('"pathPrefix": expected a folder');
          return;
        }
        const path = `/${pathPrefix}/42/index.m3u8`;
        expect(JSON.stringify(job())).toContain(`/${pathPrefix}/42/index"`);
        const { setCookie } = await signer.signCookies(`/${pathPrefix}/42/*`);
        expect(setCookie[0]).toContain(`Path=/${pathPrefix}/42/;`);
        expect(new URL(path, 'https://media.example.com').pathname).toBe(path);
        const [playlists] = hlsBehaviours(pathPrefix);
        expect(matchPathPattern(playlists?.pathPattern ?? '', path)).toBe(true);
        expect(matchPathPattern(playlists?.pathPattern ?? '', `/other${path}`)).toBe(false);
      }),
    );
  });
});

describe('fields together', () => {
  it('refuses a suffix that makes a bucket name longer than 63 characters', () => {
    expect(violationsOf({ ...dev, bucketSuffix: 'a'.repeat(40) })).toEqual([
      {
        path: 'bucketSuffix',
        wanted: 'a suffix that keeps bucket names within 63 characters',
        got: 'a bucket name of 69 characters',
      },
    ]);
    expect(() => parseEnvironment({ ...dev, bucketSuffix: 'a'.repeat(34) })).not.toThrow();
  });

  it('refuses signed cookies without a domain, except on local', () => {
    expect(violationsOf({ ...dev, delivery: 'signed-cookies' })).toEqual([
      {
        path: 'domainName',
        wanted: 'your own domain for delivery "signed-cookies", or delivery "signed-urls"',
        got: 'null',
      },
    ]);
    expect(local.delivery).toBe('signed-cookies');
  });

  it('refuses a domain without a certificate, and a certificate or zone without a domain', () => {
    const paths = (config: unknown) => violationsOf(config).map(({ path, wanted }) => [path, wanted]);
    expect(paths({ ...prod, acmCertificateArn: null, hostedZoneId: null })).toEqual([
      [
        'acmCertificateArn',
        'the ARN of a certificate in us-east-1 for domainName, or hostedZoneId to request one in',
      ],
    ]);
    expect(() => parseEnvironment({ ...prod, acmCertificateArn: null })).not.toThrow();
    expect(paths({ ...prod, domainName: null, delivery: 'signed-urls' })).toEqual([
      ['acmCertificateArn', 'null without domainName'],
      ['hostedZoneId', 'null without domainName'],
    ]);
  });

  it.each([
    ['a state that one disk can lose', { state: { kind: 'local' } }, 'state.kind'],
    ['a lock table that nothing uses', { state: { ...prod.state, lockTable: 'locks' } }, 'state.lockTable'],
    ['a DynamoDB lock without a table', { state: { ...prod.state, lock: 'both' } }, 'state.lockTable'],
    ['expiry of versions that are not kept', { mastersVersioning: false }, 'mastersNoncurrentExpiryDays'],
    [
      'masters that expire before they are archived',
      { mastersExpireAfterDays: 59 },
      'mastersExpireAfterDays',
    ],
    ['masters that expire on that very day', { mastersExpireAfterDays: 60 }, 'mastersExpireAfterDays'],
    [
      'expired masters that no day deletes',
      { mastersExpireAfterDays: 365, mastersNoncurrentExpiryDays: null },
      'mastersNoncurrentExpiryDays',
    ],
    [
      'a boundary of another account',
      { permissionsBoundaryArn: 'arn:aws:iam::111122223333:policy/org/workloads' },
      'permissionsBoundaryArn',
    ],
    [
      'a boundary that the environment could rewrite',
      { permissionsBoundaryArn: 'arn:aws:iam::444455556666:policy/storytime-prod-app' },
      'permissionsBoundaryArn',
    ],
    [
      'a role as a boundary',
      { permissionsBoundaryArn: 'arn:aws:iam::444455556666:role/workloads' },
      'permissionsBoundaryArn',
    ],
    [
      'a key without encryption by KMS',
      {
        encryption: 'aws-owned',
        encryptionKeyArn: 'arn:aws:kms:eu-central-1:444455556666:key/1a2b3c4d-1234-5678-9abc-1a2b3c4d5e6f',
      },
      'encryptionKeyArn',
    ],
    [
      'a key of another account',
      { encryptionKeyArn: 'arn:aws:kms:eu-central-1:111122223333:key/1a2b3c4d-1234-5678-9abc-1a2b3c4d5e6f' },
      'encryptionKeyArn',
    ],
    [
      'a key of another region',
      { encryptionKeyArn: 'arn:aws:kms:us-east-1:444455556666:key/1a2b3c4d-1234-5678-9abc-1a2b3c4d5e6f' },
      'encryptionKeyArn',
    ],
    [
      'a key by its alias',
      { encryptionKeyArn: 'arn:aws:kms:eu-central-1:444455556666:alias/videos' },
      'encryptionKeyArn',
    ],
    [
      'a role of another account to assume',
      { deployment: null, assumeRoleArn: 'arn:aws:iam::111122223333:role/deploy' },
      'assumeRoleArn',
    ],
    [
      'a role that Terraform assumes and that is denied the key which Terraform owns',
      {
        ...dev,
        deployment: null,
        assumeRoleArn: 'arn:aws:iam::111122223333:role/deploy',
        backendPrincipal: { kind: 'ecs' },
        secretOperators: ['arn:aws:iam::111122223333:role/oncall'],
      },
      'secretOperators',
    ],
    [
      'a role to assume besides those that GitHub assumes',
      { assumeRoleArn: 'arn:aws:iam::444455556666:role/deploy' },
      'assumeRoleArn',
    ],
    [
      'a user to assume',
      { deployment: null, assumeRoleArn: 'arn:aws:iam::444455556666:user/deploy' },
      'assumeRoleArn',
    ],
    [
      'a role to assume on local',
      { ...local, assumeRoleArn: 'arn:aws:iam::123456789012:role/deploy' },
      'assumeRoleArn',
    ],
    ['playlists that outlive segments', { segmentTtlSeconds: 59 }, 'playlistTtlSeconds'],
    ['a maximum of playlists below their default', { playlistMaxTtlSeconds: 59 }, 'playlistMaxTtlSeconds'],
    ['a maximum of segments below their default', { segmentMaxTtlSeconds: 86_399 }, 'segmentMaxTtlSeconds'],
    [
      'playlists that may outlive segments at most',
      { segmentTtlSeconds: 900, playlistMaxTtlSeconds: 1800 },
      'playlistMaxTtlSeconds',
    ],
    [
      'an access of the backend that does not exist',
      { backendOutputsAccess: 'write' },
      'backendOutputsAccess',
    ],
    ['a ladder that falls', { ladder: [...prod.ladder].reverse().slice(0, 2) }, 'ladder[1].shortSidePixels'],
    [
      'the secret of another environment',
      { cloudfrontPrivateKeySecretName: 'storytime/dev/x' },
      'cloudfrontPrivateKeySecretName',
    ],
    ['a tag that the environment sets', { tags: { Environment: 'x' } }, 'tags.Environment'],
    ['a key in Terraform’s hands in prod', { signingSecretValue: 'terraform' }, 'signingSecretValue'],
    ['videos that destroy takes along in prod', { forceDestroy: true }, 'forceDestroy'],
    ['a secret that is gone at once in prod', { secretRecoveryDays: 0 }, 'secretRecoveryDays'],
    ['a bucket that destroy must not take in prod', { preventDestroy: false }, 'preventDestroy'],
    ['videos that may and must not go', { ...dev, preventDestroy: true }, 'preventDestroy'],
    ['tags without a cost centre', { tags: {} }, 'tags.cost-centre'],
    ['an empty cost centre', { tags: { 'cost-centre': '' } }, 'tags.cost-centre'],
    ['CMAF with sound in the pictures', { packaging: 'cmaf' }, 'audio'],
    [
      'a queue to hop to in another region',
      {
        jobHop: {
          queueArn: 'arn:aws:mediaconvert:us-east-1:444455556666:queues/urgent',
          afterMinutes: 15,
        },
      },
      'jobHop.queueArn',
    ],
    [
      'a queue to hop to in another account',
      {
        jobHop: {
          queueArn: 'arn:aws:mediaconvert:eu-central-1:111122223333:queues/urgent',
          afterMinutes: 15,
        },
      },
      'jobHop.queueArn',
    ],
    [
      'a queue that hops to itself',
      {
        jobHop: {
          queueArn: 'arn:aws:mediaconvert:eu-central-1:444455556666:queues/storytime-prod',
          afterMinutes: 15,
        },
      },
      'jobHop.queueArn',
    ],
    [
      'the certificate of another account',
      { acmCertificateArn: 'arn:aws:acm:us-east-1:111122223333:certificate/7f3c' },
      'acmCertificateArn',
    ],
    [
      'the web ACL of another account',
      { webAcl: { kind: 'given', arn: 'arn:aws:wafv2:us-east-1:111122223333:global/webacl/a/b' } },
      'webAcl.arn',
    ],
    [
      'operators of another account, whom no policy of this one allows',
      { secretOperators: [...prod.secretOperators, 'arn:aws:iam::111122223333:role/oncall'] },
      'secretOperators[1]',
    ],
    [
      'GitHub’s provider of another account',
      {
        deployment: {
          repository: 'storytime/video-library',
          oidcProviderArn: 'arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com',
        },
      },
      'deployment.oidcProviderArn',
    ],
    [
      'a cluster’s provider of another account',
      {
        backendPrincipal: {
          kind: 'irsa',
          oidcProviderArn: 'arn:aws:iam::111122223333:oidc-provider/oidc.example.com/id/A',
          serviceAccount: 'video/backend',
        },
      },
      'backendPrincipal.oidcProviderArn',
    ],
    ['a role of prod that jobs of others may use', { confusedDeputyGuard: false }, 'confusedDeputyGuard'],
    ['masters that prod cannot bring back', { mastersVersioning: false }, 'mastersVersioning'],
    [
      'masters that prod loses within a month',
      { mastersGlacierAfterDays: null, mastersExpireAfterDays: 29 },
      'mastersExpireAfterDays',
    ],
    ['prod without access logs', { accessLogRetentionDays: null }, 'accessLogRetentionDays'],
    ['prod without a firewall', { webAcl: null }, 'webAcl'],
    ['a key that prod’s administrators may all read', { secretOperators: [] }, 'secretOperators'],
    ['prod that takes uploads from loopback', { uploadOrigins: ['http://localhost:3000'] }, 'uploadOrigins'],
    [
      'prod that plays on loopback',
      { playbackOrigins: ['https://app.storytime.example', 'https://127.0.0.1:3000'] },
      'playbackOrigins',
    ],
    [
      'a state among the videos',
      { state: { ...prod.state, bucket: 'storytime-hls-outputs-prod' } },
      'state.bucket',
    ],
    [
      'a state among the logs, with a suffix',
      { state: { ...prod.state, bucket: 'storytime-access-logs-prod-a1b2' }, bucketSuffix: 'a1b2' },
      'state.bucket',
    ],
    ['a key that its own backend cannot read', { backendPrincipal: null }, 'backendPrincipal'],
    [
      'a whole account as the backend, without an external id',
      {
        backendPrincipal: {
          kind: 'external',
          principalArn: 'arn:aws:iam::999988887777:root',
          externalId: null,
        },
      },
      'backendPrincipal.externalId',
    ],
    ['a budget that nobody is told of', { alarmEmail: null }, 'alarmEmail'],
    ['roles that deploy without a state to keep', { state: { kind: 'local' } }, 'deployment'],
    [
      'one port for two listeners',
      { localPorts: { demoPort: 1, edgePort: 1, edgeHttpPort: 2 } },
      'localPorts',
    ],
  ])('refuses %s', (_what, change, path) => {
    expect(violationsOf({ ...prod, ...change }).map((violation) => violation.path)).toContain(path);
  });
});

describe('prod’s own rules', () => {
  it('are each a violation that says why', () => {
    const careless = {
      ...prod,
      mastersVersioning: false,
      mastersNoncurrentExpiryDays: null,
      accessLogRetentionDays: null,
      webAcl: null,
      secretOperators: [],
    };
    expect(violationsOf(careless)).toEqual([
      {
        path: 'mastersVersioning',
        wanted: 'true in prod: it must be possible to restore a master that was overwritten by mistake',
        got: 'false',
      },
      {
        path: 'accessLogRetentionDays',
        wanted: 'a number of days in prod: without logs nobody can find out later who read what',
        got: 'null',
      },
      {
        path: 'webAcl',
        wanted:
          '{ kind: "own", … } or { kind: "given", … } in prod: nothing else limits the request rate of one address',
        got: 'null',
      },
      {
        path: 'secretOperators',
        wanted: 'at least one ARN in prod: with none, every administrator may read the signing key',
        got: 'a list of 0',
      },
    ]);
  });

  it('leave encryption a choice, and other environments alone', () => {
    expect(() => parseEnvironment({ ...prod, encryption: 'aws-owned' })).not.toThrow();
    const trial = {
      environment: 'trial',
      cloudfrontPrivateKeySecretName: 'storytime/trial/key',
      webAcl: null,
      secretOperators: [],
      accessLogRetentionDays: null,
      playbackOrigins: ['http://localhost:3000'],
    };
    expect(() => parseEnvironment({ ...prod, ...trial })).not.toThrow();
  });

  it('still judge every sound field beside a broken one', () => {
    expect(violationsOf({ ...prod, forceDestroy: 'no', webAcl: null }).map(({ path }) => path)).toEqual([
      'forceDestroy',
      'webAcl',
    ]);
  });
});

describe('the error', () => {
  it('shows a secret’s name that is of words, since a wrong name is put right by reading it', () => {
    const cloudfrontPrivateKeySecretName = 'storytime/dev/cloudfront_private_key';
    expect(violationsOf({ ...prod, cloudfrontPrivateKeySecretName })).toEqual([
      {
        path: 'cloudfrontPrivateKeySecretName',
        wanted: 'a name that starts with "storytime/prod/"',
        got: '"storytime/dev/cloudfront_private_key"',
      },
    ]);
  });

  it('never shows key material that a secret’s name may be made of', () => {
    const base64 = privatePem.replace(/-----[A-Z ]+-----|\n/g, '');
    const pieces = [...Array(200).keys()].map((i) => base64.slice(i * 7, i * 7 + 40 + (i % 80)));
    for (const piece of [...pieces, base64.slice(0, 500), Buffer.from(base64).toString('hex').slice(0, 64)]) {
      for (const cloudfrontPrivateKeySecretName of [piece, `storytime/dev/${piece}`]) {
        const [violation] = violationsOf({ ...prod, cloudfrontPrivateKeySecretName });
        if (piece.length >= 32) expect(violation?.got).toMatch(/^a string of \d+ characters$/);
      }
    }
  });

  it('lists every violation at once, those between fields too', () => {
    const broken = {
      ...prod,
      typo: 1,
      waitForDeployment: 'no',
      domainName: '10.0.0.1',
      playbackOrigins: ['http://app.example.com'],
      bucketSuffix: 'b'.repeat(50),
      forceDestroy: true,
    };
    const error = errorOf(broken);
    expect(error.violations.map(({ path }) => path).sort()).toEqual(
      [
        'bucketSuffix',
        'domainName',
        'forceDestroy',
        'preventDestroy',
        'playbackOrigins[0]',
        'typo',
        'waitForDeployment',
      ].sort(),
    );
    expect(error.message.split('\n')[0]).toBe('environment "prod": 7 violations');
    expect(error.message).toContain('\n  waitForDeployment: expected true or false, got "no"');
  });

  it.each([
    ['a private key', privatePem, 'a PEM "PRIVATE KEY"'],
    ['the base64 of one', Buffer.from(privatePem).toString('base64'), /^a string of \d+ characters$/],
    ['an access key id', 'AKIAIOSFODNN7EXAMPLE', 'a string of 20 characters'],
    ['a secret access key', 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', 'a string of 40 characters'],
    ['credentials in a URL', 'https://user:hunter2@app.example.com', 'a string of 36 characters'],
    ['a signed URL', 'https://d1.cloudfront.net/a?Signature=abc', 'a string of 41 characters'],
  ])('names %s and never shows it, wherever it was pasted', (_what, secret, got) => {
    for (const pasted of [
      { ...prod, domainName: secret },
      { ...prod, cloudfrontPrivateKeySecretName: secret },
      { ...prod, cloudfrontPrivateKeySecretName: `${secret} ` },
      { ...prod, playbackOrigins: [secret] },
      { ...prod, privateKey: secret },
      { ...prod, [secret]: 1 },
      { ...prod, tags: { [`${secret}?`]: 'x' } },
      { ...prod, environment: secret },
    ]) {
      const error = errorOf(pasted);
      for (const piece of piecesOf(secret))
        expect(JSON.stringify([error.message, error.violations])).not.toContain(piece);
    }
    const [violation] = violationsOf({ ...prod, domainName: secret });
    expect(violation?.got).toEqual(typeof got === 'string' ? got : expect.stringMatching(got));
  });

  it('comes for every input that is not sound, and nothing else does', () => {
    const field = fc.constantFrom(...(Object.keys(prod) as (keyof EnvironmentConfig)[]));
    fc.assert(
      fc.property(field, fc.anything(), (key, value) => {
        try {
          parseEnvironment({ ...prod, [key]: value });
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
        }
      }),
    );
  });
});

/** `webAcl`, … */
function fieldPaths(): string[] {
  return Object.keys(environmentSchema.shape);
}

function errorOf(input: unknown): ConfigError {
  try {
    parseEnvironment(input);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('no ConfigError');
}

function violationsOf(input: unknown): readonly Violation[] {
  return errorOf(input).violations;
}

/** Any run of it long enough to be worth stealing. */
function piecesOf(secret: string): string[] {
  const body = secret.replace(/-----[A-Z ]+-----|^https:\/\//g, '').replace(/\s/g, '');
  return [body.slice(0, 12), body.slice(12, 24)];
}
