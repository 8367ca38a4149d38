/** The words of the picture: how resource types are called, which room they belong to, and what a reference means. */
import type { Resource } from '../../../aws/stack/stack-graph.ts';
import { textsIn } from '../../../aws/stack/template.ts';

export type RoomId = 'uploads' | 'transcode' | 'delivery' | 'keys' | 'identity' | 'observability' | 'other';

/** In the order in which bytes travel, then what the journey rests on. */
export const ROOMS: Readonly<Record<RoomId, { readonly title: string; readonly subtitle: string }>> = {
  uploads: { title: '1 · Uploads', subtitle: 'masters come in by presigned request' },
  transcode: { title: '2 · Transcode', subtitle: 'masters become HLS' },
  delivery: { title: '3 · Delivery', subtitle: 'viewers, if their signature is good' },
  identity: { title: 'Identity', subtitle: 'who may do what' },
  keys: { title: 'Keys', subtitle: 'what signs, what is trusted, what encrypts' },
  observability: { title: 'Observability', subtitle: 'who hears of it' },
  other: { title: 'Other', subtitle: 'what the picture has no room for yet' },
};

interface Kind {
  readonly words: string;
  /** Said behind a name that several cards have: `delivery` distribution. */
  readonly noun: string;
  readonly room: RoomId | ((resource: Resource, done: readonly Done[]) => RoomId);
}

/** What another card does with this one: its verb, and who it is. */
interface Done {
  readonly words: string;
  readonly by: Resource;
}

/** What gets a card, in the order of the cards of a room; everything else is part of one, or falls to the end. */
const KINDS: Readonly<Record<string, Kind>> = {
  aws_s3_bucket: { words: 'S3 bucket', noun: 'bucket', room: roomOfBucket },
  aws_media_convert_queue: { words: 'MediaConvert queue', noun: 'queue', room: 'transcode' },
  aws_cloudformation_stack: { words: 'MediaConvert job template', noun: 'template', room: 'transcode' },
  aws_cloudfront_distribution: { words: 'CloudFront distribution', noun: 'distribution', room: 'delivery' },
  aws_wafv2_web_acl: { words: 'WAF web ACL', noun: 'web ACL', room: 'delivery' },
  aws_acm_certificate: { words: 'ACM certificate', noun: 'certificate', room: 'delivery' },
  aws_cloudfront_key_group: { words: 'CloudFront key group', noun: 'key group', room: 'keys' },
  aws_secretsmanager_secret: { words: 'Secrets Manager secret', noun: 'secret', room: 'keys' },
  aws_kms_key: { words: 'KMS key', noun: 'key', room: roomOfKey },
  aws_dynamodb_table: { words: 'DynamoDB table', noun: 'table', room: 'keys' },
  aws_iam_policy: { words: 'IAM policy', noun: 'policy', room: 'identity' },
  aws_iam_role: { words: 'IAM role', noun: 'role', room: roomOfRole },
  aws_iam_openid_connect_provider: { words: 'OpenID Connect provider', noun: 'provider', room: 'identity' },
  aws_ssm_parameter: { words: 'SSM parameter', noun: 'parameter', room: 'identity' },
  aws_cloudwatch_event_rule: { words: 'EventBridge rule', noun: 'rule', room: roomOfRule },
  aws_sqs_queue: { words: 'SQS queue', noun: 'queue', room: 'transcode' },
  aws_cloudwatch_metric_alarm: { words: 'CloudWatch alarms', noun: '', room: 'observability' },
  aws_sns_topic: { words: 'SNS topic', noun: 'topic', room: roomOfTopic },
  aws_cloudwatch_dashboard: { words: 'CloudWatch dashboard', noun: 'dashboard', room: 'observability' },
  aws_cloudwatch_log_delivery: { words: 'log delivery', noun: 'log', room: 'observability' },
  aws_cloudwatch_log_group: { words: 'log group', noun: 'log group', room: 'observability' },
  aws_budgets_budget: { words: 'monthly budget', noun: 'budget', room: 'observability' },
};

/** Types whose resources share one card, however many there are. */
export const COLLECTED: ReadonlyMap<string, string> = new Map([['aws_cloudwatch_metric_alarm', 'alarms']]);

/**
 * What is part of another card though neither its name nor its type says so. `refers`: the part names the card;
 * `referred`: the card names the part.
 */
export const PARTS: Readonly<
  Record<string, { readonly of: readonly string[]; readonly by: 'refers' | 'referred' }>
> = {
  aws_cloudfront_cache_policy: { of: ['aws_cloudfront_distribution'], by: 'referred' },
  aws_cloudfront_origin_access_control: { of: ['aws_cloudfront_distribution'], by: 'referred' },
  aws_cloudfront_origin_request_policy: { of: ['aws_cloudfront_distribution'], by: 'referred' },
  aws_cloudfront_response_headers_policy: { of: ['aws_cloudfront_distribution'], by: 'referred' },
  aws_cloudfront_function: { of: ['aws_cloudfront_distribution'], by: 'referred' },
  aws_cloudfront_monitoring_subscription: { of: ['aws_cloudfront_distribution'], by: 'refers' },
  aws_cloudfront_public_key: { of: ['aws_cloudfront_key_group'], by: 'referred' },
  aws_route53_record: { of: ['aws_acm_certificate', 'aws_cloudfront_distribution'], by: 'refers' },
  aws_cloudwatch_event_target: { of: ['aws_cloudwatch_event_rule'], by: 'refers' },
  aws_cloudwatch_log_delivery_source: { of: ['aws_cloudwatch_log_delivery'], by: 'referred' },
  aws_cloudwatch_log_delivery_destination: { of: ['aws_cloudwatch_log_delivery'], by: 'referred' },
  aws_iam_instance_profile: { of: ['aws_iam_role'], by: 'refers' },
  aws_iam_user_policy_attachment: { of: ['aws_iam_policy'], by: 'refers' },
  aws_kms_alias: { of: ['aws_kms_key'], by: 'refers' },
  'data.aws_kms_public_key': { of: ['aws_kms_key'], by: 'refers' },
};

/** Parts whose names would make the picture follow every rotation. */
export const UNNAMED_PARTS: ReadonlySet<string> = new Set(['aws_cloudfront_public_key']);

/** A relation as a row of a card: `reads` masters. */
export interface Verb {
  readonly words: string;
  /** Whether a line is drawn to the other card: for what moves, not for what is merely set. */
  readonly drawn: boolean;
}

const SERVES = 'serves';
const LOGS_TO = 'logs to';
const DELIVERS_TO = 'delivers to';

const line = (words: string): Verb => ({ words, drawn: true });
const note = (words: string): Verb => ({ words, drawn: false });

/** What a reference from a resource of one type to a card of another means, wherever it stands. */
const REFERENCES: Readonly<Record<string, Verb>> = {
  'aws_cloudfront_distribution > aws_s3_bucket': line(SERVES),
  'aws_cloudfront_distribution > aws_cloudfront_key_group': line('trusts'),
  'aws_cloudfront_distribution > aws_wafv2_web_acl': line('is guarded by'),
  'aws_cloudfront_distribution > aws_acm_certificate': line('shows'),
  'aws_cloudformation_stack > aws_media_convert_queue': line('puts jobs into'),
  'aws_secretsmanager_secret_version > aws_cloudfront_key_group': line('holds a private key of'),
  'aws_cloudfront_public_key > aws_kms_key': line('trusts the public key of'),
  'aws_cloudwatch_event_rule > aws_media_convert_queue': line('hears of jobs in'),
  'aws_cloudwatch_event_rule > aws_secretsmanager_secret': note('hears of denials at'),
  'aws_cloudwatch_event_target > aws_sqs_queue': line('sends to'),
  'aws_cloudwatch_event_target > aws_sns_topic': line('sends to'),
  'aws_sqs_queue > aws_sqs_queue': line('gives up to'),
  'aws_sqs_queue_redrive_policy > aws_sqs_queue': line('gives up to'),
  'aws_cloudwatch_metric_alarm > aws_sns_topic': line('tells'),
  'aws_cloudwatch_log_delivery_source > aws_cloudfront_distribution': line('takes the log of'),
  'aws_cloudwatch_log_delivery_destination > aws_s3_bucket': line(DELIVERS_TO),
  'aws_s3_bucket_logging > aws_s3_bucket': note(LOGS_TO),
  'aws_iam_role_policy_attachment > aws_iam_policy': line('carries'),
  'aws_iam_role > aws_iam_openid_connect_provider': line('trusts'),
  'aws_budgets_budget > aws_sns_topic': line('tells'),
};

/** The same, by who refers or to what: a dashboard shows whatever it names, and keys encrypt what names them. */
const REFERENCES_FROM: Readonly<Record<string, Verb>> = {
  aws_cloudwatch_metric_alarm: note('watches'),
  aws_cloudwatch_dashboard: note('shows'),
  aws_ssm_parameter: note('names'),
};
const REFERENCES_TO: Readonly<Record<string, Verb>> = { aws_kms_key: note('is encrypted with') };

export function verbOfReference(from: string, to: string): Verb {
  return REFERENCES[`${from} > ${to}`] ?? REFERENCES_FROM[from] ?? REFERENCES_TO[to] ?? note('refers to');
}

/** What a policy's statement allows, in one word; the first that fits says it. */
const ACTIONS: readonly (readonly [RegExp, Verb])[] = [
  [/^s3:PutObject$/, line('writes to')],
  [/^s3:GetObject(Version)?$/, line('reads')],
  [/^mediaconvert:CreateJob$/, line('starts jobs in')],
  [/^iam:PassRole$/, line('passes')],
  [/^dynamodb:GetItem$/, line('reads')],
  [/^dynamodb:(PutItem|UpdateItem)$/, line('writes to')],
  [/^secretsmanager:GetSecretValue$/, line('reads')],
  [/^secretsmanager:/, note('manages')],
  [/^cloudfront:CreateInvalidation$/, line('invalidates')],
  [/^sqs:ReceiveMessage$/, line('reads')],
  [/^ssm:GetParameters?$/, line('reads')],
  [/^kms:Sign$/, line('signs with')],
  [/^kms:(Decrypt|GenerateDataKey\*?)$/, note('encrypts with')],
  [/^(sqs:SendMessage|sns:Publish)$/, line('sends to')],
];

/** The verbs of a statement's actions, or none for actions that only look (ListBucket, GetJob, …). */
export function verbsOfActions(actions: readonly string[]): Verb[] {
  const found = actions.flatMap((action) => {
    const match = ACTIONS.find(([pattern]) => pattern.test(action));
    return match ? [match[1]] : [];
  });
  return found.filter(({ words }, index) => found.findIndex((other) => other.words === words) === index);
}

/** `S3 bucket`; a type that the picture has no words for goes by its own name. */
export function kindWords(type: string): string {
  return KINDS[type]?.words ?? typeWords(type);
}

/** `aws_s3_bucket_policy` without `aws_s3_bucket`: `policy` */
export function partWords(type: string, cardType: string): string {
  const bare = type.replace(/^data\./, '');
  const rest = bare.startsWith(`${cardType}_`) ? bare.slice(cardType.length + 1) : bare;
  return PART_WORDS[bare] ?? typeWords(rest);
}

const PART_WORDS: Readonly<Record<string, string>> = {
  aws_s3_bucket_server_side_encryption_configuration: 'encryption',
  aws_s3_bucket_lifecycle_configuration: 'lifecycle',
  aws_s3_bucket_cors_configuration: 'CORS',
  aws_cloudfront_cache_policy: 'cache policy',
  aws_cloudfront_origin_access_control: 'origin access control',
  aws_cloudfront_response_headers_policy: 'response headers',
  aws_cloudfront_public_key: 'public keys',
  aws_route53_record: 'DNS record',
  aws_cloudwatch_event_target: 'target',
  aws_cloudwatch_log_delivery_source: 'source',
  aws_cloudwatch_log_delivery_destination: 'destination',
  aws_iam_instance_profile: 'instance profile',
  aws_iam_role_policy: 'inline policy',
  aws_iam_role_policy_attachment: 'attachment',
  aws_iam_user_policy_attachment: 'attachment',
  aws_kms_alias: 'alias',
  aws_kms_key_policy: 'key policy',
  aws_kms_public_key: 'public key',
};

function typeWords(type: string): string {
  return type.replace(/^aws_/, '').replaceAll('_', ' ');
}

/** Cards whose names alone do not say what they are: `is encrypted with encryption`. */
export const CALLED_BY_NOUN: ReadonlySet<string> = new Set(['aws_kms_key']);

/** What tells a card from others of the same name. */
export function nounOf(type: string): string {
  return KINDS[type]?.noun ?? typeWords(type);
}

/** @param done by other cards: a bucket is what is done with it */
export function roomOf(resource: Resource, done: readonly Done[]): RoomId {
  const room = KINDS[resource.type]?.room ?? 'other';
  return typeof room === 'string' ? room : room(resource, done);
}

/** Position of a card in its room. */
export function rankOf(type: string): number {
  const rank = Object.keys(KINDS).indexOf(type);
  return rank === -1 ? Number.MAX_SAFE_INTEGER : rank;
}

function roomOfBucket(_bucket: Resource, done: readonly Done[]): RoomId {
  if (done.some(({ words }) => words === SERVES)) return 'delivery';
  return done.some(({ words }) => words === LOGS_TO || words === DELIVERS_TO) ? 'observability' : 'uploads';
}

/** A key that only alarms are encrypted with stands with them. */
function roomOfKey(_key: Resource, done: readonly Done[]): RoomId {
  const isTopics = ({ by }: Done) => by.type === 'aws_sns_topic';
  return done.length > 0 && done.every(isTopics) ? 'observability' : 'keys';
}

function roomOfRole(role: Resource): RoomId {
  return mentions(role.block.assume_role_policy, 'mediaconvert.amazonaws.com') ? 'transcode' : 'identity';
}

function roomOfRule(rule: Resource): RoomId {
  return mentions(rule.block.event_pattern, 'aws.mediaconvert') ? 'transcode' : 'observability';
}

function roomOfTopic(_topic: Resource, done: readonly Done[]): RoomId {
  const isJobs = ({ by }: Done) => by.type === 'aws_cloudwatch_event_rule' && roomOfRule(by) === 'transcode';
  return done.length > 0 && done.every(isJobs) ? 'transcode' : 'observability';
}

function mentions(value: unknown, text: string): boolean {
  return textsIn(value).some((found) => found.text.includes(text));
}
