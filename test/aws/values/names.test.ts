import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BUCKET_NAME,
  bucketAt,
  DOMAIN_NAME,
  EMAIL_ADDRESS,
  EXTERNAL_ID,
  GITHUB_REPOSITORY,
  HOSTED_ZONE_ID,
  KMS_ALIAS,
  NEW_BUCKET_NAME,
  REGIONAL_BUCKET_ADDRESS,
  ROLE_NAME,
  ROLE_NAME_WITH_PATH,
  SECRET_NAME,
  SERVICE_ACCOUNT,
} from '../../../aws/values/names.ts';
import { regionsOfSdk } from './sdk-regions.ts';

const REGIONS = await regionsOfSdk();

const label = (length: number) => 'a'.repeat(length);

describe('AWS takes as', () => {
  it.each([
    [
      'a bucket',
      BUCKET_NAME,
      ['abc', 'a.b.c', label(63)],
      ['ab', label(64), 'Abc', '-ab', 'ab-', 'a_b', 'a/b'],
    ],
    [
      'a new bucket',
      NEW_BUCKET_NAME,
      ['abc', 'storytime-hls-outputs-dev', label(63), 'my-s3alias-x'],
      [
        'a.b',
        'xn--abc',
        'sthree-abc',
        'amzn-s3-demo-abc',
        'abc-s3alias',
        'abc--ol-s3',
        'abc--x-s3',
        'abc--table-s3',
      ],
    ],
    [
      'a bucket’s regional address',
      REGIONAL_BUCKET_ADDRESS,
      ['masters.s3.eu-central-1.amazonaws.com'],
      [
        'masters.s3.amazonaws.com',
        'masters.s3.eu-centrl-1.amazonaws.com',
        'masters.s3-website.eu-central-1.amazonaws.com',
        'masters.s3.eu-central-1.amazonaws.com.example',
      ],
    ],
    ['a secret', SECRET_NAME, ['storytime/dev/key', label(512)], ['', 'a b', 'a*', label(513)]],
    ['a role', ROLE_NAME, ['a+=,.@-_1', label(64)], ['', 'a/b', 'a*', label(65)]],
    ['a role with its path', ROLE_NAME_WITH_PATH, ['a', 'service/a'], ['/a', 'a/', 'a//b', `x/${label(65)}`]],
    ['an external id', EXTERNAL_ID, ['a1', 'a:b/c'], ['a', 'a b', label(1225)]],
    [
      'a zone',
      HOSTED_ZONE_ID,
      ['Z0123456789ABC'],
      ['Z', 'z0123456789', '/hostedzone/Z0123456789', 'ABCDEFGHI'],
    ],
    ['a KMS alias', KMS_ALIAS, ['storytime-dev', 'a/aws/b'], ['aws/s3', 'alias/a', 'a b', '']],
    [
      'a domain',
      DOMAIN_NAME,
      ['media.example.com', 'a.xn--p1ai', '1.co', `${label(63)}.com`],
      [
        'localhost',
        'Media.example.com',
        '192.0.2.1',
        '-a.com',
        'a-.com',
        'a.com-',
        'a..com',
        'a.com.',
        `${label(64)}.com`,
        '*.example.com',
        `${`${label(61)}.`.repeat(4)}example.com`,
      ],
    ],
    ['an e-mail address', EMAIL_ADDRESS, ['a@b.co'], ['a@b', '@b.co', 'a b@c.de', 'a@b@c.de']],
    [
      'a repository',
      GITHUB_REPOSITORY,
      ['storytime/video-library', 'a@1/b@2'],
      ['storytime', 'a/b/c', 'a@1/b', 'a/*', 'a:b/c'],
    ],
    ['a service account', SERVICE_ACCOUNT, ['apps/backend'], ['apps', 'apps/*', 'apps/backend/x', 'a:b/c']],
  ] as const)('%s what its service takes, and nothing else', (_, pattern, taken, refused) => {
    const disguised = taken.flatMap((name) => [`${name}\n`, ` ${name}`, `${name} `]);

    expect(taken.filter((name) => !pattern.test(name))).toEqual([]);
    expect([...refused, ...disguised].filter((name) => pattern.test(name))).toEqual([]);
  });
});

describe('the bucket at an S3 address', () => {
  it('is what its host name begins with, in every spelling that S3 has', () => {
    fc.assert(
      fc.property(fc.stringMatching(BUCKET_NAME), fc.constantFrom(...REGIONS), (bucket, region) => {
        fc.pre(!/\.s3[.-]/.test(bucket));
        for (const host of [
          `${bucket}.s3.${region}.amazonaws.com`,
          `${bucket}.s3-${region}.amazonaws.com`,
          `${bucket}.s3.amazonaws.com`,
        ]) {
          if (host.includes('s3-')) continue;
          expect(bucketAt(host)).toBe(bucket);
        }
      }),
    );
  });

  it.each(['', 'example.com', 's3.eu-central-1.amazonaws.com', 'b.s3.eu-central-1.amazonaws.com.example'])(
    'is none at %s',
    (host) => expect(bucketAt(host)).toBeNull(),
  );
});
