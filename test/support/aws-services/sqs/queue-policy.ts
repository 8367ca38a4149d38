/** Queue policies as SQS takes them. */
import type { PolicyDocument } from '../../../../aws/iam/document.ts';
import { SQS_QUEUE_ARN } from '../../../../aws/values/arns.ts';
import { parsePolicy } from '../../../../local/aws-api/stored-policy.ts';

/** @throws AwsError InvalidAttributeValue as SQS has it; 501 for what is not evaluated here */
export function parseQueuePolicy(text: string): PolicyDocument {
  return parsePolicy(text, {
    service: 'sqs',
    takesResource: (arn) => arn === '*' || SQS_QUEUE_ARN.test(arn),
    malformedCode: 'InvalidAttributeValue',
  });
}
