/** Sends a mail when a read of the signing key is denied: to a backend without its rights, or to an intruder. */
import { CloudwatchEventRule } from '@cdktf/provider-aws/lib/cloudwatch-event-rule/index.js';
import { CloudwatchEventTarget } from '@cdktf/provider-aws/lib/cloudwatch-event-target/index.js';
import { Fn, Token } from 'cdktf';
import { Construct } from 'constructs';

export interface DeniedSecretReadsProps {
  readonly name: string;
  readonly secretArn: string;
  readonly topicArn: string;
}

/**
 * CloudTrail's event of a refused GetSecretValue, sent to a topic as one readable line; BatchGetSecretValue leaves the
 * same events.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail-management.html
 */
export class DeniedSecretReads extends Construct {
  constructor(scope: Construct, id: string, { name, secretArn, topicArn }: DeniedSecretReadsProps) {
    super(scope, id);
    const secretName = nameIn(secretArn);
    const rule = new CloudwatchEventRule(this, 'event_rule', {
      name: `${name}-denied-secret-reads`,
      description: `GetSecretValue on ${secretName}, refused`,
      // The state ENABLED excludes reads, and GetSecretValue is a read.
      state: 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS',
      eventPattern: JSON.stringify({
        source: ['aws.secretsmanager'],
        'detail-type': ['AWS API Call via CloudTrail'],
        detail: {
          eventSource: ['secretsmanager.amazonaws.com'],
          eventName: ['GetSecretValue'],
          errorCode: [{ prefix: 'AccessDenied' }],
          // Requested by name or by ARN; if CloudTrail omits the parameters of a refused request, its message names the secret.
          $or: [
            { requestParameters: { secretId: [{ wildcard: `*${secretName}*` }] } },
            { errorMessage: [{ wildcard: `*${secretName}*` }] },
          ],
        },
      }),
    });
    new CloudwatchEventTarget(this, 'event_target', {
      rule: rule.name,
      targetId: 'topic',
      arn: topicArn,
      inputTransformer: {
        inputPaths: {
          at: '$.time',
          who: '$.detail.userIdentity.arn',
          from: '$.detail.sourceIPAddress',
        },
        inputTemplate: JSON.stringify(
          `${name}: <who> was refused the signing key at <at>, from <from>. First: is it the backend? ${RUNBOOK}, denied-secret-reads`,
        ),
      },
    });
  }
}

/** The page that says what to do first for every alarm. */
export const RUNBOOK = 'modules/observability/README.md';

/** The secret's name: the last part of its ARN, without the six characters that Secrets Manager adds. */
function nameIn(secretArn: string): string {
  if (Token.isUnresolved(secretArn)) {
    return Fn.replace(Fn.element(Fn.split(':', secretArn), 6), '/-[^-]*$/', '');
  }
  return (secretArn.split(':')[6] ?? '').replace(/-[^-]*$/, '');
}
