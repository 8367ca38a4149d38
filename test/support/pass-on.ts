/** The way on for a test that stands before the local AWS API: another address is another host, so requests are signed anew. */

import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { signRequest } from './signed-request.ts';

/** Of one connection, or of the signature that was made for this address. */
const LEFT_OUT =
  /^(authorization|host|connection|keep-alive|expect|content-length|transfer-encoding|x-amz-date)$/;

export type Environment = Readonly<Record<string, string | undefined>>;

export async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** @param environment of the local AWS API behind; its answer, unread */
export async function passOn(
  { method = 'GET', url: path = '/', headers }: IncomingMessage,
  body: Buffer,
  environment: Environment,
): Promise<IncomingMessage> {
  const [, accessKeyId = '', region = '', service = ''] =
    /Credential=([^/]+)\/\d+\/([^/]+)\/([^/]+)\//.exec(headers.authorization ?? '') ?? [];
  const kept = Object.entries(headers).flatMap(([name, value]) =>
    LEFT_OUT.test(name) || value === undefined ? [] : [[name, String(value)] as const],
  );
  const signed = await signRequest(environment, {
    service,
    method,
    path,
    headers: Object.fromEntries(kept),
    body,
    region,
    accessKeyId,
  });
  const { hostname, port } = new URL(environment.AWS_ENDPOINT_URL ?? '');
  const onward = request({ hostname, port, ...signed });
  onward.end(body);
  const [answer] = (await once(onward, 'response')) as [IncomingMessage];
  return answer;
}
