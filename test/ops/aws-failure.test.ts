/** Every way in which AWS cannot be asked has its remedy, whether the SDK met it or Terraform. */
import { CloudFrontClient, ListKeyGroupsCommand } from '@aws-sdk/client-cloudfront';
import { describe, expect, it } from 'vitest';
import { awsFailureText, terraformAwsFailureText } from '../../ops/terraform/aws-failure.ts';

const LOCAL = { AWS_ENDPOINT_URL: ['http://user:SECRET', '127.0.0.1:9'].join('@') };
const UNREACHABLE_LOCAL =
  'Cannot reach the AWS API at http://127.0.0.1:9 (AWS_ENDPOINT_URL). Is npm start still running?';
const ofAws = (name: string, message = 'no') => Object.assign(new Error(message), { name, $metadata: {} });
const ofNetwork = (code: string, more = {}) => Object.assign(new Error('failed'), { code, ...more });
const ofCredentials = (message: string) =>
  Object.assign(new Error(message), { name: 'CredentialsProviderError' });

describe('a failure of the SDK', () => {
  it.each<[string, unknown, NodeJS.ProcessEnv, string]>([
    ['a local API that is gone', ofNetwork('ECONNREFUSED'), LOCAL, UNREACHABLE_LOCAL],
    [
      'attempts over IPv4 and IPv6',
      new AggregateError([ofNetwork('ECONNREFUSED'), ofNetwork('ECONNREFUSED')]),
      LOCAL,
      UNREACHABLE_LOCAL,
    ],
    ['a cause', new Error('wrapped', { cause: ofNetwork('ETIMEDOUT') }), LOCAL, UNREACHABLE_LOCAL],
    [
      'an endpoint elsewhere',
      ofNetwork('ENOTFOUND'),
      { AWS_ENDPOINT_URL: 'https://aws.internal.test/' },
      'Cannot reach the AWS API at https://aws.internal.test (AWS_ENDPOINT_URL). Check the address and the network',
    ],
    [
      'no network',
      ofNetwork('ENOTFOUND', { hostname: 'cloudfront.amazonaws.com' }),
      {},
      'Cannot reach the AWS API at cloudfront.amazonaws.com. Check the network, the VPN and the proxy',
    ],
    [
      'no credentials',
      ofCredentials('Could not load credentials from any providers'),
      {},
      'no AWS credentials found: set AWS_PROFILE and run aws sso login, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
    ],
    [
      'a profile that is not there',
      ofCredentials(
        'Could not resolve credentials using profile: [video] in configuration/credentials file(s).',
      ),
      { AWS_PROFILE: 'video' },
      'no AWS credentials found in the profile "video" (AWS_PROFILE): run aws sso login, or name another profile',
    ],
    [
      'a session that has expired',
      ofCredentials(
        'The SSO session associated with this profile has expired. To refresh this SSO session run aws sso login with the corresponding profile.',
      ),
      { AWS_PROFILE: 'video' },
      'the AWS credentials of the profile "video" (AWS_PROFILE) have expired: run aws sso login, or get new ones as you got these',
    ],
    [
      'a token that has expired',
      ofAws('ExpiredTokenException', 'The security token included in the request is expired'),
      {},
      'the AWS credentials have expired: set AWS_PROFILE and run aws sso login, or get new ones as you got these',
    ],
    [
      'a key that AWS does not know',
      ofAws('UnrecognizedClientException'),
      {},
      'AWS does not accept the credentials: set AWS_PROFILE and run aws sso login, and check AWS_ENDPOINT_URL (not set)',
    ],
    [
      'addresses that are none',
      ofNetwork('ERR_INVALID_URL'),
      { AWS_ENDPOINT_URL: 'SECRET', AWS_ENDPOINT_URL_S3: '', AWS_ENDPOINT_URL_KMS: '127.0.0.1:9' },
      'AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_KMS: expected the address of an AWS API, such as http://127.0.0.1:5000; unset it to ask AWS',
    ],
  ])('says what to do about %s', (_, error, env, text) => {
    expect(awsFailureText(error, env)).toBe(text);
  });

  it.each([
    ['a refusal', ofAws('AccessDenied')],
    ['a missing object', ofAws('NoSuchKey')],
    ['throttling', ofAws('ThrottlingException')],
    ['a defect of ours', new TypeError('token is expired')],
    ['a file', ofNetwork('ENOENT')],
    ['an address that is not of AWS', ofNetwork('ERR_INVALID_URL')],
    ['no error', 'ECONNREFUSED'],
  ])('leaves %s to others', (_, error) => {
    expect(awsFailureText(error, {})).toBeNull();
  });

  it('is what the SDK throws where nothing listens', async () => {
    const client = new CloudFrontClient({
      region: 'us-east-1',
      endpoint: 'http://127.0.0.1:9',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      maxAttempts: 1,
    });
    const error = await client.send(new ListKeyGroupsCommand({})).catch((thrown: unknown) => thrown);
    client.destroy();

    expect(awsFailureText(error, LOCAL)).toBe(UNREACHABLE_LOCAL);
  });
});

describe('a failure of Terraform', () => {
  it.each([
    [
      'no credentials',
      'Error: No valid credential sources found\n│ \n│   with provider["registry.terraform.io/hashicorp/aws"],\n│ Error: failed to refresh cached credentials, no EC2 IMDS role found',
      /^no AWS credentials found: set AWS_PROFILE/,
    ],
    [
      'an expired token',
      'Error: validating provider credentials: retrieving caller identity from STS: operation error STS: GetCallerIdentity, https response\n│ error StatusCode: 403, api error ExpiredToken: The security token included in\n│ the request is expired',
      /^the AWS credentials have expired/,
    ],
    [
      'an expired session',
      'Error: No valid credential sources found\n│ Error: failed to refresh cached credentials, refresh cached SSO token failed, the\n│ SSO session has expired or is invalid',
      /^the AWS credentials have expired/,
    ],
    [
      'a dead endpoint',
      'Error: Retrieving AWS account details: operation error STS: GetCallerIdentity, exceeded maximum number of\n│ attempts, 3, https response error StatusCode: 0, RequestID: , request send\n│ failed, Post "http://127.0.0.1:9/": dial tcp 127.0.0.1:9: connect: connection\n│ refused',
      /^Cannot reach the AWS API at 127\.0\.0\.1:9\. Check the network/,
    ],
    [
      'a key that AWS does not know',
      'api error InvalidClientTokenId: The security token is invalid',
      /^AWS does not accept/,
    ],
  ])('says what to do about %s', (_, said, text) => {
    const lines = said.split('\n').map((line) => `\u001b[31m│\u001b[0m ${line}`);

    expect(terraformAwsFailureText(lines, {})).toMatch(text);
  });

  it.each([
    'Error: Failed to query available provider packages: dial tcp: lookup registry.terraform.io: no such host',
    'Error: creating S3 Bucket: BucketAlreadyExists',
    'Error: The certificate has expired',
  ])('leaves others alone: %s', (line) => {
    expect(terraformAwsFailureText([line], {})).toBeNull();
  });
});
