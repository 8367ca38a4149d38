/** KMS keys: rotated, under a policy of their own and used by whom it names. */
import { CLOUDFRONT } from '../../../aws/iam/cloudfront-read.ts';
import { blockOf, blocksOf, stringsOf } from '../../../aws/stack/blocks.ts';
import type { Resource, StackGraph } from '../../../aws/stack/stack-graph.ts';
import { denialOf, judgeUse } from '../denials.ts';
import { nameOf, originPart, statementPart } from '../part.ts';
import {
  allowancesIn,
  covers,
  deniesEverybody,
  exactValues,
  hasExactly,
  isPublic,
  type Policy,
  policiesIn,
  type Statement,
  servicesOf,
} from '../policies.ts';
import {
  at,
  boundTo,
  type Finding,
  type Judged,
  type Rule,
  reference,
  show,
  unless,
  within,
} from '../rule.ts';
import { ownAccountFindings } from './own-account.ts';
import { bucketBehind, bucketsIn, policiesOf } from './s3.ts';

const SSE = 's3:x-amz-server-side-encryption';

export const encryptionRules: readonly Rule[] = [
  {
    id: 's3-one-key-only',
    title:
      'a bucket with a KMS key refuses uploads under another key, another algorithm or a key that the caller supplies',
    why: 'CloudFront cannot read objects under another key, and the owner of that key can withdraw it at any time',
    check: ({ graph }) => bucketsIn(graph).flatMap((bucket) => otherKeyFindings(graph, bucket)),
  },
  {
    id: 'kms-rotated',
    title: 'every symmetric KMS key rotates',
    why: 'leaked key material opens everything that was ever encrypted with it; with rotation it opens one year',
    checkov: ['CKV_AWS_7'],
    check: ({ graph }) =>
      graph
        .ofType('aws_kms_key')
        .filter((key) => isSymmetric(key) && key.block.enable_key_rotation !== true)
        .map(({ address, block }) => ({
          address,
          found: `enable_key_rotation ${show(block.enable_key_rotation)}`,
          wanted: 'enable_key_rotation true',
        })),
  },
  {
    id: 'kms-own-policy',
    title: 'every KMS key has exactly one policy in the stack',
    why: 'KMS’s default policy lets IAM policies of the whole account allow the use of the key; two policies replace each other at every apply',
    checkov: ['CKV2_AWS_64'],
    check: ({ graph }) =>
      graph.ofType('aws_kms_key').flatMap((key) => {
        const count = keyPoliciesOf(graph, key).length;
        return at(key.address, unless(count === 1, `${count} policies`, 'one aws_kms_key_policy, or policy'));
      }),
  },
  {
    id: 'kms-services-bound',
    title:
      'services may use a KMS key only for sources in this account, and CloudFront decrypts only for this stack’s distribution',
    why: 'a service acts for every account: without a source in the condition, a distribution or alarm of any account could use the key',
    check: ({ graph }) =>
      eachKeyAllowance(graph, (statement) =>
        servicesOf(statement).flatMap((service) => serviceFindings(graph, statement, service)),
      ),
  },
  {
    id: 'kms-origin-readable',
    title: 'the KMS key of a bucket that CloudFront serves lets CloudFront decrypt',
    why: 'otherwise CloudFront answers 403 for every object, which looks like a signing fault',
    check: ({ graph }) =>
      graph.ofType('aws_cloudfront_distribution').flatMap((distribution) => {
        const { address, block } = distribution;
        const keys = blocksOf(block.origin).flatMap((origin) => {
          const bucket = bucketBehind(graph, origin.domain_name);
          const key = bucket && keyOfBucket(graph, bucket);
          return key === undefined ? [] : [{ key, part: originPart(origin) }];
        });
        return (
          keys
            .map(({ key, part }) => ({ key, part, policies: keyPoliciesOf(graph, key) }))
            // A key without any policy is the rule's above.
            .filter(({ policies }) => policies.length > 0)
            .flatMap(({ key, part, policies }) => {
              const use = {
                service: CLOUDFRONT,
                action: 'kms:Decrypt',
                resource: `\${${key.address}.arn}`,
                source: distribution,
              };
              const allowances = policies
                .flatMap(({ statements = [] }) => statements)
                .filter(letsCloudFrontDecrypt);
              const denial = denialOf(graph, policies, use);
              // An Allow for another source is the rule's above.
              const isExact = allowances.every((one) => serviceFindings(graph, one, CLOUDFRONT).length === 0);
              const judged = [
                ...unless(
                  allowances.length > 0,
                  `no policy of ${key.address} that allows CloudFront kms:Decrypt`,
                  `an Allow in the policy of ${key.address}`,
                ),
                ...unless(
                  denial === null,
                  `${denial?.name} denies it in the policy of ${key.address}`,
                  'no Deny that CloudFront meets',
                  denial === null ? {} : statementPart(denial),
                ),
                ...unless(
                  allowances.length === 0 ||
                    !isExact ||
                    denial !== null ||
                    judgeUse(graph, policies, use).decision === 'allow',
                  `an Allow in the policy of ${key.address} with conditions that CloudFront does not meet`,
                  'StringEquals AWS:SourceArn as its one condition',
                  { argument: 'Condition' },
                ),
              ];
              return at(address, within(part, judged));
            })
        );
      }),
  },
  {
    id: 'kms-signers-by-name',
    title: 'signing with KMS is allowed only on keys of this stack, and only to principals by name',
    why: 'a principal that may sign can open every title: a pattern also covers the next environment’s key, and a service signs for anybody',
    check: ({ graph }) => [
      ...allowancesIn(graph, 'identity').flatMap(({ resource: { address }, statement }) =>
        at(address, foreignKeys(graph, statement)),
      ),
      ...eachKeyAllowance(graph, (statement, { block }) =>
        block.key_usage === 'SIGN_VERIFY' && covers(statement, 'kms:Sign')
          ? servicesOf(statement).map((service) => ({
              part: { principal: nameOf(service) },
              found: `kms:Sign for ${show(service)}`,
              wanted: 'roles or users, or the account',
            }))
          : [],
      ),
      ...graph
        .ofType('aws_kms_grant')
        .filter(({ block }) => stringsOf(block.operations).includes('Sign'))
        .map(({ address }) => ({
          address,
          found: 'a grant of Sign',
          wanted: 'none: allow signing in a policy, where it is visible',
        })),
    ],
  },
];

/** A key's policies: on itself, and as a resource. */
export function keyPoliciesOf(graph: StackGraph, key: Resource): Policy[] {
  const own = new Set([key, ...graph.referrers(key, 'aws_kms_key_policy', 'key_id')]);
  return policiesIn(graph, 'resource').filter(({ resource }) => own.has(resource));
}

/** The KMS key of this stack that a bucket encrypts with. */
export function keyOfBucket(graph: StackGraph, bucket: Resource): Resource | undefined {
  return graph.target(keyArgumentOf(graph, bucket), 'aws_kms_key', 'arn', 'key_id', 'id');
}

function keyArgumentOf(graph: StackGraph, bucket: Resource): unknown {
  const [encryption] = graph.referrers(
    bucket,
    'aws_s3_bucket_server_side_encryption_configuration',
    'bucket',
  );
  return blockOf(blockOf(encryption?.block.rule).apply_server_side_encryption_by_default).kms_master_key_id;
}

/**
 * Negated operators match where the header is absent, so each stands beside a Null: an upload that names nothing gets the
 * bucket's default. The key's stands beside the algorithm's: "aws:kms" without a key would be the account's own aws/s3.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/specifying-kms-encryption.html
 */
function otherKeyFindings(graph: StackGraph, bucket: Resource): Finding[] {
  const named = keyArgumentOf(graph, bucket);
  const policies = policiesOf(graph, bucket);
  // A bucket without any policy is the TLS rule's.
  if (typeof named !== 'string' || policies.length === 0) return [];
  const own = keyOfBucket(graph, bucket);
  // The header carries the key's ARN, however the bucket names it.
  const key = own === undefined ? named : `\${${own.address}.arn}`;
  const objects = `\${${bucket.address}.arn}/*`;
  const whenNamed = ['Null', SSE, 'false'] as const;
  const wanted = [
    {
      what: 'another algorithm',
      header: SSE,
      conditions: [['StringNotEquals', SSE, 'aws:kms'], whenNamed],
    },
    {
      what: 'another key',
      header: `${SSE}-aws-kms-key-id`,
      conditions: [['StringNotEquals', `${SSE}-aws-kms-key-id`, key], whenNamed],
    },
    {
      what: 'a key of the caller’s',
      header: `${SSE}-customer-algorithm`,
      conditions: [['Null', `${SSE}-customer-algorithm`, 'false']],
    },
  ] as const;
  const denials = policies
    .flatMap(({ statements = [] }) => statements)
    .filter(
      (statement) =>
        deniesEverybody(statement) &&
        statement.resources.includes(objects) &&
        covers(statement, 's3:PutObject'),
    );
  return wanted
    .filter(({ conditions }) => !denials.some((statement) => hasExactly(statement, ...conditions)))
    .map(({ what, header }) => ({
      address: bucket.address,
      part: { argument: header },
      found: `uploads under ${what}`,
      wanted: `a Deny of s3:PutObject on ${objects} for every request that names it, and for no other`,
    }));
}

function isSymmetric({ block }: Resource): boolean {
  const { customer_master_key_spec: spec = 'SYMMETRIC_DEFAULT' } = block;
  return spec === 'SYMMETRIC_DEFAULT';
}

/** Every statement of a key's policy that allows, unless it allows everybody, which is another rule's. */
function eachKeyAllowance(
  graph: StackGraph,
  judge: (statement: Statement, key: Resource) => Judged,
): Finding[] {
  return graph.ofType('aws_kms_key').flatMap((key) =>
    keyPoliciesOf(graph, key).flatMap(({ resource: { address }, statements = [] }) =>
      statements
        .filter((statement) => statement.effect === 'Allow' && !isPublic(statement))
        .flatMap((statement) =>
          at(
            address,
            within(statementPart(statement), judge(statement, key)).map((finding) => ({
              ...finding,
              found: `${statement.name}: ${finding.found}`,
            })),
          ),
        ),
    ),
  );
}

/**
 * EventBridge sends no source to KMS, and with a condition on one every event would be dropped unseen.
 *
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
 */
function serviceFindings(graph: StackGraph, statement: Statement, service: string): Judged {
  if (service === 'events.amazonaws.com') return [];
  if (service === CLOUDFRONT) {
    const isOurs = (source: string) =>
      graph.target(source, 'aws_cloudfront_distribution', 'arn') !== undefined;
    return within({ principal: CLOUDFRONT }, [
      ...boundTo('AWS:SourceArn', exactValues(statement, 'aws:SourceArn'), isOurs).map(({ part, found }) => ({
        part,
        found: `CloudFront for ${found}`,
        wanted: 'StringEquals AWS:SourceArn, the ARN of a distribution of this stack',
      })),
      ...statement.actions
        .filter((action) => action !== 'kms:Decrypt')
        .map((action) => ({
          part: { action: nameOf(action) },
          found: `CloudFront may ${show(action)}`,
          wanted: 'kms:Decrypt and nothing else',
        })),
    ]);
  }
  return ownAccountFindings(graph, statement, service);
}

function letsCloudFrontDecrypt(statement: Statement): boolean {
  return (
    statement.effect === 'Allow' &&
    servicesOf(statement).includes(CLOUDFRONT) &&
    covers(statement, 'kms:Decrypt')
  );
}

/** Keys that somebody may sign with by more than their reference; "*" for action or resource is another rule's. */
function foreignKeys(graph: StackGraph, statement: Statement): Judged {
  const named = {
    ...statement,
    actions: statement.actions.filter((action) => !/^(?:\*|kms:\*)$/i.test(action)),
  };
  if (!covers(named, 'kms:Sign')) return [];
  const foreign = statement.resources
    .filter((resource) => resource !== '*' && graph.target(resource, 'aws_kms_key', 'arn') === undefined)
    .map((resource) => ({
      part: { value: nameOf(resource) },
      found: `${statement.name}: kms:Sign on ${show(resource)}`,
      wanted: reference('aws_kms_key.<name>.arn'),
    }));
  return within(statementPart(statement), foreign);
}
