/** Buckets: private, encrypted, TLS only, and read by nobody but the one distribution. */
import { CLOUDFRONT } from '../../../aws/iam/cloudfront-read.ts';
import { type Block, blockOf, blocksOf, stringsOf } from '../../../aws/stack/blocks.ts';
import type { Resource, StackGraph } from '../../../aws/stack/stack-graph.ts';
import { referencesIn, textsIn } from '../../../aws/stack/template.ts';
import { mustBeRestored } from '../../../aws/values/storage-classes.ts';
import { nameOf, statementPart } from '../part.ts';
import {
  allowancesIn,
  deniesPlainHttp,
  exactValues,
  isPublic,
  type Policy,
  policiesIn,
} from '../policies.ts';
import { at, boundTo, type Finding, type Judged, type Rule, show, unless, within } from '../rule.ts';

const PUBLIC_ACCESS_SETTINGS = [
  'block_public_acls',
  'block_public_policy',
  'ignore_public_acls',
  'restrict_public_buckets',
];

export const s3Rules: readonly Rule[] = [
  {
    id: 's3-public-access-block',
    title: 'every bucket blocks public access in all four ways',
    why: 'otherwise one public ACL or policy that somebody adds later would open the videos to the world',
    checkov: ['CKV2_AWS_6', 'CKV_AWS_53', 'CKV_AWS_54', 'CKV_AWS_55', 'CKV_AWS_56'],
    check: ({ graph }) =>
      eachBucket(graph, 'aws_s3_bucket_public_access_block', (block) =>
        PUBLIC_ACCESS_SETTINGS.filter((setting) => block[setting] !== true).map((setting) => ({
          part: { argument: setting },
          found: `${setting} ${show(block[setting])}`,
          wanted: `${setting} true`,
        })),
      ),
  },
  {
    id: 's3-owner-enforced',
    title: 'every bucket has ACLs switched off',
    why: 'otherwise an object that another account uploads stays theirs, and CloudFront cannot read it through an origin access control',
    checkov: ['CKV2_AWS_65'],
    check: ({ graph }) =>
      eachBucket(graph, 'aws_s3_bucket_ownership_controls', (block) =>
        unless(
          blockOf(block.rule).object_ownership === 'BucketOwnerEnforced',
          `object_ownership ${show(blockOf(block.rule).object_ownership)}`,
          'object_ownership "BucketOwnerEnforced"',
        ),
      ),
  },
  {
    id: 's3-no-acl',
    title: 'nothing sets an ACL',
    why: 'ACLs are off, so the apply would fail halfway; where they are on, a typo is enough to make a bucket public',
    checkov: ['CKV_AWS_20', 'CKV_AWS_57', 'CKV_AWS_375'],
    check: ({ graph }) => [
      ...graph
        .ofType('aws_s3_bucket_acl', 'aws_s3_object_copy', 'aws_s3_bucket', 'aws_s3_object')
        .filter(
          ({ type, block }) =>
            type === 'aws_s3_bucket_acl' || block.acl !== undefined || block.grant !== undefined,
        )
        .map(({ address, block }) => ({
          address,
          found: block.acl === undefined ? 'ACL grants' : `acl ${show(block.acl)}`,
          wanted: 'no ACL: allow access in the bucket policy',
        })),
    ],
  },
  {
    id: 's3-encrypted',
    title: 'every bucket says how it encrypts; a bucket with KMS uses a key of its own, with bucket keys on',
    why: 'AWS may change its default; CloudFront cannot use the AWS-managed KMS key, and without bucket keys every segment costs a KMS request',
    checkov: ['CKV_AWS_19'],
    check: ({ graph }) =>
      eachBucket(graph, 'aws_s3_bucket_server_side_encryption_configuration', (block) => {
        const rule = blockOf(block.rule);
        const { sse_algorithm: algorithm, kms_master_key_id: key } = blockOf(
          rule.apply_server_side_encryption_by_default,
        );
        if (algorithm === 'AES256') return [];
        const kms = algorithm === 'aws:kms' || algorithm === 'aws:kms:dsse';
        return [
          ...unless(kms, `sse_algorithm ${show(algorithm)}`, 'sse_algorithm "AES256" or "aws:kms"', {
            argument: 'sse_algorithm',
          }),
          ...unless(
            !kms || key !== undefined,
            'aws:kms without a key',
            'kms_master_key_id of a key of our own',
            { argument: 'kms_master_key_id' },
          ),
          ...unless(!kms || rule.bucket_key_enabled === true, 'bucket keys off', 'bucket_key_enabled true', {
            argument: 'bucket_key_enabled',
          }),
        ];
      }),
  },
  {
    id: 's3-tls-only',
    title: 'every bucket denies everybody plain HTTP, for the bucket and for its objects',
    why: 'otherwise a presigned upload or a worker with an http:// endpoint would send masters unencrypted',
    checkov: ['CKV_AWS_379'],
    check: ({ graph }) =>
      bucketsIn(graph)
        .filter((bucket) => !policiesOf(graph, bucket).some((policy) => isTlsOnly(policy, bucket)))
        .map(({ address }) => ({
          address,
          found: 'no policy that denies every request without TLS',
          wanted:
            'Deny, Principal "*", s3:*, on the bucket and its objects, while aws:SecureTransport is "false"',
        })),
  },
  {
    id: 's3-no-public-allow',
    title: 'no bucket policy allows anything to everybody',
    why: 'conditions are easy to get wrong, and S3 calls such a policy public; name CloudFront as a service instead',
    checkov: ['CKV_AWS_70'],
    check: ({ graph }) =>
      allowancesIn(graph, 'bucket')
        .filter(({ statement }) => isPublic(statement))
        .map(({ resource: { address }, statement }) => ({
          address,
          part: statementPart(statement),
          found: `${statement.name} allows everybody`,
          wanted: 'principals by name: a service with its source, a role, an account',
        })),
  },
  {
    id: 's3-cloudfront-exact',
    title: 'CloudFront may only get objects, and only for this stack’s distribution',
    why: 'every account’s distributions use the same service principal: without the exact source, a distribution of any account could read the bucket',
    check: ({ graph }) =>
      cloudfrontAllowances(graph).flatMap((allowance) => cloudfrontFindings(graph, allowance)),
  },
  {
    id: 's3-no-website',
    title: 'no bucket is a website',
    why: 'website endpoints speak plain HTTP only and need public objects',
    check: ({ graph }) => [
      ...graph.ofType('aws_s3_bucket_website_configuration').map(({ address }) => ({
        address,
        found: 'a website configuration',
        wanted: 'none: CloudFront serves from the bucket itself',
      })),
      ...bucketsIn(graph)
        .filter(({ block }) => block.website !== undefined)
        .map(({ address }) => ({ address, found: 'a website block', wanted: 'none' })),
    ],
  },
  {
    id: 's3-abort-uploads',
    title: 'every bucket of an environment on AWS aborts incomplete multipart uploads',
    why: 'parts of unfinished uploads are not listed and are billed until they are deleted; those of `local` are removed with the run, and state buckets have none',
    checkov: ['CKV_AWS_300'],
    check: ({ graph, purpose }) =>
      purpose !== 'account'
        ? []
        : eachBucket(graph, 'aws_s3_bucket_lifecycle_configuration', (block) =>
            unless(
              blocksOf(block.rule).some(endsUploads),
              'no enabled rule over every object that aborts incomplete multipart uploads',
              'abort_incomplete_multipart_upload with days_after_initiation',
            ),
          ),
  },
  {
    id: 's3-origin-not-archived',
    title: 'objects that CloudFront serves never move to an archive',
    why: 'an archived segment answers 403 InvalidObjectState until it is restored, which takes hours and looks like a signing fault',
    check: ({ graph }) => archivedOrigins(graph),
  },
  {
    id: 's3-prod-keeps-objects',
    title: 'destroying prod does not destroy its videos',
    why: 'force_destroy empties a bucket before it deletes it, all versions included',
    check: ({ graph, environment }) =>
      bucketsIn(graph)
        .filter(({ block }) => environment === 'prod' && block.force_destroy === true)
        .map(({ address }) => ({
          address,
          found: 'force_destroy true',
          wanted: 'force_destroy false in prod',
        })),
  },
];

/** The bucket behind an origin, by the graph. */
export function bucketBehind(graph: StackGraph, domainName: unknown): Resource | undefined {
  return graph.target(domainName, 'aws_s3_bucket', 'bucket_regional_domain_name');
}

/** The bucket that a value names or refers to, by way of its policy too (whatever refers to that waits for it). */
export function bucketOf(graph: StackGraph, value: unknown): Resource | undefined {
  const [found] = referencesIn(value).flatMap(({ address }) => graph.at(address) ?? []);
  if (found?.type === 'aws_s3_bucket') return found;
  return found?.type === 'aws_s3_bucket_policy' ? bucketOf(graph, found.block.bucket) : undefined;
}

/** Statements that let CloudFront do something in a bucket. */
export function cloudfrontAllowances(graph: StackGraph) {
  return allowancesIn(graph, 'bucket').filter(({ statement: { principals } }) =>
    principals.some(({ kind, id }) => kind === 'Service' && id === CLOUDFRONT),
  );
}

export function bucketsIn(graph: StackGraph): Resource[] {
  return graph.ofType('aws_s3_bucket');
}

/** Judges the settings of each bucket that are a separate resource; the resource must exist. */
function eachBucket(graph: StackGraph, type: string, judge: (block: Resource['block']) => Judged): Finding[] {
  return bucketsIn(graph).flatMap((bucket) => {
    const settings = graph.referrers(bucket, type, 'bucket');
    if (settings.length === 0) {
      return [
        {
          address: bucket.address,
          found: `no ${type}`,
          wanted: `one whose bucket is \${${bucket.address}.id}`,
        },
      ];
    }
    return settings.flatMap(({ address, block }) => judge(block).map((finding) => ({ address, ...finding })));
  });
}

/** A rule with a filter ends some uploads only. */
function endsUploads({ status, filter, prefix, abort_incomplete_multipart_upload: abort }: Block): boolean {
  const everything = textsIn([filter, { prefix }]).every(({ text }) => text === '');
  const { days_after_initiation: days } = blockOf(abort);
  return status === 'Enabled' && everything && typeof days === 'number' && days > 0;
}

/** The policies that stand on a bucket. */
export function policiesOf(graph: StackGraph, bucket: Resource): Policy[] {
  const own = graph.referrers(bucket, 'aws_s3_bucket_policy', 'bucket').map(({ address }) => address);
  return policiesIn(graph, 'bucket').filter(
    ({ resource: { address } }) => own.includes(address) || address === bucket.address,
  );
}

function isTlsOnly({ statements = [] }: Policy, bucket: Resource): boolean {
  const arn = `\${${bucket.address}.arn}`;
  return statements.some((statement) => deniesPlainHttp(statement, ['s3:*', '*'], [arn, `${arn}/*`]));
}

export function cloudfrontFindings(
  graph: StackGraph,
  { resource: { address }, statement }: ReturnType<typeof cloudfrontAllowances>[number],
): Finding[] {
  const { name, actions } = statement;
  const isOurs = (source: string) => graph.target(source, 'aws_cloudfront_distribution', 'arn') !== undefined;
  const judged = [
    ...boundTo('AWS:SourceArn', exactValues(statement, 'AWS:SourceArn'), isOurs).map(({ part, found }) => ({
      part,
      found: `${name} for ${found}`,
      wanted: 'StringEquals AWS:SourceArn, the ARN of a distribution of this stack',
    })),
    ...actions
      .filter((action) => action !== 's3:GetObject')
      .map((action) => ({
        part: { action: nameOf(action) },
        found: `${name} allows ${show(action)}`,
        wanted: 's3:GetObject and nothing else',
      })),
  ];
  return at(address, within(statementPart(statement), judged));
}

function archivedOrigins(graph: StackGraph): Finding[] {
  const served = graph
    .ofType('aws_cloudfront_distribution')
    .flatMap(({ block }) => blocksOf(block.origin))
    .flatMap((origin) => bucketBehind(graph, origin.domain_name) ?? []);
  return [...new Set(served)].flatMap((bucket) =>
    graph.referrers(bucket, 'aws_s3_bucket_lifecycle_configuration', 'bucket').flatMap(({ address, block }) =>
      blocksOf(block.rule)
        .flatMap(({ id, transition }) =>
          blocksOf(transition)
            .flatMap(({ storage_class }) => stringsOf(storage_class))
            .map((storage) => ({ id, storage })),
        )
        .filter(({ storage }) => mustBeRestored(storage))
        .map(({ id, storage }) => ({
          address,
          part: { entry: nameOf(id), value: storage },
          found: `a transition to ${storage} of what ${bucket.address} serves`,
          wanted: 'STANDARD_IA, which answers at once',
        })),
    ),
  );
}
