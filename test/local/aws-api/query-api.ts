/** Calls of AWS's query protocol (IAM, STS, SNS, CloudFormation), for which no SDK client is installed. */
import { signedFetch } from '../../support/signed-request.ts';
import { ACCOUNT_ID, type TestCloud } from './start.ts';

const VERSIONS = {
  iam: '2010-05-08',
  cloudformation: '2010-05-15',
  sts: '2011-06-15',
  sns: '2010-03-31',
} as const;

/** Sends a call as any client would; the answer's status and XML. */
export async function callQueryApi(
  { cloud }: Pick<TestCloud, 'cloud'>,
  service: keyof typeof VERSIONS,
  parameters: Record<string, string>,
): Promise<{ status: number; xml: string; text: (element: string) => string | undefined }> {
  const answer = await signedFetch(cloud.environment, {
    service,
    headers: { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' },
    body: new URLSearchParams({ Version: VERSIONS[service], ...parameters }).toString(),
  });
  const xml = await answer.text();
  const text = (element: string) => new RegExp(`<${element}>([^<]*)</${element}>`).exec(xml)?.[1];
  return { status: answer.status, xml, text };
}

/** Makes an IAM role that the given service may assume; its ARN. */
export async function createRole(cloud: TestCloud, name: string, service: string): Promise<string> {
  const statement = { Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' };
  const { text } = await callQueryApi(cloud, 'iam', {
    Action: 'CreateRole',
    RoleName: name,
    AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }),
  });
  return text('Arn') ?? '';
}

/** Makes a role with the given path, if there is none, and assumes it; the session's credentials. */
export async function assumeRole(
  cloud: TestCloud,
  name: string,
  path = '/',
): Promise<{ accessKeyId: string; secretAccessKey: string; sessionToken: string }> {
  const statement = { Effect: 'Allow', Principal: { AWS: ACCOUNT_ID }, Action: 'sts:AssumeRole' };
  await callQueryApi(cloud, 'iam', {
    Action: 'CreateRole',
    RoleName: name,
    Path: path,
    AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }),
  });
  const { text } = await callQueryApi(cloud, 'sts', {
    Action: 'AssumeRole',
    RoleArn: `arn:aws:iam::${ACCOUNT_ID}:role${path}${name}`,
    RoleSessionName: 'test',
  });
  return {
    accessKeyId: text('AccessKeyId') ?? '',
    secretAccessKey: text('SecretAccessKey') ?? '',
    sessionToken: text('SessionToken') ?? '',
  };
}
