import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  accountIn,
  BUCKET_ARN,
  CERTIFICATE_ARN,
  GITHUB_PROVIDER_ARN,
  IDENTITY_ARN,
  MEDIACONVERT_QUEUE_ARN,
  OIDC_PROVIDER_ARN,
  PRINCIPAL_ARN,
  ROLE_ARN,
  ROLE_OR_USER_ARN,
  regionIn,
  resourceIn,
  SECRET_ARN_PATTERN,
  SQS_QUEUE_ARN,
  WEB_ACL_ARN,
  wholeAccountIn,
} from '../../../aws/values/arns.ts';

const PATTERNS: readonly (readonly [
  name: string,
  pattern: RegExp,
  taken: readonly string[],
  refused: readonly string[],
])[] = [
  [
    'a certificate for CloudFront',
    CERTIFICATE_ARN,
    ['arn:aws:acm:us-east-1:444455556666:certificate/7f3c2a10-5b1e'],
    [
      'arn:aws:acm:eu-central-1:444455556666:certificate/7f3c',
      'arn:aws-cn:acm:us-east-1:444455556666:certificate/7f3c',
    ],
  ],
  [
    'a web ACL for CloudFront',
    WEB_ACL_ARN,
    ['arn:aws:wafv2:us-east-1:444455556666:global/webacl/viewers/a-1'],
    [
      'arn:aws:wafv2:us-east-1:444455556666:regional/webacl/viewers/a-1',
      'arn:aws-cn:wafv2:us-east-1:444455556666:global/webacl/viewers/a-1',
      'arn:aws:wafv2:us-east-1:444455556666:global/webacl/*/*',
    ],
  ],
  ['a bucket', BUCKET_ARN, ['arn:aws:s3:::storytime.masters'], ['arn:aws:s3:::b/key', 'arn:aws:s3:::*']],
  [
    'a role or user',
    ROLE_OR_USER_ARN,
    ['arn:aws:iam::444455556666:role/service/backend', 'arn:aws:iam::444455556666:user/x'],
    ['arn:aws:iam::444455556666:root', 'arn:aws:iam::444455556666:role/*', 'arn:aws:iam::444455556666:role/'],
  ],
  ['a role', ROLE_ARN, ['arn:aws:iam::444455556666:role/x'], ['arn:aws:iam::444455556666:user/x']],
  [
    'a principal',
    PRINCIPAL_ARN,
    ['arn:aws:iam::444455556666:root', 'arn:aws:iam::444455556666:role/x'],
    ['arn:aws:sts::444455556666:assumed-role/x/session', 'arn:aws:iam::44445555666:root', '444455556666'],
  ],
  [
    'an identity',
    IDENTITY_ARN,
    ['arn:aws:sts::444455556666:assumed-role/x/session', 'arn:aws:iam::444455556666:root'],
    ['arn:aws:s3:::b', '*'],
  ],
  [
    'an OIDC provider',
    OIDC_PROVIDER_ARN,
    ['arn:aws:iam::444455556666:oidc-provider/oidc.eks.eu-central-1.amazonaws.com/id/A1'],
    ['arn:aws:iam::444455556666:oidc-provider/', 'arn:aws:iam::444455556666:oidc-provider/*'],
  ],
  [
    'GitHub’s OIDC provider',
    GITHUB_PROVIDER_ARN,
    ['arn:aws:iam::444455556666:oidc-provider/token.actions.githubusercontent.com'],
    ['arn:aws:iam::444455556666:oidc-provider/tokenXactions.githubusercontent.com'],
  ],
  [
    'a queue of MediaConvert',
    MEDIACONVERT_QUEUE_ARN,
    ['arn:aws:mediaconvert:eu-central-1:444455556666:queues/storytime-dev'],
    ['arn:aws:mediaconvert:eu-central-1:444455556666:queues/', 'arn:aws:sqs:eu-central-1:444455556666:x'],
  ],
  [
    'a queue of SQS',
    SQS_QUEUE_ARN,
    ['arn:aws:sqs:eu-central-1:444455556666:jobs', 'arn:aws:sqs:eu-central-1:444455556666:jobs.fifo'],
    ['arn:aws:sqs:eu-central-1:444455556666:jobs*', 'arn:aws:sqs:eu-central-1::jobs'],
  ],
  [
    'one secret in a policy',
    SECRET_ARN_PATTERN,
    ['arn:aws:secretsmanager:eu-central-1:444455556666:secret:storytime/dev/key-??????'],
    ['arn:aws:secretsmanager:eu-central-1:444455556666:secret:storytime/dev/key-*'],
  ],
];

describe('the ARN of', () => {
  it.each(PATTERNS)('%s is taken whole, without wildcards', (_, pattern, taken, refused) => {
    expect(taken.filter((arn) => !pattern.test(arn))).toEqual([]);
    expect([...refused, '', ...taken.flatMap(disguised)].filter((arn) => pattern.test(arn))).toEqual([]);
  });
});

describe('the parts of an ARN', () => {
  it('are what is between its colons, and the resource keeps the colons of its own', () => {
    const part = fc.stringMatching(/^[a-z0-9-]{0,12}$/);
    const resource = fc.stringMatching(/^[a-z0-9:/*-]{0,30}$/);
    fc.assert(
      fc.property(part, part, part, resource, (service, region, account, rest) => {
        const arn = `arn:aws:${service}:${region}:${account}:${rest}`;
        expect([regionIn(arn), accountIn(arn), resourceIn(arn)]).toEqual([region, account, rest]);
      }),
    );
  });

  it('are empty in a text that is not an ARN', () => {
    for (const text of ['', '444455556666', 'arn', '*', 'a:b:c:d:e:f']) {
      expect([regionIn(text), accountIn(text), resourceIn(text)], text).toEqual(['', '', '']);
    }
  });
});

describe('a principal names a whole account', () => {
  it.each([
    ['444455556666', '444455556666'],
    ['arn:aws:iam::444455556666:root', '444455556666'],
    ['arn:aws-cn:iam::444455556666:root', '444455556666'],
    ['arn:aws:iam::444455556666:role/root', null],
    ['arn:aws:iam::444455556666:user/x', null],
    ['*', null],
    ['root', null],
  ])('%s: %s', (principal, account) => expect(wholeAccountIn(principal)).toBe(account));
});

/** The same with something before or behind it. */
function disguised(arn: string): string[] {
  return [` ${arn}`, `${arn}\n`, `${arn}"`, `x${arn}`, `${arn},${arn}`];
}
