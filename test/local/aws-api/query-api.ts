/** Calls of AWS's query protocol (IAM, CloudFormation), for which no SDK client is installed. */
import type { TestCloud } from './start.ts';

/** Sends a call as any client would; the answer's status and XML. */
export async function callQueryApi(
  { cloud }: TestCloud,
  service: 'iam' | 'cloudformation',
  parameters: Record<string, string>,
): Promise<{ status: number; xml: string; text: (element: string) => string | undefined }> {
  const scope = `${cloud.environment.AWS_ACCESS_KEY_ID}/20260101/us-east-1/${service}/aws4_request`;
  const answer = await fetch(cloud.endpoint, {
    method: 'POST',
    headers: { authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0` },
    body: new URLSearchParams({ Version: service === 'iam' ? '2010-05-08' : '2010-05-15', ...parameters }),
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
