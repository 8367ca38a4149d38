/**
 * Every condition operator against values, by the words of AWS's reference: what it says is answered so, and what it leaves
 * open is `unknown`, never `yes`. Each row names the section that it is from.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { meetsCondition } from '../../../aws/iam/conditions.ts';
import { readDocument } from '../../../aws/iam/document.ts';
import { judge } from '../../../aws/iam/evaluate.ts';
import { type ConditionContext, lookupIn } from '../../../aws/iam/request-context.ts';

const REFERENCE = 'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_';
const STRING = 'elements_condition_operators.html#Conditions_String';
const NUMERIC = 'elements_condition_operators.html#Conditions_Numeric';
const DATE = 'elements_condition_operators.html#Conditions_Date';
const BOOLEAN = 'elements_condition_operators.html#Conditions_Boolean';
const BINARY = 'elements_condition_operators.html#Conditions_BinaryEquals';
const IP = 'elements_condition_operators.html#Conditions_IPAddress';
const ARN = 'elements_condition_operators.html#Conditions_ARN';
const IF_EXISTS = 'elements_condition_operators.html#Conditions_IfExists';
const NULL = 'elements_condition_operators.html#Conditions_Null';
const SETS = 'condition-single-vs-multi-valued-context-keys.html';
const LOGIC = 'condition-logic-multiple-context-keys-or-values.html';
const VARIABLES = 'variables.html';
const ACTION = 'elements_action.html';
const NOT_ACTION = 'elements_notaction.html';
const RESOURCE = 'elements_resource.html';
const NOT_RESOURCE = 'elements_notresource.html';
const PRINCIPAL = 'elements_principal.html';
const NOT_PRINCIPAL = 'elements_notprincipal.html';

type Answer = 'yes' | 'no' | 'unknown';
type Given = string | readonly string[] | undefined;
type Row = readonly [
  answer: Answer,
  operator: string,
  wanted: readonly string[],
  actual: Given,
  page: string,
];

const TOPIC = 'arn:aws:sns:eu-central-1:444455556666:alarms';

/** Of each order: whether 9, 10 and 11 meet it with 10. */
const ORDERS = {
  Equals: ['no', 'yes', 'no'],
  NotEquals: ['yes', 'no', 'yes'],
  LessThan: ['yes', 'no', 'no'],
  LessThanEquals: ['yes', 'yes', 'no'],
  GreaterThan: ['no', 'no', 'yes'],
  GreaterThanEquals: ['no', 'yes', 'yes'],
} as const;

const ROWS: readonly Row[] = [
  // "Exact matching, case sensitive", and its opposites.
  ['yes', 'StringEquals', ['a'], 'a', STRING],
  ['no', 'StringEquals', ['a'], 'A', STRING],
  ['no', 'StringEquals', ['a*'], 'ab', STRING],
  ['yes', 'StringEquals', ['a*'], 'a*', STRING],
  ['no', 'StringEquals', ['a?'], 'ab', STRING],
  ['no', 'StringEquals', ['a'], '', STRING],
  ['no', 'StringEquals', ['a'], 'a ', STRING],
  ['yes', 'StringEquals', ['a', 'b'], 'b', LOGIC],
  ['no', 'StringEquals', ['a'], undefined, STRING],
  ['no', 'StringNotEquals', ['a'], 'a', STRING],
  ['yes', 'StringNotEquals', ['a'], 'A', STRING],
  ['yes', 'StringNotEquals', ['a*'], 'ab', STRING],
  // "NOR": no value may match.
  ['no', 'StringNotEquals', ['a', 'b'], 'b', LOGIC],
  ['yes', 'StringNotEquals', ['a'], undefined, STRING],
  ['yes', 'StringEqualsIgnoreCase', ['a'], 'A', STRING],
  ['no', 'StringEqualsIgnoreCase', ['a*'], 'AB', STRING],
  ['no', 'StringEqualsIgnoreCase', ['a'], undefined, STRING],
  ['no', 'StringNotEqualsIgnoreCase', ['a'], 'A', STRING],
  ['yes', 'StringNotEqualsIgnoreCase', ['a'], 'b', STRING],
  ['yes', 'StringNotEqualsIgnoreCase', ['a'], undefined, STRING],
  // "Case-sensitive matching. The values can include multi-character match wildcards (*) and single-character ones (?)".
  ['yes', 'StringLike', ['a*'], 'abc', STRING],
  ['yes', 'StringLike', ['a*'], 'a', STRING],
  ['yes', 'StringLike', ['a?c'], 'abc', STRING],
  ['no', 'StringLike', ['a?'], 'a', STRING],
  ['no', 'StringLike', ['A*'], 'abc', STRING],
  ['yes', 'StringLike', ['*:*/?'], 'a:b/c', STRING],
  ['no', 'StringLike', ['a*'], undefined, STRING],
  ['no', 'StringNotLike', ['a*'], 'abc', STRING],
  ['yes', 'StringNotLike', ['a*'], 'b', STRING],
  ['yes', 'StringNotLike', ['a*'], undefined, STRING],

  ...numeric(),
  ...dates(),
  ['unknown', 'NumericEquals', ['10*'], '100', NUMERIC],
  ['unknown', 'NumericEquals', ['1e1'], '10', NUMERIC],
  ['unknown', 'NumericEquals', ['0x0a'], '10', NUMERIC],
  ['unknown', 'NumericEquals', [''], '0', NUMERIC],
  ['unknown', 'NumericEquals', ['10'], 'ten', NUMERIC],
  ['unknown', 'NumericLessThan', ['10'], 'NaN', NUMERIC],
  ['unknown', 'NumericLessThan', ['10'], '', NUMERIC],
  ['unknown', 'NumericLessThan', ['Infinity'], '10', NUMERIC],
  // A number of JavaScript's would take the two for one.
  ['unknown', 'NumericEquals', ['9007199254740993'], '9007199254740992', NUMERIC],
  ['unknown', 'NumericEquals', ['0.1000000000000000001'], '0.1', NUMERIC],
  ['yes', 'NumericEquals', ['000000000000000010'], '10', NUMERIC],

  // The W3C's forms of ISO 8601, or seconds since 1970.
  ['yes', 'DateEquals', ['2026-11-20T12:00:00Z'], '1795176000', DATE],
  ['yes', 'DateEquals', ['2026-11-20T13:00:00+01:00'], '2026-11-20T12:00:00Z', DATE],
  ['yes', 'DateEquals', ['2026-11-20'], '2026-11-20T00:00:00Z', DATE],
  ['unknown', 'DateLessThan', ['2026-11-20 12:00'], '2026-01-01', DATE],
  ['unknown', 'DateLessThan', ['2026-11-20T12:00:00'], '2026-01-01', DATE],
  ['unknown', 'DateLessThan', ['tomorrow'], '2026-01-01', DATE],
  ['unknown', 'DateLessThan', ['2026-13-01'], '2026-01-01', DATE],
  // No such day, and no such hour: `Date.parse` gives the next one.
  ['unknown', 'DateLessThan', ['2026-02-30'], '2026-03-01', DATE],
  ['unknown', 'DateGreaterThan', ['2026-02-29'], '2026-03-02', DATE],
  ['unknown', 'DateGreaterThan', ['2026-01-01T24:00:00Z'], '2026-06-01', DATE],
  // Less than a millisecond is more than a Date keeps.
  ['unknown', 'DateEquals', ['2026-01-01T00:00:00.0001Z'], '2026-01-01T00:00:00.0002Z', DATE],
  // Milliseconds since 1970 would be a date in another age.
  ['unknown', 'DateLessThan', ['1795176000000'], '2026-01-01', DATE],

  ['yes', 'Bool', ['true'], 'true', BOOLEAN],
  ['yes', 'Bool', ['True'], 'true', BOOLEAN],
  ['no', 'Bool', ['false'], 'true', BOOLEAN],
  ['no', 'Bool', ['false'], undefined, BOOLEAN],
  ['no', 'Bool', ['true'], undefined, BOOLEAN],
  ['unknown', 'Bool', ['1'], 'true', BOOLEAN],
  ['unknown', 'Bool', ['yes'], 'yes', BOOLEAN],
  ['unknown', 'Bool', ['tru*'], 'true', BOOLEAN],
  ['unknown', 'NotBool', ['true'], 'false', BOOLEAN],

  ['unknown', 'BinaryEquals', ['QmFzZTY0'], 'QmFzZTY0', BINARY],
  ['unknown', 'BinaryEqualsIfExists', ['QmFzZTY0'], undefined, BINARY],

  // "The value must be in the standard CIDR format. … an individual IP address or a range."
  ['yes', 'IpAddress', ['203.0.113.0/24'], '203.0.113.7', IP],
  ['yes', 'IpAddress', ['203.0.113.7'], '203.0.113.7', IP],
  ['no', 'IpAddress', ['203.0.113.0/24'], '203.0.114.7', IP],
  ['yes', 'IpAddress', ['0.0.0.0/0'], '203.0.113.7', IP],
  ['no', 'IpAddress', ['0.0.0.0/0'], '2001:db8::1', IP],
  ['no', 'IpAddress', ['::/0'], '203.0.113.7', IP],
  ['yes', 'NotIpAddress', ['::/0'], '203.0.113.7', IP],
  ['yes', 'IpAddress', ['2001:db8::/32'], '2001:DB8:0::1', IP],
  ['yes', 'IpAddress', ['10.0.0.0/8', '203.0.113.7/32'], '203.0.113.7', IP],
  ['no', 'IpAddress', ['203.0.113.0/24'], undefined, IP],
  ['no', 'NotIpAddress', ['203.0.113.0/24'], '203.0.113.7', IP],
  ['yes', 'NotIpAddress', ['203.0.113.0/24'], '198.51.100.7', IP],
  ['yes', 'NotIpAddress', ['203.0.113.0/24'], undefined, IP],
  ['unknown', 'IpAddress', ['203.0.113.0/33'], '203.0.113.7', IP],
  ['unknown', 'IpAddress', ['203.0.113.*'], '203.0.113.7', IP],
  ['unknown', 'IpAddress', ['203.0.113.0/24/1'], '203.0.113.7', IP],
  ['unknown', 'IpAddress', ['010.0.0.0/8'], '10.0.0.1', IP],
  ['unknown', 'NotIpAddress', ['somewhere'], '203.0.113.7', IP],
  ['unknown', 'IpAddress', ['203.0.113.0/24'], 'sqs.amazonaws.com', IP],
  // Node takes an IPv4 address in IPv6's form for the IPv4 address, and an address on a link for one of the range.
  ['unknown', 'IpAddress', ['10.0.0.0/8'], '::ffff:10.1.2.3', IP],
  ['unknown', 'IpAddress', ['10.0.0.0/8'], '0:0:0:0:0:ffff:0a01:0203', IP],
  ['no', 'IpAddress', ['10.0.0.0/8'], '::ffff:11.1.2.3', IP],
  ['unknown', 'IpAddress', ['::ffff:10.0.0.0/104'], '10.1.2.3', IP],
  ['unknown', 'NotIpAddress', ['10.0.0.0/8'], '::ffff:10.1.2.3', IP],
  ['unknown', 'NotIpAddress', ['2001:db8::/32'], 'fe80::1%eth0', IP],

  // "Each of the six colon-delimited components of the ARN is checked separately"; Equals and Like "behave identically".
  ...['ArnEquals', 'ArnLike'].flatMap((operator): Row[] => [
    ['yes', operator, [TOPIC], TOPIC, ARN],
    ['no', operator, [TOPIC.toUpperCase()], TOPIC, ARN],
    ['yes', operator, ['arn:aws:sns:*:444455556666:*'], TOPIC, ARN],
    ['yes', operator, ['arn:aws:sns:eu-?entral-1:*:alarms'], TOPIC, ARN],
    ['no', operator, ['arn:aws:sns:*:alarms'], TOPIC, ARN],
    ['no', operator, ['arn:aws:*'], TOPIC, ARN],
    ['no', operator, ['*'], TOPIC, ARN],
    [
      'yes',
      operator,
      ['arn:aws:logs:*:*:log-group:*'],
      'arn:aws:logs:eu-west-1:444455556666:log-group:a:b',
      ARN,
    ],
    ['no', operator, ['arn:aws:sns:*:444455556666:*'], 'alarms', ARN],
    ['no', operator, ['arn:aws:sns:*:*:*'], undefined, ARN],
    ['yes', operator.replace('Arn', 'ArnNot'), ['arn:aws:sqs:*:*:*'], TOPIC, ARN],
    ['no', operator.replace('Arn', 'ArnNot'), ['arn:aws:sns:*:*:*'], TOPIC, ARN],
    ['yes', operator.replace('Arn', 'ArnNot'), ['arn:aws:sns:*:*:*'], undefined, ARN],
  ]),

  // "If the condition key is present … process it as specified. If it is not, evaluate the condition element as true."
  ...[
    ['StringEquals', 'a', 'b'],
    ['StringEqualsIgnoreCase', 'a', 'b'],
    ['StringLike', 'a*', 'b'],
    ['NumericLessThan', '1', '2'],
    ['DateGreaterThan', '2026-01-01', '2025-01-01'],
    ['Bool', 'true', 'false'],
    ['IpAddress', '10.0.0.0/8', '203.0.113.7'],
    ['ArnLike', 'arn:aws:sqs:*:*:*', TOPIC],
  ].flatMap(([operator, wanted, other]): Row[] => [
    ['yes', `${operator}IfExists`, [wanted as string], undefined, IF_EXISTS],
    ['no', `${operator}IfExists`, [wanted as string], other, IF_EXISTS],
  ]),
  ['unknown', 'StringEqualsIfExistsIfExists', ['a'], undefined, IF_EXISTS],

  // "true: the key doesn't exist", "false: the key exists and its value is not null".
  ['yes', 'Null', ['true'], undefined, NULL],
  ['no', 'Null', ['true'], 'a', NULL],
  ['no', 'Null', ['false'], undefined, NULL],
  ['yes', 'Null', ['false'], 'a', NULL],
  ['yes', 'Null', ['true', 'false'], 'a', NULL],
  ['unknown', 'Null', ['maybe'], 'a', NULL],
  ['unknown', 'Null', ['false'], '', NULL],
  ['unknown', 'Null', ['true'], '', NULL],
  // "…to the end of any condition operator name except the Null condition".
  ['unknown', 'NullIfExists', ['true'], undefined, IF_EXISTS],

  // ForAllValues: every value of the request; "true if there are no keys in the request".
  ['yes', 'ForAllValues:StringEquals', ['a', 'b'], ['a'], SETS],
  ['no', 'ForAllValues:StringEquals', ['a', 'b'], ['a', 'c'], SETS],
  ['yes', 'ForAllValues:StringEquals', ['a'], undefined, SETS],
  ['yes', 'ForAllValues:StringEquals', ['a'], [''], SETS],
  ['no', 'ForAllValues:StringNotEquals', ['a'], ['a', 'b'], SETS],
  ['yes', 'ForAllValues:StringNotEquals', ['a'], ['b', 'c'], SETS],
  ['yes', 'ForAllValues:ArnLike', ['arn:aws:sns:*:*:*'], [TOPIC], SETS],
  ['unknown', 'ForAllValues:NumericLessThan', ['10'], ['1', 'x'], SETS],
  ['no', 'ForAllValues:NumericLessThan', ['10'], ['11', 'x'], SETS],
  // ForAnyValue: at least one; "if no matching context key exists, … returns false".
  ['yes', 'ForAnyValue:StringEquals', ['a'], ['b', 'a'], SETS],
  ['no', 'ForAnyValue:StringEquals', ['a'], ['b', 'c'], SETS],
  ['no', 'ForAnyValue:StringEquals', ['a'], undefined, SETS],
  ['no', 'ForAnyValue:StringEquals', ['a'], [''], SETS],
  ['yes', 'ForAnyValue:StringNotEquals', ['a'], ['a', 'b'], SETS],
  ['no', 'ForAnyValue:StringNotEquals', ['a'], ['a'], SETS],
  ['yes', 'ForAnyValue:StringLikeIfExists', ['a*'], undefined, IF_EXISTS],
  ['unknown', 'ForEveryValue:StringEquals', ['a'], ['a'], SETS],
  ['unknown', 'ForAnyValue:ForAllValues:StringEquals', ['a'], ['a'], SETS],
  ['unknown', 'ForAnyValue:Null', ['true'], undefined, SETS],
  // "Multivalued context keys require a condition set operator."
  ['unknown', 'StringEquals', ['a'], ['a', 'b'], SETS],
  ['unknown', 'StringNotEquals', ['a'], ['b', 'c'], SETS],

  // Names of operators that AWS does not have.
  ['unknown', 'stringequals', ['a'], 'a', STRING],
  ['unknown', 'StringEqual', ['a'], 'a', STRING],
  ['unknown', 'StringLikeIgnoreCase', ['a'], 'a', STRING],
  ['unknown', 'NumericLike', ['1'], '1', NUMERIC],
  ['unknown', 'DateIsExists', ['1'], '1', DATE],
  ['unknown', '', ['a'], 'a', STRING],
  ['unknown', 'toString', ['a'], 'a', STRING],
];

function numeric(): Row[] {
  return Object.entries(ORDERS).flatMap(([order, [less, same, more]]): Row[] => [
    [less, `Numeric${order}`, ['10'], '9', NUMERIC],
    [less, `Numeric${order}`, ['10'], '-11', NUMERIC],
    [same, `Numeric${order}`, ['10'], '10.0', NUMERIC],
    [more, `Numeric${order}`, ['10'], '11', NUMERIC],
    [order === 'NotEquals' ? 'yes' : 'no', `Numeric${order}`, ['10'], undefined, NUMERIC],
  ]);
}

function dates(): Row[] {
  return Object.entries(ORDERS).flatMap(([order, [less, same, more]]): Row[] => [
    [less, `Date${order}`, ['2026-11-20T12:00:00Z'], '2026-11-20T11:59:59Z', DATE],
    [same, `Date${order}`, ['2026-11-20T12:00:00Z'], '2026-11-20T12:00:00.000Z', DATE],
    [more, `Date${order}`, ['2026-11-20T12:00:00Z'], '1795176001', DATE],
    [order === 'NotEquals' ? 'yes' : 'no', `Date${order}`, ['2026-11-20'], undefined, DATE],
  ]);
}

describe('a condition operator', () => {
  it.each(ROWS)(
    `answers %s: %s of %j where the request has %j (${REFERENCE}%s)`,
    (answer, operator, wanted, actual) => {
      expect(meets(operator, wanted, actual)).toBe(answer);
    },
  );

  it('is never met, and never unmet, by what nobody here can see', () => {
    for (const [answer, operator, wanted] of ROWS) {
      const condition = { operator, key: 'aws:somekey', values: wanted };
      expect(meetsCondition(condition, lookupIn({}, 'unknown'), null), `${operator}, ${answer}`).toBe(
        'unknown',
      );
    }
  });

  it('compares days as a calendar does, and no day that it does not have', () => {
    const part = (most: number) => fc.integer({ min: 0, max: most }).map((n) => String(n).padStart(2, '0'));
    fc.assert(
      fc.property(fc.integer({ min: 1990, max: 2100 }), part(13), part(32), (year, month, day) => {
        const text = `${year}-${month}-${day}`;
        const days = new Date(Date.UTC(year, Number(month), 0)).getUTCDate();
        const exists = Number(month) >= 1 && Number(month) <= 12 && Number(day) >= 1 && Number(day) <= days;
        expect(meets('DateEquals', [text], text)).toBe(exists ? 'yes' : 'unknown');
      }),
    );
  });
});

type Decision = 'allow' | 'deny' | 'none' | 'unknown';
const ACCOUNT = '444455556666';
const ROLE = `arn:aws:iam::${ACCOUNT}:role/backend`;
const SESSION = `arn:aws:sts::${ACCOUNT}:assumed-role/backend/i-1`;
const ROOT = `arn:aws:iam::${ACCOUNT}:root`;
const OBJECT = 'arn:aws:s3:::masters/uploads/ada';

/** What a statement makes of one request: the role's session that reads `OBJECT`. */
const LOG = 'arn:aws:logs:eu-west-1:444455556666:log-group:a:b';

/** Wildcards of a pattern of resources, by where they are in the ARN. */
const PATTERNS: readonly (readonly [decision: Decision, pattern: string, resource: string, page: string])[] =
  [
    // "If the * wildcard is the last character of a resource ARN segment, it can expand to match beyond the colon boundaries."
    ['allow', '*', LOG, RESOURCE],
    ['allow', 'arn:*', LOG, RESOURCE],
    ['allow', 'arn:aws:logs:*:log-group:*', LOG, RESOURCE],
    ['allow', 'arn:aws:logs:*:b', LOG, RESOURCE],
    ['allow', 'arn:aws:logs:eu-west-?:444455556666:log-group:a:?', LOG, RESOURCE],
    ['allow', 'arn:aws:logs:eu*1:*:*', LOG, RESOURCE],
    ['allow', 'arn:aws:s3:::masters/*/a', 'arn:aws:s3:::masters/x/y/a', RESOURCE],
    // Of any other it does not say so, nor that it cannot.
    ['unknown', 'arn:aws:logs:eu*6:log-group:a:b', LOG, RESOURCE],
    ['unknown', 'arn:aws:logs:eu-west-1?444455556666:log-group:a:b', LOG, RESOURCE],
    ['unknown', 'arn:aws:s3:::masters/*/a', 'arn:aws:s3:::masters/x:y/a', RESOURCE],
    ['none', 'arn:aws:logs:eu*7:log-group:a:b', LOG, RESOURCE],
    ['none', 'arn:aws:s3:::masters/?/a', 'arn:aws:s3:::masters/xy/a', RESOURCE],
  ];

const STATEMENTS: readonly (readonly [
  decision: Decision,
  statement: Record<string, unknown>,
  page: string,
])[] = [
  // "The prefix and the action name are case insensitive."
  ['allow', { Action: 'S3:getOBJECT' }, ACTION],
  ['allow', { Action: 's3:*Object' }, ACTION],
  ['allow', { Action: '*' }, ACTION],
  ['none', { Action: 's3:GetObjectVersion' }, ACTION],
  ['none', { Action: 's3:GetObject?' }, ACTION],
  ['none', { Action: 's3-outposts:GetObject' }, ACTION],
  // "Everything except the specified list."
  ['allow', { NotAction: 'iam:*' }, NOT_ACTION],
  ['none', { NotAction: 's3:get*' }, NOT_ACTION],
  ['none', { NotAction: ['iam:*', 's3:*'] }, NOT_ACTION],
  ['unknown', { Action: 's3:*', NotAction: 'iam:*' }, NOT_ACTION],
  ['deny', { Effect: 'Deny', NotAction: 'iam:*' }, NOT_ACTION],

  ['allow', { Resource: 'arn:aws:s3:::masters/*' }, RESOURCE],
  ['allow', { Resource: 'arn:aws:s3:::masters/uploads/a?a' }, RESOURCE],
  ['none', { Resource: 'arn:aws:s3:::MASTERS/*' }, RESOURCE],
  ['none', { Resource: 'arn:aws:s3:::masters' }, RESOURCE],
  ['none', { Resource: 'arn:aws:s3:::masters/uploads/ada/*' }, RESOURCE],
  ['allow', { NotResource: 'arn:aws:s3:::outputs/*' }, NOT_RESOURCE],
  ['none', { NotResource: 'arn:aws:s3:::masters/*' }, NOT_RESOURCE],
  ['none', { NotResource: ['arn:aws:s3:::outputs/*', '*'] }, NOT_RESOURCE],
  ['unknown', { Resource: '*', NotResource: 'arn:aws:s3:::outputs/*' }, NOT_RESOURCE],
  ['deny', { Effect: 'Deny', NotResource: 'arn:aws:s3:::outputs/*' }, NOT_RESOURCE],

  ['allow', { Principal: '*' }, PRINCIPAL],
  ['allow', { Principal: { AWS: ACCOUNT } }, PRINCIPAL],
  ['allow', { Principal: { AWS: ROOT } }, PRINCIPAL],
  ['allow', { Principal: { AWS: [SESSION] } }, PRINCIPAL],
  // "You cannot use a wildcard to match part of a principal name or ARN."
  ['none', { Principal: { AWS: `arn:aws:iam::${ACCOUNT}:role/*` } }, PRINCIPAL],
  ['none', { Principal: { AWS: '111122223333' } }, PRINCIPAL],
  ['none', { Principal: { Federated: ROLE } }, PRINCIPAL],
  ['none', { Principal: { Service: 's3.amazonaws.com' } }, PRINCIPAL],
  ['unknown', { Principal: { CanonicalUser: 'f00' } }, PRINCIPAL],
  // "With "Effect": "Allow" is not supported": it would open the resource to everybody.
  ['unknown', { Principal: undefined, NotPrincipal: { AWS: '111122223333' } }, NOT_PRINCIPAL],
  ['deny', { Effect: 'Deny', Principal: undefined, NotPrincipal: { AWS: '111122223333' } }, NOT_PRINCIPAL],
  [
    'none',
    { Effect: 'Deny', Principal: undefined, NotPrincipal: { AWS: [ROOT, ROLE, SESSION] } },
    NOT_PRINCIPAL,
  ],
  [
    'unknown',
    { Effect: 'Deny', Principal: undefined, NotPrincipal: { AWS: [ROLE, SESSION] } },
    NOT_PRINCIPAL,
  ],
  ['unknown', { Effect: 'Deny', NotPrincipal: { AWS: ROOT } }, NOT_PRINCIPAL],

  ['allow', { Resource: `arn:aws:s3:::masters/uploads/\${aws:username}` }, VARIABLES],
  ['allow', { Resource: `arn:aws:s3:::masters/uploads/\${AWS:UserName}` }, VARIABLES],
  ['none', { Resource: `arn:aws:s3:::masters/uploads/\${aws:PrincipalTag/team}` }, VARIABLES],
  ['allow', { Resource: `arn:aws:s3:::masters/uploads/\${aws:userid, 'ada'}` }, VARIABLES],
  ['unknown', { Resource: `arn:aws:s3:::masters/uploads/\${aws:userid}` }, VARIABLES],
  // Whether a wildcard in a value or a default is one is not said.
  ['unknown', { Resource: `arn:aws:s3:::masters/\${aws:PrincipalTag/any}` }, VARIABLES],
  ['unknown', { Resource: `arn:aws:s3:::masters/\${aws:userid, '*'}` }, VARIABLES],
  ['unknown', { Resource: `arn:aws:s3:::masters/\${aws:PrincipalTag/many}` }, VARIABLES],
  ['none', { Resource: `arn:aws:s3:::masters/\${*}` }, VARIABLES],
  ['unknown', { Resource: `arn:aws:s3:::masters/\${}` }, VARIABLES],
  ['allow', when('StringEquals', 's3:prefix', `\${aws:username}/`), VARIABLES],
  ['allow', when('StringLike', 's3:prefix', `\${aws:username}*`), VARIABLES],
  ['none', when('StringEquals', 's3:prefix', `\${aws:username}`), VARIABLES],
  ['unknown', when('StringEquals', 's3:prefix', `\${aws:userid}/`), VARIABLES],
  ['unknown', when('StringNotEquals', 's3:prefix', `\${aws:userid}/`), VARIABLES],
  // "You cannot use a policy variable with the Numeric, Date, Boolean, Binary, IP Address, or Null operators."
  ['unknown', when('NumericEquals', 's3:max-keys', `\${s3:max-keys}`), VARIABLES],
  ['unknown', when('DateLessThan', 'aws:CurrentTime', `\${aws:CurrentTime}`), VARIABLES],
  ['unknown', when('Bool', 'aws:SecureTransport', `\${aws:SecureTransport}`), VARIABLES],
  ['unknown', when('IpAddress', 'aws:SourceIp', `\${aws:SourceIp}`), VARIABLES],
  ['unknown', when('Null', 'aws:username', `\${aws:SecureTransport}`), VARIABLES],

  // Keys: "condition key names are not case-sensitive"; operators and keys are joined by AND.
  ['allow', when('StringEquals', 'S3:PREFIX', 'ada/'), LOGIC],
  [
    'none',
    { Condition: { StringEquals: { 's3:prefix': 'ada/' }, Bool: { 'aws:SecureTransport': 'false' } } },
    LOGIC,
  ],
  ['none', { Condition: { StringEquals: { 's3:prefix': 'ada/', 'aws:username': 'bob' } } }, LOGIC],
  // What does not hold settles it, whatever the rest.
  ['none', { Condition: { BinaryEquals: { k: 'QQ==' }, StringEquals: { 'aws:username': 'bob' } } }, LOGIC],
];

describe('a resource', () => {
  it.each(PATTERNS)(`comes to %s: %s for %s (${REFERENCE}%s)`, (decision, pattern, resource) => {
    const ask = (statement: object) =>
      judge([readDocument({ Version: '2012-10-17', Statement: { Action: '*', ...statement } })], {
        principal: 'holder',
        action: 's3:GetObject',
        resource,
      }).decision;

    expect(ask({ Effect: 'Allow', Resource: pattern })).toBe(decision);
    const inverted = { allow: 'none', none: 'deny', unknown: 'unknown' } as Record<Decision, Decision>;
    expect(ask({ Effect: 'Deny', NotResource: pattern })).toBe(inverted[decision]);
  });
});

describe('a statement', () => {
  it.each(STATEMENTS)(`comes to %s: %j (${REFERENCE}%s)`, (decision, changes) => {
    expect(decisionOn(changes)).toBe(decision);
  });

  it('never allows what it would not deny, and the other way round', () => {
    for (const [decision, changes] of STATEMENTS) {
      // An Allow has no NotPrincipal.
      if ('NotPrincipal' in changes) continue;
      const turned = decisionOn({ ...changes, Effect: changes.Effect === 'Deny' ? 'Allow' : 'Deny' });
      const expected = { allow: 'deny', deny: 'allow', none: 'none', unknown: 'unknown' }[decision];
      expect(turned, JSON.stringify(changes)).toBe(expected);
    }
  });
});

function meets(operator: string, wanted: readonly string[], actual: Given): Answer {
  const context: ConditionContext = actual === undefined ? {} : { 'aws:SomeKey': actual };
  return meetsCondition({ operator, key: 'aws:somekey', values: wanted }, lookupIn(context, 'absent'), null);
}

function when(operator: string, key: string, value: string): Record<string, unknown> {
  return { Condition: { [operator]: { [key]: value } } };
}

function decisionOn(changes: Record<string, unknown>): Decision {
  const whole = {
    Effect: 'Allow',
    Principal: '*',
    ...('NotAction' in changes ? {} : { Action: 's3:GetObject' }),
    ...('NotResource' in changes ? {} : { Resource: '*' }),
    ...changes,
  };
  const document = readDocument({ Version: '2012-10-17', Statement: [JSON.parse(JSON.stringify(whole))] });
  return judge([document], {
    principal: { kind: 'account', accountId: ACCOUNT, arn: ROLE, sessionArn: SESSION },
    action: 's3:GetObject',
    resource: OBJECT,
    context: {
      'aws:username': 'ada',
      'aws:PrincipalTag/team': 'red',
      'aws:PrincipalTag/any': '*',
      'aws:PrincipalTag/many': ['uploads/ada', 'b'],
      's3:prefix': 'ada/',
      's3:max-keys': '10',
      'aws:CurrentTime': '2026-11-20T12:00:00Z',
      'aws:SourceIp': '203.0.113.7',
    },
  }).decision;
}
