/** Bucket policies as S3 takes them. */
import { type PolicyDocument, parsePolicy } from '../policy/document.ts';

/** @throws AwsError MalformedPolicy as S3 has it; 501 for elements, operators and keys that are not evaluated here */
export function parseBucketPolicy(text: string, bucket: string): PolicyDocument {
  const ownArn = `arn:aws:s3:::${bucket}`;
  return parsePolicy(text, {
    service: 's3',
    takesResource: (arn) => arn === ownArn || arn.startsWith(`${ownArn}/`),
    malformedCode: 'MalformedPolicy',
  });
}
