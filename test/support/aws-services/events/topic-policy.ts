/** Topic policies as SNS takes them. */
import type { PolicyDocument } from '../../../../aws/iam/document.ts';
import { parsePolicy } from '../../../../local/aws-api/stored-policy.ts';

/** @throws AwsError InvalidParameter as SNS has it; 501 for what is not evaluated here */
export function parseTopicPolicy(text: string): PolicyDocument {
  return parsePolicy(text, {
    service: 'sns',
    takesResource: (arn) => arn === '*' || arn.startsWith('arn:aws:sns:'),
    malformedCode: 'InvalidParameter',
  });
}
