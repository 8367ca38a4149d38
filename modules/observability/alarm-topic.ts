/** Where alarms of one region go: an SNS topic with an e-mail subscription, under a key that CloudWatch may use. */
import { KmsAlias } from '@cdktf/provider-aws/lib/kms-alias/index.js';
import { KmsKey } from '@cdktf/provider-aws/lib/kms-key/index.js';
import { SnsTopic } from '@cdktf/provider-aws/lib/sns-topic/index.js';
import { SnsTopicPolicy } from '@cdktf/provider-aws/lib/sns-topic-policy/index.js';
import { SnsTopicSubscription } from '@cdktf/provider-aws/lib/sns-topic-subscription/index.js';
import type { TerraformProvider } from 'cdktf';
import { Construct } from 'constructs';
import { type PolicyStatement, policyDocument } from '../policy-document.ts';

export interface AlarmTopicProps {
  /** Name of the topic and alias of its key. */
  readonly name: string;
  readonly accountId: string;
  readonly region: string;
  /** Prefix of the names of alarms that may publish. */
  readonly alarmNamePrefix: string;
  readonly email: string;
  readonly encrypted: boolean;
  /** Whether EventBridge may publish too, in addition to alarms. */
  readonly takesEvents: boolean;
  /** The provider of `region` if it is not the stack's own. */
  readonly provider?: TerraformProvider;
}

/** The shortest deletion window of KMS: the key only encrypts messages in transit, so nothing is lost with it. */
const KEY_DELETION_DAYS = 7;

/**
 * SNS's own key (`alias/aws/sns`) allows no service, so an encrypted topic for alarms needs its own key.
 *
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
 */
export class AlarmTopic extends Construct {
  readonly #topic: SnsTopic;

  constructor(scope: Construct, id: string, props: AlarmTopicProps) {
    super(scope, id);
    const provider = props.provider ? { provider: props.provider } : {};
    this.#topic = new SnsTopic(this, 'topic', {
      ...provider,
      name: props.name,
      ...(props.encrypted && { kmsMasterKeyId: this.#key(props).arn }),
    });
    new SnsTopicPolicy(this, 'topic_policy', {
      ...provider,
      arn: this.arn,
      policy: policyDocument(topicStatements(this.arn, props)),
    });
    new SnsTopicSubscription(this, 'topic_subscription', {
      ...provider,
      topicArn: this.arn,
      protocol: 'email',
      endpoint: props.email,
    });
  }

  get arn(): string {
    return this.#topic.arn;
  }

  #key(props: AlarmTopicProps): KmsKey {
    const provider = props.provider ? { provider: props.provider } : {};
    const key = new KmsKey(this, 'key', {
      ...provider,
      description: `${props.name}: alarms on their way to an inbox`,
      enableKeyRotation: true,
      deletionWindowInDays: KEY_DELETION_DAYS,
      policy: policyDocument(keyStatements(props)),
    });
    new KmsAlias(this, 'alias', { ...provider, name: `alias/${props.name}`, targetKeyId: key.keyId });
    return key;
  }
}

function topicStatements(topicArn: string, props: AlarmTopicProps): PolicyStatement[] {
  return [
    {
      Sid: 'DenyPlainHttp',
      Effect: 'Deny',
      Principal: '*',
      Action: 'sns:Publish',
      Resource: topicArn,
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    },
    {
      Sid: 'Alarms',
      Effect: 'Allow',
      Principal: { Service: 'cloudwatch.amazonaws.com' },
      Action: 'sns:Publish',
      Resource: topicArn,
      Condition: ownAlarms(props),
    },
    ...(props.takesEvents ? [events('sns:Publish', topicArn)] : []),
  ];
}

function keyStatements(props: AlarmTopicProps): PolicyStatement[] {
  const use = ['kms:Decrypt', 'kms:GenerateDataKey*'];
  return [
    {
      Sid: 'AdministerByIam',
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${props.accountId}:root` },
      Action: 'kms:*',
      Resource: '*',
    },
    {
      Sid: 'Alarms',
      Effect: 'Allow',
      Principal: { Service: 'cloudwatch.amazonaws.com' },
      Action: use,
      Resource: '*',
      Condition: ownAlarms(props),
    },
    ...(props.takesEvents ? [events(use, '*')] : []),
  ];
}

function ownAlarms({ accountId, region, alarmNamePrefix }: AlarmTopicProps) {
  return {
    StringEquals: { 'aws:SourceAccount': accountId },
    ArnLike: { 'aws:SourceArn': `arn:aws:cloudwatch:${region}:${accountId}:alarm:${alarmNamePrefix}*` },
  };
}

/**
 * Without a condition: EventBridge sends no source keys to SNS or KMS, and with a condition every event would be dropped silently.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sns-permissions
 */
function events(Action: string | string[], Resource: string): PolicyStatement {
  return { Sid: 'Events', Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action, Resource };
}
