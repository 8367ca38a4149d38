/** Logs: they arrive, nobody but the log services writes them, and nothing in them opens a video. */

import { blockOf, blocksOf, stringsOf } from '../../../aws/stack/blocks.ts';
import type { Resource, StackGraph } from '../../../aws/stack/stack-graph.ts';
import { referencesIn } from '../../../aws/stack/template.ts';
import { accountIn } from '../../../aws/values/arns.ts';
import { denialOf } from '../denials.ts';
import { nameOf, statementPart } from '../part.ts';
import { exactValues, type Statement, servicesOf } from '../policies.ts';
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
import { keyOfBucket } from './encryption.ts';
import { bucketOf, bucketsIn, policiesOf } from './s3.ts';

const S3_LOGS = 'logging.s3.amazonaws.com';
const DELIVERED_LOGS = 'delivery.logs.amazonaws.com';
/** `cs-uri-query`, `cs(Cookie)`, `cs(Referer)`; in real-time logs `cs-cookie`, `cs-referer` and `cs-headers`. */
const TELLING_FIELD = /query|cookie|referr?er|^cs-headers$/i;

/** A bucket that logs go to, and the service that brings them. */
interface LogTarget {
  readonly from: Resource;
  readonly bucket: Resource;
  readonly service: string;
}

export const logRules: readonly Rule[] = [
  {
    id: 'logs-arrive',
    title:
      'every target of access logs is a bucket of this stack that lets the log service write and is encrypted with S3’s own key',
    why: 'server access logs never arrive in a bucket that denies the log service or is encrypted with KMS, and no error says so',
    check: ({ graph }) => [
      ...graph
        .ofType('aws_s3_bucket_logging')
        .flatMap(({ address, block }) =>
          at(
            address,
            unless(
              bucketOf(graph, block.target_bucket) !== undefined,
              `target_bucket ${show(block.target_bucket)}`,
              reference('aws_s3_bucket_policy.<name>.bucket'),
              { argument: 'target_bucket' },
            ),
          ),
        ),
      ...graph.ofType('aws_cloudwatch_log_delivery_destination').flatMap(({ address, block }) => {
        const arn = blockOf(block.delivery_destination_configuration).destination_resource_arn;
        return at(
          address,
          unless(
            bucketOf(graph, arn) !== undefined,
            `destination_resource_arn ${show(arn)}`,
            reference('aws_s3_bucket.<name>.arn'),
            { argument: 'destination_resource_arn' },
          ),
        );
      }),
      ...logTargets(graph).flatMap((target) => arrivalFindings(graph, target)),
    ],
  },
  {
    id: 'logs-complete',
    title: 'if the stack has a log bucket, every other bucket and every distribution logs into one',
    why: 'requests that were not logged are missing when somebody has to find out who read the masters',
    check: ({ graph }) => {
      const logBuckets = logBucketsIn(graph);
      if (logBuckets.size === 0) return [];
      const silent = [
        ...bucketsIn(graph).filter(
          (bucket) =>
            !logBuckets.has(bucket) &&
            graph.referrers(bucket, 'aws_s3_bucket_logging', 'bucket').length === 0,
        ),
        ...graph
          .ofType('aws_cloudfront_distribution')
          .filter((distribution) => !isDelivered(graph, distribution)),
      ];
      return silent.map(({ address }) => ({
        address,
        found: 'no access logs',
        wanted: 'logs in the bucket for them',
      }));
    },
  },
  {
    id: 'logs-written-by-aws',
    title: 'only the log services may do anything in a log bucket, each for sources in this account',
    why: 'a principal that may write there can forge or overwrite logs, and without a source in the condition the service writes for any account',
    check: ({ graph }) =>
      [...logBucketsIn(graph)].flatMap((bucket) =>
        policiesOf(graph, bucket).flatMap(({ resource: { address }, statements = [] }) =>
          statements
            .filter(({ effect }) => effect === 'Allow')
            .flatMap((statement) => at(address, writerFindings(graph, statement))),
        ),
      ),
  },
  {
    id: 'logs-open-nothing',
    title: 'access logs hold no query string, no cookie and no referrer',
    why: 'they would contain signatures: in the query of a signed URL, in the cookies, and in a segment’s referrer, which is its playlist’s signed URL',
    check: ({ graph }) => [
      ...fieldFindings(graph, 'aws_cloudwatch_log_delivery', 'record_fields'),
      ...fieldFindings(graph, 'aws_cloudfront_realtime_log_config', 'fields'),
      ...graph
        .ofType('aws_cloudfront_distribution')
        .filter(({ block }) => block.logging_config !== undefined)
        .map(({ address }) => ({
          address,
          found: 'logging_config, which always writes the query',
          wanted: 'an aws_cloudwatch_log_delivery, whose fields can be chosen',
        })),
      ...firewallFindings(graph),
    ],
  },
];

function logTargets(graph: StackGraph): LogTarget[] {
  const target = (from: Resource, service: string, value: unknown): LogTarget[] => {
    const bucket = bucketOf(graph, value);
    return bucket === undefined ? [] : [{ from, bucket, service }];
  };
  return [
    ...graph
      .ofType('aws_s3_bucket_logging')
      .flatMap((from) => target(from, S3_LOGS, from.block.target_bucket)),
    ...graph
      .ofType('aws_cloudwatch_log_delivery_destination')
      .flatMap((from) =>
        target(
          from,
          DELIVERED_LOGS,
          blockOf(from.block.delivery_destination_configuration).destination_resource_arn,
        ),
      ),
  ];
}

/** Buckets that logs go to, or that log services may write to. */
export function logBucketsIn(graph: StackGraph): ReadonlySet<Resource> {
  const written = bucketsIn(graph).filter((bucket) =>
    policiesOf(graph, bucket).some(({ statements = [] }) =>
      statements.some(
        (statement) =>
          statement.effect === 'Allow' &&
          servicesOf(statement).some((service) => service === S3_LOGS || service === DELIVERED_LOGS),
      ),
    ),
  );
  return new Set([...written, ...logTargets(graph).map(({ bucket }) => bucket)]);
}

/** Whether a delivery takes a distribution's logs somewhere. */
function isDelivered(graph: StackGraph, distribution: Resource): boolean {
  return graph
    .referrers(distribution, 'aws_cloudwatch_log_delivery_source', 'resource_arn')
    .some(
      (source) => graph.referrers(source, 'aws_cloudwatch_log_delivery', 'delivery_source_name').length > 0,
    );
}

function arrivalFindings(graph: StackGraph, { from, bucket, service }: LogTarget): Finding[] {
  const allowed = policiesOf(graph, bucket).some(({ statements = [] }) =>
    statements.some(
      (statement) =>
        statement.effect === 'Allow' &&
        servicesOf(statement).includes(service) &&
        statement.actions.includes('s3:PutObject') &&
        statement.resources.some((resource) => resource.startsWith(`\${${bucket.address}.arn}/`)),
    ),
  );
  const sources = referencesIn(from.block.bucket).map(({ address }) => address);
  const denial = denialOf(graph, policiesOf(graph, bucket), {
    service,
    action: 's3:PutObject',
    resource: `\${${bucket.address}.arn}/log`,
    source: null,
  });
  return at(from.address, [
    ...unless(
      allowed,
      `no policy of ${bucket.address} that lets ${service} write`,
      `an Allow of s3:PutObject in \${${bucket.address}.arn}`,
    ),
    ...unless(
      denial === null,
      `${denial?.name} denies it in ${bucket.address}`,
      `no Deny that ${service} meets`,
      denial === null ? {} : statementPart(denial),
    ),
    ...unless(
      keyOfBucket(graph, bucket) === undefined,
      `${bucket.address} encrypted with a KMS key`,
      'SSE-S3 for what log services write',
      { argument: 'kms_master_key_id' },
    ),
    ...unless(
      !sources.includes(bucket.address),
      `${bucket.address} logs into itself`,
      'another bucket, or no logs of logs',
      { argument: 'bucket' },
    ),
  ]);
}

/** Everybody is the rule's on public policies; CloudFront's reading is its own rule's. */
function writerFindings(graph: StackGraph, statement: Statement): Judged {
  const named = (judged: Judged): Judged =>
    within(statementPart(statement), judged).map((finding) => ({
      ...finding,
      found: `${statement.name}: ${finding.found}`,
    }));
  const services = servicesOf(statement);
  const others = statement.principals
    .filter(({ id }) => id !== '*' && ![S3_LOGS, DELIVERED_LOGS].includes(id))
    .map(({ id }) => ({
      part: { principal: nameOf(id) },
      found: show(id),
      wanted: `${S3_LOGS} and ${DELIVERED_LOGS} alone`,
    }));
  if (others.length > 0 || services.length === 0) return named(others);
  const accounts = exactValues(statement, 'aws:SourceAccount');
  const sources = statement.conditions
    .filter(
      ({ operator, key }) => key === 'aws:sourcearn' && /^(?:String|Arn)(?:Equals|Like)$/.test(operator),
    )
    .flatMap(({ values }) => values);
  return named([
    ...statement.actions
      .filter((action) => action !== 's3:PutObject')
      .map((action) => ({
        part: { action: nameOf(action) },
        found: show(action),
        wanted: 's3:PutObject and nothing else',
      })),
    ...boundTo('aws:SourceAccount', accounts, (account) => graph.accounts.has(account)).map((finding) => ({
      ...finding,
      wanted: 'StringEquals aws:SourceAccount, the environment’s own account',
    })),
    ...boundTo('aws:SourceArn', sources, (source) => isLogSource(graph, source)).map((finding) => ({
      ...finding,
      wanted: 'buckets or delivery sources of this stack, or every delivery source of the account',
    })),
  ]);
}

function isLogSource(graph: StackGraph, source: string): boolean {
  const account = accountIn(source);
  return (
    (source === `arn:aws:logs:us-east-1:${account}:delivery-source:*` && graph.accounts.has(account)) ||
    graph.target(source, 'aws_s3_bucket', 'arn') !== undefined ||
    graph.target(source, 'aws_cloudwatch_log_delivery_source', 'arn') !== undefined
  );
}

/** Without a list AWS writes every field there is. */
function fieldFindings(graph: StackGraph, type: string, argument: string): Finding[] {
  return graph.ofType(type).flatMap(({ address, block }) => {
    const fields = stringsOf(block[argument]);
    return at(address, [
      ...unless(fields.length > 0, `no ${argument}: every field`, `${argument} by name`, { argument }),
      ...[...new Set(fields)]
        .filter((field) => TELLING_FIELD.test(field))
        .map((field) => ({
          part: { argument, value: nameOf(field) },
          found: `the field ${show(field)}`,
          wanted: 'fields that hold no signature',
        })),
    ]);
  });
}

/** A sample of requests, or a firewall's log, holds every header. */
function firewallFindings(graph: StackGraph): Finding[] {
  return [
    ...graph.ofType('aws_wafv2_web_acl').flatMap(({ address, block }) =>
      [
        { block, part: {} },
        ...blocksOf(block.rule).map((rule) => ({ block: rule, part: { entry: nameOf(rule.name) } })),
      ]
        .filter(({ block: { visibility_config: seen } }) => blockOf(seen).sampled_requests_enabled !== false)
        .map(({ block: { name }, part }) => ({
          address,
          part,
          found: `${show(name)} keeps sampled requests`,
          wanted: 'sampled_requests_enabled false',
        })),
    ),
    ...graph.ofType('aws_wafv2_web_acl_logging_configuration').flatMap(({ address, block }) => {
      const redacted = JSON.stringify(block.redacted_fields ?? []);
      return at(
        address,
        ['"query_string"', '"cookie"', '"referer"']
          .filter((field) => !redacted.includes(field))
          .map((field) => ({
            part: { value: nameOf(field.replaceAll('"', '')) },
            found: `${field} in the firewall’s log`,
            wanted: 'redacted_fields',
          })),
      );
    }),
  ];
}
