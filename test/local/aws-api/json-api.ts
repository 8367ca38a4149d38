/** Calls of AWS's JSON protocol (SQS, EventBridge, KMS, …), for which no SDK client is installed. */
import { signedFetch } from '../../support/signed-request.ts';
import type { TestCloud } from './start.ts';

const TARGETS = {
  acm: 'CertificateManager',
  sqs: 'AmazonSQS',
  dynamodb: 'DynamoDB_20120810',
  budgets: 'AWSBudgetServiceGateway',
  events: 'AWSEvents',
  kms: 'TrentService',
  logs: 'Logs_20140328',
  secretsmanager: 'secretsmanager',
  ssm: 'AmazonSSM',
} as const;

export interface JsonAnswer {
  readonly status: number;
  /** Parsed; members as the operation has them. */
  // biome-ignore lint/suspicious/noExplicitAny: every operation answers something else, and the test says what.
  readonly output: any;
}

/** Sends a call as any client would, signed with the given access key id. */
export async function callJsonApi(
  { cloud }: Pick<TestCloud, 'cloud'>,
  service: keyof typeof TARGETS,
  operation: string,
  input: object,
  accessKeyId?: string,
): Promise<JsonAnswer> {
  const answer = await signedFetch(cloud.environment, {
    service,
    ...(accessKeyId !== undefined && { accessKeyId }),
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `${TARGETS[service]}.${operation}`,
    },
    body: JSON.stringify(input),
  });
  const text = await answer.text();
  return { status: answer.status, output: text === '' ? {} : JSON.parse(text) };
}
