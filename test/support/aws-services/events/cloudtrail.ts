/**
 * A refused call as CloudTrail tells EventBridge of it, where a trail logs management events.
 *
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */
import { randomUUID } from 'node:crypto';
import type { Principal } from '../../../../aws/iam/principal.ts';
import type { JsonObject } from '../../../../local/aws-api/json-call.ts';
import type { RefusedCall } from '../../../../local/aws-api/secretsmanager/service.ts';
import type { BusEvent } from './event-bus.ts';

export function refusedCallEvent(call: RefusedCall, accountId: string, now: Date): BusEvent {
  return {
    source: `aws.${call.service}`,
    detailType: 'AWS API Call via CloudTrail',
    resources: [],
    isReadCall: /^(Get|List|Describe|BatchGet)/.test(call.operation),
    detail: {
      eventVersion: '1.11',
      userIdentity: identityOf(call.principal, accountId),
      eventTime: now.toISOString().replace(/\.\d+Z$/, 'Z'),
      eventSource: `${call.service}.amazonaws.com`,
      eventName: call.operation,
      awsRegion: call.region,
      sourceIPAddress: '127.0.0.1',
      errorCode: 'AccessDenied',
      errorMessage: call.message,
      requestParameters: call.requestParameters,
      responseElements: null,
      eventID: randomUUID(),
      eventType: 'AwsApiCall',
      managementEvent: true,
      recipientAccountId: accountId,
      eventCategory: 'Management',
    },
  };
}

function identityOf(principal: Principal, accountId: string): JsonObject {
  if (principal.kind !== 'account') return { type: 'AWSService' };
  const type = principal.sessionArn ? 'AssumedRole' : principal.arn.endsWith(':root') ? 'Root' : 'IAMUser';
  return { type, arn: principal.sessionArn ?? principal.arn, accountId };
}
