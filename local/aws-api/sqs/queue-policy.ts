/** Queue policies as SQS takes them. */
import type { PolicyDocument } from '../../../aws/iam/document.ts';
import { parsePolicy } from '../stored-policy.ts';

/** @throws AwsError InvalidAttributeValue as SQS has it; 501 for what is not evaluated here */
export function parseQueuePolicy(text: string): PolicyDocument {
  return parsePolicy(text, {
    service: 'sqs',
    takesResource: (arn) => arn === '*' || /^arn:aws:sqs:[a-z0-9-]+:\d{12}:[\w-]+(\.fifo)?$/.test(arn),
    malformedCode: 'InvalidAttributeValue',
  });
}
