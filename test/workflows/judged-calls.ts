/**
 * IAM in front of the local AWS API, which has none of its own: every call is judged by the documents of one role as
 * IAM judges, and what they do not allow is refused. A call that is not known here is allowed by nothing.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { allows } from '../modules/policy-judge.ts';
import { type Environment, passOn, readBody } from '../support/pass-on.ts';

/** `secretsmanager:GetSecretValue arn:…` */
interface Call {
  readonly action: string;
  readonly resource: string;
}

export interface JudgedCalls {
  /** Takes the place of the cloud's own endpoint. */
  readonly endpoint: string;
  /** What was asked for, each once, in alphabetical order. */
  readonly actions: () => readonly string[];
  readonly refused: () => readonly string[];
  readonly close: () => Promise<void>;
}

export interface JudgeOptions {
  /** Of the local AWS API. */
  readonly environment: Environment;
  readonly accountId: string;
  readonly region: string;
  /** Policy documents of the role, as JSON. */
  readonly documents: readonly unknown[];
}

export async function startJudge({ environment, documents, ...where }: JudgeOptions): Promise<JudgedCalls> {
  const asked = new Set<string>();
  const refused: string[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const body = await readBody(incoming);
    const { action, resource } = callOf(incoming, body, where);
    asked.add(action);
    if (action === NO_RIGHT_NEEDED || allows(documents, action, resource)) {
      const answer = await passOn(incoming, body, environment);
      outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(outgoing);
      return;
    }
    refused.push(`${action} ${resource}`);
    refuse(outgoing, action);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    actions: () => [...asked].sort(),
    refused: () => refused,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** @see https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html */
const NO_RIGHT_NEEDED = 'sts:GetCallerIdentity';
const S3_ACTIONS: Readonly<Record<string, string>> = {
  GET: 's3:GetObject',
  PUT: 's3:PutObject',
  DELETE: 's3:DeleteObject',
};
const CLOUDFRONT_LISTS: Readonly<Record<string, string>> = {
  distribution: 'cloudfront:ListDistributions',
  'key-group': 'cloudfront:ListKeyGroups',
  'public-key': 'cloudfront:ListPublicKeys',
};

function callOf(
  { method = '', url = '', headers }: IncomingMessage,
  body: Buffer,
  { accountId, region }: { accountId: string; region: string },
): Call {
  const [path = '', query = ''] = url.split('?');
  const target = /^secretsmanager\.(\w+)$/.exec(String(headers['x-amz-target']))?.[1];
  if (target !== undefined) {
    const { SecretId = '' } = JSON.parse(body.toString()) as { SecretId?: string };
    // As AWS spells it: six characters behind the name.
    const arn = `arn:aws:secretsmanager:${region}:${accountId}:secret:${SecretId}-a1B2c3`;
    return { action: `secretsmanager:${target}`, resource: arn };
  }
  const service = /\/([\w-]+)\/aws4_request/.exec(headers.authorization ?? '')?.[1];
  if (service === 'cloudfront') {
    const list = method === 'GET' ? /^\/2020-05-31\/([\w-]+)$/.exec(path)?.[1] : undefined;
    return { action: CLOUDFRONT_LISTS[list ?? ''] ?? `cloudfront:${method} ${path}`, resource: '*' };
  }
  // Objects, and nothing about a bucket or a part of an object's settings.
  if (service === 's3' && /^\/[^/]+\/./.test(path) && /^(?:x-id=\w+)?$/.test(query)) {
    return { action: S3_ACTIONS[method] ?? `s3:${method}`, resource: `arn:aws:s3:::${path.slice(1)}` };
  }
  const named = headers['x-amz-target'] ?? new URLSearchParams(body.toString()).get('Action');
  return { action: `${service}:${String(named ?? method)}`, resource: path };
}

function refuse(outgoing: ServerResponse, action: string): void {
  const service = action.split(':')[0];
  const code = service === 'secretsmanager' ? 'AccessDeniedException' : 'AccessDenied';
  outgoing.writeHead(service === 'secretsmanager' ? 400 : 403, {
    'content-type': service === 'secretsmanager' ? 'application/x-amz-json-1.1' : 'text/xml',
  });
  const message = `no identity-based policy allows the ${action} action`;
  outgoing.end(
    service === 'secretsmanager'
      ? JSON.stringify({ __type: code, message })
      : `<ErrorResponse><Error><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
  );
}
