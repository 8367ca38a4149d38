/** What the edge says to a viewer, in the words of the runbook's first column. */
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';

export interface ViewerAsks {
  readonly url: string;
  readonly cookies?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** `403 MissingKey`, `403 page`, `403 S3`, `200` */
export async function symptomOf(
  edgeUrl: string,
  { url, cookies, method = 'GET', headers }: ViewerAsks,
): Promise<string> {
  const { hostname, port } = new URL(edgeUrl);
  const [, host = '', target = ''] = /^https?:\/\/([^/]+)(.*)$/.exec(url) ?? [];
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = { ...headers, host, ...(cookies !== undefined && { cookie: cookies }) };
    request({ hostname, port, path: target, method, headers: sent, agent: false }, resolve)
      .once('error', reject)
      .end();
  });
  const body = await text(answer);
  const status = String(answer.statusCode);
  if (status === '200') return status;
  if (/^\s*<(!DOCTYPE|html)/i.test(body)) return `${status} page`;
  if (/<(RequestId|HostId)>/.test(body)) return `${status} S3`;
  return `${status} ${/<Code>(\w+)<\/Code>/.exec(body)?.[1]}`;
}
