import { expect, it } from 'vitest';
import { ourTypes, withTypes } from './provider-schema.ts';

/** A field of protobuf that holds bytes. */
const field = (number: number, content: Buffer | string): Buffer => {
  const bytes = Buffer.from(content);
  const size = bytes.length < 128 ? [bytes.length] : [(bytes.length & 127) | 128, bytes.length >> 7];
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...size]), bytes]);
};
const entry = (type: string, schema = 'schema'): Buffer => Buffer.concat([field(1, type), field(2, schema)]);
const [provider, capabilities, fn] = [field(1, 'region'), field(6, '\x08\x01'), field(7, entry('arn_parse'))];

it('drops the types that are not asked for, in each of the three maps, and keeps every other byte in its order', () => {
  const long = 'x'.repeat(300);
  const kept = [
    field(2, entry('aws_s3_bucket', long)),
    field(3, entry('aws_kms_key')),
    field(8, entry('aws_kms_key')),
  ];
  const dropped = [2, 3, 8].map((number) => field(number, entry('aws_vpc', long)));
  const number = Buffer.from([(9 << 3) | 0, 0x96, 0x01]);
  const [a, b, c] = kept as [Buffer, Buffer, Buffer];
  const [x, y, z] = dropped as [Buffer, Buffer, Buffer];

  expect(
    withTypes(
      Buffer.concat([provider, x, a, y, b, capabilities, z, c, fn, number]),
      new Set(['aws_s3_bucket', 'aws_kms_key']),
    ),
  ).toEqual(Buffer.concat([provider, a, b, capabilities, c, fn, number]));
});

it.each([
  ['that ends in a field', Buffer.from([(2 << 3) | 2, 9, 1])],
  ['that ends in a length', Buffer.from([(2 << 3) | 2, 0x80])],
  ['with fixed numbers, which it has none of', Buffer.from([(2 << 3) | 5, 0, 0, 0, 0])],
])('refuses what is no schema: one %s', (_, message) => {
  expect(() => withTypes(message, new Set())).toThrow(/^expected /);
});

it('knows the types of our stacks by their bindings, data sources by their type, and those of Terraform code in docs', () => {
  const types = ourTypes();
  expect(types).toContain('aws_cloudfront_distribution');
  expect(types).toContain('aws_kms_public_key');
  expect(types).toContain('aws_lambda_permission');
  expect(types).toContain('aws_iam_policy_document');
  expect(types).not.toContain('aws_vpc');
});
