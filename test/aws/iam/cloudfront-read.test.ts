import { describe, expect, it } from 'vitest';
import { readAccess } from '../../../aws/iam/cloudfront-read.ts';

const OURS = 'arn:aws:cloudfront::444455556666:distribution/E1';
const OTHER = 'arn:aws:cloudfront::444455556666:distribution/E2';
const READ = {
  action: 's3:GetObject',
  resource: 'arn:aws:s3:::hls/books/42/index.m3u8',
  distributionArn: OURS,
} as const;

function allow(change: object = {}) {
  return {
    Sid: 'Read',
    Effect: 'Allow',
    Principal: { Service: 'cloudfront.amazonaws.com' },
    Action: 's3:GetObject',
    Resource: 'arn:aws:s3:::hls/*',
    Condition: { StringEquals: { 'AWS:SourceArn': OURS } },
    ...change,
  };
}

const policy = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });

describe('a bucket policy', () => {
  it.each([
    ['by its exact ARN', policy(allow())],
    ['by one of several', policy(allow({ Condition: { StringEquals: { 'aws:sourcearn': [OTHER, OURS] } } }))],
    [
      'by a pattern',
      policy(allow({ Condition: { ArnLike: { 'aws:SourceArn': 'arn:aws:cloudfront::*:distribution/E1' } } })),
    ],
    [
      'beside a Deny of plain http',
      policy(
        allow(),
        allow({ Effect: 'Deny', Principal: '*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      ),
    ],
    ['by every action of S3', policy(allow({ Action: ['s3:Get*'] }))],
  ])('allows this distribution: %s', (_, text) => {
    expect(readAccess(text, READ)).toEqual({ verdict: 'allowed' });
  });

  it.each<[string, string | null, object]>([
    ['there is none', null, { verdict: 'nobody' }],
    [
      'it is for another service',
      policy(allow({ Principal: { Service: 'logging.s3.amazonaws.com' } })),
      { verdict: 'nobody' },
    ],
    [
      'it is for another prefix',
      policy(allow({ Resource: 'arn:aws:s3:::hls/other/*' })),
      { verdict: 'nobody' },
    ],
    ['it is for another action', policy(allow({ Action: 's3:PutObject' })), { verdict: 'nobody' }],
    [
      'it is for another distribution',
      policy(allow({ Condition: { StringEquals: { 'AWS:SourceArn': OTHER } } })),
      { verdict: 'elsewhere', sourceArns: [OTHER] },
    ],
    [
      'it writes a pattern where equality is asked',
      policy(allow({ Condition: { StringEquals: { 'AWS:SourceArn': `${OURS.slice(0, -1)}*` } } })),
      { verdict: 'elsewhere', sourceArns: [`${OURS.slice(0, -1)}*`] },
    ],
    [
      'a Deny wins',
      policy(allow(), allow({ Sid: 'No', Effect: 'Deny', Principal: '*', Condition: undefined })),
      { verdict: 'denied', sid: 'No' },
    ],
    [
      'a condition is not known here',
      policy(allow({ Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } })),
      { verdict: 'unread', why: 'statement "Read" has a condition that cannot be evaluated here' },
    ],
    ['it is no JSON', '{', { verdict: 'unread', why: 'not JSON with statements' }],
  ])('does not where %s', (_, text, finding) => {
    expect(readAccess(text, READ)).toEqual(finding);
  });
});
