import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cloudFrontRequest, readAccess } from '../../../aws/iam/cloudfront-read.ts';
import { conditionFault, meetsCondition } from '../../../aws/iam/conditions.ts';
import { readDocument, readPolicy } from '../../../aws/iam/document.ts';
import { type AccessRequest, decide, isAllowed, judge } from '../../../aws/iam/evaluate.ts';
import { type ConditionContext, lookupIn } from '../../../aws/iam/request-context.ts';
import { StackGraph } from '../../../aws/stack/stack-graph.ts';
import { denialOf } from '../../../envs/guardrails/denials.ts';
import { policiesIn } from '../../../envs/guardrails/policies.ts';
import { type OracleStatement, oracle } from './oracle.ts';

const ACCOUNT = '444455556666';
const OURS = `arn:aws:cloudfront::${ACCOUNT}:distribution/aws_cloudfront_distribution-d`;
const OBJECT = 'arn:aws:s3:::aws_s3_bucket-b/title/segment';
const READ = { action: 's3:GetObject', resource: OBJECT, distributionArn: OURS };

/** Of the keys that CloudFront's request has, what it has; of others, what AWS might say. */
const KNOWN: ConditionContext = {
  'aws:sourcearn': OURS,
  'aws:sourceaccount': ACCOUNT,
  'aws:securetransport': 'true',
  's3:tlsversion': '1.3',
  'aws:principalisawsservice': 'true',
  'aws:principalservicename': 'cloudfront.amazonaws.com',
};
const OTHER_VALUES = {
  'aws:sourceip': ['10.1.2.3', '198.51.100.7', '10.255.0.0'],
  'aws:currenttime': ['2026-11-20T12:00:00Z', '1795176000', '2026-01-01'],
  's3:max-keys': ['10', '9.5', '-1'],
  'aws:useragent': ['curl/8', 'CURL/8', '', 'a*b'],
};

const arnPattern = fc.oneof(
  fc.constantFrom(OURS, `${OURS}x`, 'arn:aws:cloudfront::*', '*', 'arn:*', OURS.toUpperCase(), OBJECT),
  fc
    .tuple(...['arn', 'aws', 'cloudfront', '', ACCOUNT].map((part) => fc.constantFrom(part, '*', '?', 'x')))
    .chain((parts) =>
      fc
        .constantFrom('*', 'distribution/*', 'distribution/aws?cloudfront_distribution-d', 'a:b')
        .map((last) => [...parts, last].join(':')),
    ),
);
const VALUES: Readonly<Record<string, fc.Arbitrary<string>>> = {
  'aws:SourceArn': arnPattern,
  'AWS:sourceaccount': fc.constantFrom(ACCOUNT, '111122223333', '4444*', '????55556666'),
  'aws:UserAgent': fc.constantFrom('curl/8', 'curl*', '?url/?', 'a*b', ''),
};
const operator = (names: readonly string[]) =>
  fc
    .tuple(
      fc.constantFrom('', '', 'ForAllValues:', 'ForAnyValue:'),
      fc.constantFrom(...names),
      fc.constantFrom('', 'IfExists'),
    )
    .map((parts) => parts.join(''));
const STRINGS = [
  'StringEquals',
  'StringNotEquals',
  'StringEqualsIgnoreCase',
  'StringNotEqualsIgnoreCase',
  'StringLike',
  'StringNotLike',
];
const ARNS = ['ArnEquals', 'ArnNotEquals', 'ArnLike', 'ArnNotLike'];
const ordered = (kind: string) =>
  ['Equals', 'NotEquals', 'LessThan', 'LessThanEquals', 'GreaterThan', 'GreaterThanEquals'].map(
    (how) => kind + how,
  );

const one = (operators: fc.Arbitrary<string>, key: string, value: fc.Arbitrary<string>) =>
  fc
    .tuple(operators, fc.array(value, { minLength: 1, maxLength: 3 }))
    .map(([name, values]) => ({ [name]: { [key]: values } }));
const aCondition = fc.oneof(
  ...Object.entries(VALUES).map(([key, value]) => one(operator(STRINGS), key, value)),
  one(operator(ARNS), 'aws:SourceArn', arnPattern),
  one(fc.constant('Null'), 'aws:SourceArn', fc.constantFrom('true', 'false')),
  one(fc.constant('Null'), 'aws:UserAgent', fc.constantFrom('true', 'false')),
  one(operator(['Bool']), 'aws:PrincipalIsAWSService', fc.constantFrom('true', 'false', 'True')),
  one(operator(ordered('Numeric')), 's3:TlsVersion', fc.constantFrom('1.2', '1.3', '1.30', '2')),
  one(operator(ordered('Numeric')), 's3:max-keys', fc.constantFrom('10', '10.0', '-1', '.5')),
  one(
    operator(ordered('Date')),
    'aws:CurrentTime',
    fc.constantFrom('2026-11-20T12:00:00Z', '1795176000', '2026-01-01', '2026-11-20T13:00:00+01:00'),
  ),
  one(
    operator(['IpAddress', 'NotIpAddress']),
    'aws:SourceIp',
    fc.constantFrom('10.0.0.0/8', '198.51.100.7', '10.1.2.0/23', '0.0.0.0/0'),
  ),
);
const principals = fc.constantFrom<unknown>(
  '*',
  { AWS: '*' },
  { Service: 'cloudfront.amazonaws.com' },
  { Service: ['s3.amazonaws.com', 'cloudfront.amazonaws.com'] },
  { Service: 's3.amazonaws.com' },
  { AWS: `arn:aws:iam::${ACCOUNT}:root` },
);
const named = principals.filter((one) => one !== '*' && JSON.stringify(one) !== '{"AWS":"*"}');
const actions = fc.array(
  fc.constantFrom('s3:GetObject', 's3:getobject', 's3:Get*', 's3:Put*', '*', 's3:GetObjec?'),
  { minLength: 1, maxLength: 2 },
);
const resources = fc.array(
  fc.constantFrom(
    OBJECT,
    'arn:aws:s3:::aws_s3_bucket-b/*',
    '*',
    'arn:aws:s3:::other/*',
    `${OBJECT}?`,
    'arn:aws:s3:::AWS_s3_bucket-b/*',
  ),
  { minLength: 1, maxLength: 2 },
);

const statement = fc
  .record({
    effect: fc.constantFrom('Allow' as const, 'Deny' as const),
    whom: fc.oneof(
      { weight: 4, arbitrary: principals.map((Principal) => ({ Principal })) },
      { weight: 1, arbitrary: named.map((NotPrincipal) => ({ NotPrincipal })) },
    ),
    what: fc.oneof(
      { weight: 4, arbitrary: actions.map((Action) => ({ Action })) },
      { weight: 1, arbitrary: actions.map((NotAction) => ({ NotAction })) },
    ),
    where: fc.oneof(
      { weight: 4, arbitrary: resources.map((Resource) => ({ Resource })) },
      { weight: 1, arbitrary: resources.map((NotResource) => ({ NotResource })) },
    ),
    conditions: fc.array(aCondition, { maxLength: 2 }),
  })
  .map(
    ({ effect, whom, what, where, conditions }): OracleStatement => ({
      // AWS takes no NotPrincipal with Allow.
      Effect: 'NotPrincipal' in whom ? 'Deny' : effect,
      ...whom,
      ...what,
      ...where,
      Condition: Object.assign({}, ...conditions),
    }),
  );
const statements = fc.array(statement, { minLength: 1, maxLength: 4 });
const others: fc.Arbitrary<Record<string, string>> = fc
  .record(
    Object.fromEntries(
      Object.entries(OTHER_VALUES).map(([key, values]) => [key, fc.option(fc.constantFrom(...values))]),
    ),
  )
  .map((found) =>
    Object.fromEntries(
      Object.entries(found).flatMap(([key, value]) => (value === null ? [] : [[key, value]])),
    ),
  );

function listed(context: ConditionContext): Record<string, readonly string[]> {
  return Object.fromEntries(Object.entries(context).map(([key, value]) => [key, [value].flat()]));
}

describe('the judge', () => {
  it('decides as AWS’s reference does, written down a second time', () => {
    const seen = { allow: 0, deny: 0, none: 0 };
    fc.assert(
      fc.property(statements, others, (list, more) => {
        // An empty string is no value to a set operator, which the second evaluator does not know.
        fc.pre(more['aws:useragent'] !== '');
        const expected = oracle(list, {
          names: ['cloudfront.amazonaws.com'],
          action: READ.action,
          resource: READ.resource,
          context: listed({ ...KNOWN, ...more }),
        });
        seen[expected] += 1;
        expect(judge([documentOf(list)], { ...cloudFrontRequest(READ), context: more }).decision).toBe(
          expected,
        );
      }),
      { numRuns: 5000 },
    );
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(100);
  });

  it('says what holds whatever the keys that nobody here can see', () => {
    fc.assert(
      fc.property(statements, others, (list, more) => {
        const request = cloudFrontRequest(READ);
        const certain = judge([documentOf(list)], { ...request, otherKeys: 'unknown' }).decision;
        const actual = judge([documentOf(list)], { ...request, context: more }).decision;
        if (certain !== 'unknown') expect(actual).toBe(certain);
      }),
      { numRuns: 5000 },
    );
  });

  it('is what the doctor reads', () => {
    const verdicts = {
      allow: ['allowed'],
      deny: ['denied'],
      unknown: ['unread'],
      none: ['nobody', 'elsewhere'],
    };
    fc.assert(
      fc.property(statements, (list) => {
        const { decision } = judge([documentOf(list)], { ...cloudFrontRequest(READ), otherKeys: 'unknown' });
        const text = JSON.stringify({ Version: '2012-10-17', Statement: list });
        expect(verdicts[decision]).toContain(readAccess(text, READ).verdict);
      }),
      { numRuns: 2000 },
    );
  });

  it('is what the guardrails find denied, with references in the place of ARNs', () => {
    fc.assert(
      fc.property(statements, (list) => {
        const judgement = judge([documentOf(list)], { ...cloudFrontRequest(READ), otherKeys: 'unknown' });
        const isDenied = judgement.decision !== 'none' && judgement.by.effect === 'Deny';
        const policy = JSON.stringify({ Version: '2012-10-17', Statement: list })
          .replaceAll(`"${OURS}"`, `"\${aws_cloudfront_distribution.d.arn}"`)
          .replaceAll('arn:aws:s3:::aws_s3_bucket-b/', `\${aws_s3_bucket.b.arn}/`);
        const graph = new StackGraph({
          provider: { aws: [{ allowed_account_ids: [ACCOUNT] }] },
          resource: {
            aws_cloudfront_distribution: { d: {} },
            aws_s3_bucket: { b: {} },
            aws_s3_bucket_policy: { p: { policy } },
          },
        });
        const found = denialOf(graph, policiesIn(graph, 'bucket'), {
          service: 'cloudfront.amazonaws.com',
          action: READ.action,
          resource: `\${aws_s3_bucket.b.arn}/title/segment`,
          source: graph.at('aws_cloudfront_distribution.d') ?? null,
        });
        expect(found !== null).toBe(isDenied);
      }),
      { numRuns: 2000 },
    );
  });

  it('gives a definite answer: what may deny denies, what only may allow does not', () => {
    fc.assert(
      fc.property(statements, (list) => {
        const request: AccessRequest = { ...cloudFrontRequest(READ), otherKeys: 'unknown' };
        const document = documentOf(list);
        const judgement = judge([document], request);
        expect(isAllowed(document, request)).toBe(judgement.decision === 'allow');
        if (judgement.decision === 'unknown') {
          expect(decide(document, request)).toBe(judgement.by.effect === 'Deny' ? 'deny' : 'none');
        }
      }),
    );
  });
});

describe('a condition', () => {
  const met = (operator: string, values: readonly string[], actual?: string | readonly string[]) =>
    meetsCondition(
      { operator, key: 'aws:tagkeys', values },
      lookupIn(actual === undefined ? {} : { 'aws:TagKeys': actual }, 'absent'),
      null,
    );

  // The tables of "Multivalued context key examples" and "Condition operators" in AWS's reference.
  it.each([
    ['yes', 'ForAllValues:StringNotLike', ['key1*'], ['key2:audit']],
    ['no', 'ForAllValues:StringNotLike', ['key1*'], ['key1:hr', 'key1:personnel']],
    ['yes', 'ForAllValues:StringNotLike', ['key1*'], undefined],
    ['yes', 'ForAllValues:StringEquals', ['a', 'b'], ['b', 'a']],
    ['no', 'ForAllValues:StringEquals', ['a', 'b'], ['a', 'c']],
    ['yes', 'ForAllValues:StringEquals', ['a'], ['']],
    ['no', 'ForAnyValue:StringEquals', ['a'], ['']],
    ['yes', 'ForAnyValue:StringEquals', ['a'], ['c', 'a']],
    ['no', 'ForAnyValue:StringEquals', ['a'], undefined],
    ['no', 'ForAnyValue:StringNotEquals', ['a'], undefined],
    ['yes', 'ForAnyValue:StringEqualsIfExists', ['a'], undefined],
    ['yes', 'StringNotEquals', ['a'], undefined],
    ['no', 'StringNotEquals', ['a', 'b'], 'b'],
    ['no', 'StringEquals', ['a'], undefined],
    ['yes', 'StringEqualsIfExists', ['a'], undefined],
    ['yes', 'StringNotEqualsIfExists', ['a'], undefined],
    ['unknown', 'StringEquals', ['a'], ['a', 'b']],
    ['no', 'Bool', ['false'], undefined],
    ['yes', 'BoolIfExists', ['false'], undefined],
    ['yes', 'Bool', ['TRUE'], 'true'],
    ['yes', 'Null', ['true'], undefined],
    ['no', 'Null', ['false'], undefined],
    ['yes', 'NotIpAddress', ['10.0.0.0/8'], undefined],
    ['yes', 'IpAddress', ['2001:db8::/32'], '2001:db8::1'],
    ['no', 'IpAddress', ['10.0.0.0/8'], '2001:db8::1'],
    ['no', 'NumericEquals', ['10'], undefined],
    ['unknown', 'NullIfExists', ['true'], undefined],
    ['unknown', 'ForAllValues:Null', ['true'], undefined],
    ['unknown', 'stringequals', ['a'], 'a'],
    ['unknown', 'constructor', ['a'], 'a'],
    ['unknown', 'Bool', ['perhaps'], 'true'],
    ['unknown', 'NumericLessThan', ['0x10'], '1'],
    ['unknown', 'NumericLessThan', ['2'], 'NaN'],
    ['unknown', 'DateLessThan', ['2026'], '2026-01-01'],
    ['unknown', 'IpAddress', ['10.0.0.0/33'], '10.0.0.1'],
  ])('is met: %s, by %s %j where the request has %j', (expected, operator, values, actual) => {
    expect(met(operator, values, actual)).toBe(expected);
  });

  it('looks up own keys alone', () => {
    const lookup = lookupIn({}, 'absent');
    expect(['constructor', '__proto__', 'toString'].map(lookup)).toEqual(['absent', 'absent', 'absent']);
  });

  it.each([
    ['operator', 'StringMatches', 'a'],
    ['operator', 'NullIfExists', 'true'],
    ['value', 'Bool', 'yes'],
    ['value', 'IpAddress', '10.0.0.0/40'],
    ['value', 'DateLessThan', 'tomorrow'],
    ['value', 'NumericEquals', 'ten'],
    [null, 'ForAnyValue:ArnLikeIfExists', '*'],
  ])('has the fault %j: %s %s', (fault, operator, value) => {
    expect(conditionFault({ operator, key: 'k', values: [value] })).toBe(fault);
  });
});

describe('a policy variable', () => {
  const decision = (Resource: string, context: ConditionContext, Version = '2012-10-17') =>
    judge([readDocument({ Version, Statement: { Effect: 'Allow', Action: 's3:*', Resource } })], {
      principal: 'holder',
      action: 's3:GetObject',
      resource: 'arn:aws:s3:::b/ada/1',
      context,
    }).decision;

  it.each([
    [
      'allow',
      'is replaced by the value of its key, whose case does not count',
      `arn:aws:s3:::b/\${AWS:username}/*`,
      { 'aws:username': 'ada' },
    ],
    ['none', 'is replaced by another value', `arn:aws:s3:::b/\${aws:username}/*`, { 'aws:username': 'bob' }],
    ['allow', 'has a default', `arn:aws:s3:::b/\${aws:username, 'ada'}/1`, {}],
    [
      'none',
      'has a default that gives way to a value',
      `arn:aws:s3:::b/\${aws:username, 'ada'}/1`,
      { 'aws:username': 'bob' },
    ],
    ['unknown', 'has no value', `arn:aws:s3:::b/\${aws:username}/*`, {}],
    ['unknown', 'has a wildcard in its value', `arn:aws:s3:::b/\${aws:username}/*`, { 'aws:username': '*' }],
    ['none', 'contains a star that is not a wildcard', `arn:aws:s3:::b/\${*}/1`, {}],
    ['unknown', 'is not closed', `arn:aws:s3:::b/\${aws:username/1`, {}],
  ])('%s: %s', (expected, _, resource, context) => {
    expect(decision(resource, context)).toBe(expected);
  });

  it('is text in a document of the version before', () => {
    expect(decision(`arn:aws:s3:::b/\${aws:username}/*`, { 'aws:username': 'ada' }, '2008-10-17')).toBe(
      'none',
    );
  });

  it('is replaced in conditions on strings and ARNs', () => {
    const Condition = { StringLike: { 's3:prefix': `\${aws:PrincipalTag/team}/*` } };
    const document = readDocument({
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Action: '*', Resource: '*', Condition },
    });
    const ask = (prefix: string) =>
      judge([document], {
        principal: 'holder',
        action: 's3:ListBucket',
        resource: '*',
        context: { 's3:prefix': prefix, 'aws:PrincipalTag/Team': 'red' },
      }).decision;
    expect([ask('red/1'), ask('blue/1')]).toEqual(['allow', 'none']);
  });
});

describe('a principal', () => {
  const role = {
    kind: 'account',
    accountId: ACCOUNT,
    arn: `arn:aws:iam::${ACCOUNT}:role/app/signer`,
    sessionArn: `arn:aws:sts::${ACCOUNT}:assumed-role/signer/i-1`,
  } as const;
  const root = `arn:aws:iam::${ACCOUNT}:root`;
  const decision = (whom: object, principal: AccessRequest['principal']) =>
    judge([readDocument({ Statement: { Action: '*', Resource: '*', ...whom } })], {
      principal,
      action: 's3:GetObject',
      resource: OBJECT,
    }).decision;

  it.each([
    ['allow', { Principal: { AWS: ACCOUNT } }],
    ['allow', { Principal: { AWS: root } }],
    ['allow', { Principal: { AWS: role.arn } }],
    ['allow', { Principal: { AWS: [role.sessionArn] } }],
    ['none', { Principal: { AWS: `arn:aws:iam::${ACCOUNT}:role/*` } }],
    ['none', { Principal: { AWS: '111122223333' } }],
    ['none', { Principal: { Service: ACCOUNT } }],
    ['none', { Principal: { Service: '*' } }],
    ['unknown', { Principal: { CanonicalUser: 'f00' } }],
    ['unknown', { NotPrincipal: { AWS: '111122223333' } }],
  ])('of a session: %s by an Allow of %j', (expected, whom) => {
    expect(decision({ Effect: 'Allow', ...whom }, role)).toBe(expected);
  });

  it.each([
    ['deny', { NotPrincipal: { AWS: '111122223333' } }],
    ['none', { NotPrincipal: { AWS: [root, role.arn, role.sessionArn] } }],
    // "Otherwise, the policy might deny access to the entire account."
    ['unknown', { NotPrincipal: { AWS: [role.arn, role.sessionArn] } }],
    ['unknown', { NotPrincipal: { AWS: root } }],
    ['unknown', { NotPrincipal: '*' }],
    ['unknown', { Principal: '*', NotPrincipal: { AWS: root } }],
  ])('of a session: %s by a Deny of %j', (expected, whom) => {
    expect(decision({ Effect: 'Deny', ...whom }, role)).toBe(expected);
  });

  it('is everybody, the anonymous included, by a star alone', () => {
    const anonymous = { kind: 'anonymous' } as const;
    const ask = (Principal: unknown) => decision({ Effect: 'Allow', Principal }, anonymous);
    expect(['*', { AWS: '*' }, { AWS: root }].map(ask)).toEqual(['allow', 'allow', 'none']);
  });
});

describe('a document', () => {
  it.each([
    ['no JSON', '{'],
    ['a list', '[]'],
    ['an unknown field', '{"Statements":[]}'],
    ['no statement', '{"Version":"2012-10-17"}'],
    ['another version', '{"Version":"2013-10-17","Statement":[]}'],
    ['an effect of another case', '{"Statement":{"Effect":"allow","Action":"*","Resource":"*"}}'],
    ['no action', '{"Statement":{"Effect":"Allow","Resource":"*"}}'],
    ['a misspelled element', '{"Statement":{"Effect":"Deny","Action":"*","Ressource":"*"}}'],
    ['a condition that is a list', '{"Statement":{"Effect":"Deny","Action":"*","Condition":[]}}'],
    [
      'a value that is an object',
      '{"Statement":{"Effect":"Deny","Action":"*","Condition":{"Bool":{"k":{}}}}}',
    ],
  ])('with %s is refused, not read in part', (_, text) => {
    expect(() => readPolicy(text)).toThrow(
      expect.objectContaining({ name: 'PolicyError', kind: 'malformed' }),
    );
  });
});

function documentOf(list: readonly OracleStatement[]) {
  return readDocument({ Version: '2012-10-17', Statement: list });
}
