/** What a bucket's policy denies to everybody, whatever an identity policy allows. */
import type { PolicyStatement } from '../policy-document.ts';

/**
 * The denials of one bucket: plain HTTP always, and with a customer-managed key every upload that names another encryption.
 *
 * Negated operators also match a request without the key, so each has a `Null` condition too: S3 checks a policy before it
 * applies the bucket's default encryption, so an upload that names nothing is allowed and gets the default.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-bucket-encryption.html
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
export function denialsOf(bucketArn: string, encryptionKeyArn?: string): PolicyStatement[] {
  const denials = [denyPlainHttp(bucketArn)];
  if (encryptionKeyArn === undefined) return denials;
  return [...denials, ...denyOtherEncryption(`${bucketArn}/*`, encryptionKeyArn)];
}

function denyPlainHttp(bucketArn: string): PolicyStatement {
  return {
    Sid: 'DenyPlainHttp',
    Effect: 'Deny',
    Principal: '*',
    Action: 's3:*',
    Resource: [bucketArn, `${bucketArn}/*`],
    Condition: { Bool: { 'aws:SecureTransport': 'false' } },
  };
}

const ALGORITHM = 's3:x-amz-server-side-encryption';
const KEY_ID = 's3:x-amz-server-side-encryption-aws-kms-key-id';
const CUSTOMER_ALGORITHM = 's3:x-amz-server-side-encryption-customer-algorithm';

/** S3 also checks `s3:PutObject` for copies, multipart uploads and browser forms. */
function denyOtherEncryption(objects: string, encryptionKeyArn: string): PolicyStatement[] {
  const denyUpload = { Effect: 'Deny', Principal: '*', Action: 's3:PutObject', Resource: objects } as const;
  return [
    {
      Sid: 'DenyOtherEncryption',
      ...denyUpload,
      Condition: { StringNotEquals: { [ALGORITHM]: 'aws:kms' }, Null: { [ALGORITHM]: 'false' } },
    },
    {
      // Beside `Null` of the algorithm, not of the key: "aws:kms" without a key would take the account's aws/s3 key,
      // which CloudFront cannot use. https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
      Sid: 'DenyOtherKey',
      ...denyUpload,
      Condition: { StringNotEquals: { [KEY_ID]: encryptionKeyArn }, Null: { [ALGORITHM]: 'false' } },
    },
    {
      Sid: 'DenyCustomerKey',
      ...denyUpload,
      Condition: { Null: { [CUSTOMER_ALGORITHM]: 'false' } },
    },
  ];
}
