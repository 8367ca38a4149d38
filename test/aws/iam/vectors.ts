/** Bucket policies, and what they say to the read of one object by CloudFront for one distribution. By AWS's reference. */

export const ACCOUNT = '444455556666';
export const BUCKET = 'storytime-hls-judged';
export const OURS = `arn:aws:cloudfront::${ACCOUNT}:distribution/E1EXAMPLE`;
const OTHER = `arn:aws:cloudfront::${ACCOUNT}:distribution/E2EXAMPLE`;
const OBJECTS = `arn:aws:s3:::${BUCKET}/*`;

export interface Vector {
  readonly what: string;
  readonly statements: readonly object[];
  /** `unknown`: AWS takes it, and nobody here can tell. */
  readonly decision: 'allow' | 'deny' | 'none' | 'unknown';
}

function allow(change: object = {}) {
  return {
    Sid: 'AllowCloudFrontRead',
    Effect: 'Allow',
    Principal: { Service: 'cloudfront.amazonaws.com' },
    Action: 's3:GetObject',
    Resource: OBJECTS,
    Condition: { StringEquals: { 'AWS:SourceArn': OURS } },
    ...change,
  };
}

function deny(change: object = {}) {
  const everybody = { Sid: 'No', Effect: 'Deny', Principal: '*', Action: 's3:GetObject', Resource: OBJECTS };
  return { ...everybody, ...change };
}

const when = (operator: string, key: string, value: unknown) => ({
  Condition: { [operator]: { [key]: value } },
});
const ofSource = (operator: string, value: unknown) => when(operator, 'aws:SourceArn', value);
const wild = `arn:aws:cloudfront::${ACCOUNT}:distribution/*`;

const ALLOWS: readonly [decision: Vector['decision'], what: string, statement: object][] = [
  ['allow', 'the exact ARN', allow()],
  ['allow', 'one ARN of several', allow(ofSource('StringEquals', [OTHER, OURS]))],
  ['allow', 'a condition key of another case', allow(ofSource('StringEquals', OURS))],
  ['none', 'another distribution', allow(ofSource('StringEquals', OTHER))],
  ['none', 'a wildcard in StringEquals, which is exact', allow(ofSource('StringEquals', wild))],
  ['none', 'a value of another case in StringEquals', allow(ofSource('StringEquals', OURS.toUpperCase()))],
  [
    'allow',
    'any case in StringEqualsIgnoreCase',
    allow(ofSource('StringEqualsIgnoreCase', OURS.toUpperCase())),
  ],
  ['allow', 'a wildcard in StringLike', allow(ofSource('StringLike', 'arn:*'))],
  ['allow', 'a wildcard in ArnLike', allow(ofSource('ArnLike', wild))],
  ['allow', 'a wildcard in ArnEquals, which does the same', allow(ofSource('ArnEquals', wild))],
  ['none', 'five parts in ArnLike', allow(ofSource('ArnLike', 'arn:aws:cloudfront::*'))],
  ['none', 'one part in ArnLike', allow(ofSource('ArnLike', '*'))],
  ['allow', 'six parts in ArnLike, each a wildcard', allow(ofSource('ArnLike', 'arn:*:*:*:*:*'))],
  [
    'none',
    'a wildcard in ArnLike that would have to cross a colon',
    allow(ofSource('ArnLike', 'arn:aws:*:distribution/E1EXAMPLE:*:*')),
  ],
  ['allow', 'the account', allow(when('StringEquals', 'aws:SourceAccount', ACCOUNT))],
  ['none', 'another account', allow(when('StringEquals', 'aws:SourceAccount', '111122223333'))],
  ['none', 'another service', allow({ Principal: { Service: 'logging.s3.amazonaws.com' } })],
  ['none', 'an account', allow({ Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` } })],
  ['none', 'another action', allow({ Action: 's3:PutObject' })],
  ['allow', 'an action of another case', allow({ Action: 'S3:getobject' })],
  ['allow', 'a wildcard for one character of the action', allow({ Action: 's3:GetObjec?' })],
  ['none', 'another prefix', allow({ Resource: `arn:aws:s3:::${BUCKET}/other/*` })],
  ['none', 'a resource of another case', allow({ Resource: `arn:aws:s3:::${BUCKET}/BOOKS/*` })],
  [
    'none',
    'a second condition that does not hold',
    allow({
      Condition: { StringEquals: { 'aws:SourceArn': OURS }, Bool: { 'aws:SecureTransport': 'false' } },
    }),
  ],
  ['allow', 'IfExists on a key that is there', allow(ofSource('StringEqualsIfExists', OURS))],
  [
    'none',
    'IfExists on a key that is there, with another value',
    allow(ofSource('StringEqualsIfExists', OTHER)),
  ],
  ['none', 'a key that must be absent and is there', allow(ofSource('Null', 'true'))],
  ['unknown', 'an operator that is not known', allow(ofSource('BinaryEquals', 'QQ=='))],
];

/** Each beside the exact Allow. */
const DENIES: readonly [decision: Vector['decision'], what: string, statement: object][] = [
  ['deny', 'everybody', deny()],
  ['deny', 'everybody, named as AWS', deny({ Principal: { AWS: '*' } })],
  ['deny', 'all but a wildcard in StringNotEquals, which is exact', deny(ofSource('StringNotEquals', wild))],
  ['allow', 'all but the exact ARN in StringNotEquals', deny(ofSource('StringNotEquals', OURS))],
  ['allow', 'all but one of two in StringNotEquals', deny(ofSource('StringNotEquals', [OTHER, OURS]))],
  ['deny', 'all but two others in StringNotEquals', deny(ofSource('StringNotEquals', [OTHER, wild]))],
  ['allow', 'all but a wildcard in StringNotLike', deny(ofSource('StringNotLike', wild))],
  ['allow', 'all but a wildcard in ArnNotLike', deny(ofSource('ArnNotLike', wild))],
  ['allow', 'all but a wildcard in ArnNotEquals, which does the same', deny(ofSource('ArnNotEquals', wild))],
  ['deny', 'all but five parts in ArnNotLike', deny(ofSource('ArnNotLike', 'arn:aws:cloudfront::*'))],
  ['allow', 'five parts in ArnLike, which match nothing', deny(ofSource('ArnLike', 'arn:aws:cloudfront::*'))],
  ['deny', 'all but another account', deny(when('StringNotEquals', 'aws:SourceAccount', '111122223333'))],
  ['allow', 'an old TLS', deny(when('NumericLessThan', 's3:TlsVersion', '1.2'))],
  ['deny', 'a TLS that is not old enough', deny(when('NumericLessThanEquals', 's3:TlsVersion', '1.3'))],
  ['allow', 'another prefix', deny({ Resource: `arn:aws:s3:::${BUCKET}/other/*` })],
  ['allow', 'another action', deny({ Action: 's3:Put*' })],
  ['deny', 'a key that is there and must not be absent', deny(ofSource('Null', 'false'))],
  ['allow', 'a key that is there and must be absent', deny(ofSource('Null', 'true'))],
  ['unknown', 'a network', deny(when('NotIpAddress', 'aws:SourceIp', '10.0.0.0/8'))],
  ['unknown', 'an operator that is not known', deny(ofSource('BinaryEquals', 'QQ=='))],
  ['deny', 'everybody, beside a Deny that is not known', deny()],
];

export const VECTORS: readonly Vector[] = [
  ...ALLOWS.map(([decision, what, statement]) => ({
    what: `Allow: ${what}`,
    statements: [statement],
    decision,
  })),
  ...DENIES.map(([decision, what, statement]) => ({
    what: `Deny beside the Allow: ${what}`,
    statements: [allow(), statement],
    decision,
  })),
  {
    what: 'no statement that speaks of it',
    statements: [allow({ Action: 's3:ListBucket', Resource: `arn:aws:s3:::${BUCKET}` })],
    decision: 'none',
  },
];

export function policyOf(statements: readonly object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}
