/** The field `playback`: what is refused, and that a stack has nothing of it where it is null. */
import { describe, expect, it } from 'vitest';
import { backendVariables } from '../../envs/backend-variables.ts';
import { type EnvironmentConfig, parseEnvironment } from '../../envs/config.ts';
import { local } from '../../envs/local.ts';
import { dev, prod } from './examples.ts';
import { maximum, maximumKeys } from './maximum.ts';
import { newKeys, ref, resourceAt, synthesized, synthesizedState, synthesizedText } from './synthesized.ts';
import { violationsOf } from './violations.ts';

const keyUrl = 'https://api.storytime.example/api/video-keys';
const playback = { keyUrl, accessLogDays: 90 };
const keys = newKeys('2026-11-a');
const withKeyUrl = (config: EnvironmentConfig, address: unknown) =>
  violationsOf({ ...config, playback: { ...playback, keyUrl: address } });

describe('the address of content keys', () => {
  it.each([
    'https://api.storytime.example/api/video-keys',
    'https://api.storytime.example:8443/k',
    'https://xn--bcher-kva.example/keys/v1.2',
    'http://localhost:3000/api/video-keys',
    'http://127.0.0.1:3000/keys',
  ])('may be %s', (address) => {
    expect(withKeyUrl(dev, address)).toEqual([]);
  });

  it.each([
    ['a final slash', `${keyUrl}/`],
    ['no path', 'https://api.storytime.example'],
    ['the root', 'https://api.storytime.example/'],
    ['a query', `${keyUrl}?v=1`],
    ['a fragment', `${keyUrl}#1`],
    ['credentials', 'https://me:secret@api.storytime.example/keys'],
    ['the default port written out', 'https://api.storytime.example:443/keys'],
    ['capitals in the host', 'https://API.storytime.example/keys'],
    ['a quote, which would end the attribute in a playlist', `${keyUrl}"`],
    ['a variable of a playlist', `${keyUrl}/{$t}`],
    ['a comma', `${keyUrl},1`],
    ['an empty segment', 'https://api.storytime.example//keys'],
    ['a way up', 'https://api.storytime.example/api/../keys'],
    ['an encoded slash', 'https://api.storytime.example/api%2Fkeys'],
    ['no scheme', 'api.storytime.example/keys'],
    ['another scheme', 'ftp://api.storytime.example/keys'],
    ['a scheme of its own', 'storytime://keys/1'],
    ['a line break', `${keyUrl}\n`],
    ['more than 500 characters', `https://api.storytime.example/${'k'.repeat(500)}`],
    ['nothing', undefined],
  ])('is refused with %s', (_what, address) => {
    expect(withKeyUrl(dev, address).map(({ path, wanted }) => ({ path, wanted }))).toEqual([
      {
        path: 'playback.keyUrl',
        wanted:
          'the https:// address of the key endpoint without query and final slash, such as "https://api.example.com/api/video-keys"',
      },
    ]);
  });

  it('is http:// for loopback only, and no loopback in prod', () => {
    expect(withKeyUrl(dev, 'http://api.storytime.example/keys')).toEqual([
      {
        path: 'playback.keyUrl',
        wanted: 'an https:// address (http:// is for loopback hosts only)',
        got: '"http://api.storytime.example/keys"',
      },
    ]);
    for (const loopback of ['http://localhost:3000/keys', 'https://localhost:3000/keys']) {
      expect(withKeyUrl(prod, loopback).map(({ path, wanted }) => ({ path, wanted }))).toEqual([
        {
          path: 'playback',
          wanted: 'no loopback keyUrl in prod: any program on a viewer’s machine could answer with a key',
        },
      ]);
    }
  });

  it.each([
    ['the domain of the environment', 'https://media.storytime.example/keys'],
    ['it on another port', 'https://media.storytime.example:8443/keys'],
    ['one of its other domains', 'https://video.storytime.example/keys'],
    ['CloudFront’s own', 'https://d111111abcdef8.cloudfront.net/keys'],
  ])('is never CloudFront: %s', (_what, address) => {
    expect(withKeyUrl(maximum, address)).toEqual([
      {
        path: 'playback.keyUrl',
        wanted:
          'a host of your API: CloudFront must never receive a playback token, and has no content key to answer with',
        got: JSON.stringify(address),
      },
    ]);
  });

  it('may be beside the domain of the environment', () => {
    expect(withKeyUrl(maximum, 'https://api.media.storytime.example/keys')).toEqual([]);
    expect(withKeyUrl(maximum, 'https://storytime.example/keys')).toEqual([]);
  });
});

it.each([0, 3651, 1.5, '90', null, undefined])('keeps no access log for %j days', (accessLogDays) => {
  expect(violationsOf({ ...dev, playback: { ...playback, accessLogDays } })).toMatchObject([
    { path: 'playback.accessLogDays', wanted: 'a whole number of days from 1 to 3650' },
  ]);
});

it.each(['table', 'jwtSecret', 'masterKey'])('has no field %j', (unknown) => {
  expect(violationsOf({ ...dev, playback: { ...playback, [unknown]: 'x' } })).toMatchObject([
    { path: `playback.${unknown}` },
  ]);
});

describe.each([
  ['dev', dev, keys],
  ['prod', prod, keys],
  ['local without it', parseEnvironment({ ...local, playback: null }), keys],
  ['everything else', parseEnvironment({ ...maximum, playback: null }), maximumKeys()],
] as const)('without playback: %s', (_name, config, trusted) => {
  it('has no word of it in resources, policies, outputs and variables', () => {
    expect(config.playback).toBeNull();
    // The lock of a state may be in a table; and one address had the word in it before.
    const { terraform: _, moved: __, '//': ___, ...stack } = { '//': {}, ...synthesized(config, trusted) };
    const words = JSON.stringify(stack).match(/\w*(?:dynamodb|playback|encryptioncontext)\w*/gi) ?? [];
    expect(words).toEqual([]);
  });

  it('hands a backend no variable of it', () => {
    const outputs = { playback_table_name: '', playback_key_arn: undefined };
    const { variables, missing } = backendVariables(config, outputs);
    expect(Object.keys(variables).filter((name) => name.startsWith('PLAYBACK'))).toEqual([]);
    expect(missing.filter((name) => name.startsWith('playback'))).toEqual([]);
  });
});

it('gives the roles that deploy no right on a table where there is none', () => {
  const deployment = { repository: 'acme/video-library', oidcProviderArn: null };
  const policiesOf = (config: EnvironmentConfig) =>
    JSON.stringify(synthesizedState(config).resource.aws_iam_policy);
  expect(policiesOf({ ...dev, deployment })).not.toMatch(/dynamodb|playback/);
  expect(policiesOf({ ...dev, deployment, playback })).toMatch(
    /dynamodb:CreateTable.*storytime-dev-playback/,
  );
});

describe('with playback', () => {
  const inProd = synthesized({ ...prod, playback }, keys);

  it('protects the table twice where videos are kept, and not where they may go', () => {
    const inDev = synthesized({ ...dev, playback }, keys);
    const table = 'aws_dynamodb_table.playback';
    expect(resourceAt(inProd, table)).toMatchObject({
      deletion_protection_enabled: true,
      lifecycle: { prevent_destroy: true },
    });
    expect(resourceAt(inProd, 'aws_kms_key.playback_key')).toMatchObject({
      deletion_window_in_days: 30,
      lifecycle: { prevent_destroy: true },
    });
    expect(resourceAt(inDev, table)).toMatchObject({ deletion_protection_enabled: false });
    expect(resourceAt(inDev, table)).not.toHaveProperty('lifecycle');
  });

  it('wraps content keys with a key of its own, which encrypts no bucket and no secret', () => {
    const text = JSON.stringify({
      buckets: inProd.resource.aws_s3_bucket_server_side_encryption_configuration,
      secrets: inProd.resource.aws_secretsmanager_secret,
    });
    expect(text).toContain(ref('aws_kms_key.encryption.arn'));
    expect(text).not.toContain('playback_key');
  });

  it('has no content key, no token and no secret in the stack: it names the table and the key alone', () => {
    const text = synthesizedText({ ...prod, playback }, keys);
    expect(text).not.toMatch(/StaticKey|VIDEO_JWT_SECRET|MASTER_ENCRYPTION_KEY/);
  });

  it('fits the policies of the backend and of the library into what IAM takes', () => {
    const stack = synthesized(maximum, maximumKeys());
    for (const name of ['app', 'library_admin']) {
      // A reference becomes an ARN, which is longer.
      const { policy } = resourceAt(stack, `aws_iam_policy.${name}`);
      const resolved = String(policy).replaceAll(/\$\{[^}]*\}/g, 'x'.repeat(110));
      expect(resolved.length).toBeLessThanOrEqual(6144);
    }
  });
});
