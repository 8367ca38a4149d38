/** Requests to the local AWS API, signed by the signer of the AWS SDK: for services that no SDK client is installed for. */

import { SignatureV4 } from '@smithy/signature-v4';
import { NodeSha256 } from '../../edge/node-sha256.ts';

export interface UnsignedRequest {
  readonly service: string;
  /** @default 'POST' */
  readonly method?: string;
  /** Path with its query. @default '/' */
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** @default - the environment's */
  readonly region?: string;
  /** Who calls. @default - the account */
  readonly accessKeyId?: string;
  /** @default - the run's */
  readonly secretAccessKey?: string;
  /** @default - the current time */
  readonly signedAt?: Date;
}

export interface SignedRequest {
  readonly method: string;
  readonly path: string;
  /** Host included. */
  readonly headers: Record<string, string>;
  readonly body: string | Buffer;
}

/** @param environment of the local AWS API, as `startLocalCloud` has it */
export async function signRequest(
  environment: Readonly<Record<string, string | undefined>>,
  request: UnsignedRequest,
): Promise<SignedRequest> {
  const endpoint = new URL(environment.AWS_ENDPOINT_URL ?? '');
  const { service, method = 'POST', path = '/', body = '' } = request;
  const [pathname = '/', search = ''] = path.split(/\?(.*)/s);
  const signer = new SignatureV4({
    service,
    region: request.region ?? environment.AWS_REGION ?? '',
    credentials: {
      accessKeyId: request.accessKeyId ?? environment.AWS_ACCESS_KEY_ID ?? '',
      secretAccessKey: request.secretAccessKey ?? environment.AWS_SECRET_ACCESS_KEY ?? '',
    },
    sha256: NodeSha256,
    uriEscapePath: service !== 's3',
    applyChecksum: service === 's3',
  });
  const { headers } = await signer.sign(
    {
      method,
      protocol: endpoint.protocol,
      hostname: endpoint.hostname,
      path: pathname,
      query: Object.fromEntries(new URLSearchParams(search)),
      headers: { ...request.headers, host: endpoint.host },
      body,
    },
    request.signedAt === undefined ? {} : { signingDate: request.signedAt },
  );
  return { method, path, headers, body };
}

/** Signs and sends. */
export async function signedFetch(
  environment: Readonly<Record<string, string | undefined>>,
  request: UnsignedRequest,
): Promise<Response> {
  const { method, path, headers, body } = await signRequest(environment, request);
  const { host: _, ...sent } = headers;
  return fetch(`${environment.AWS_ENDPOINT_URL}${path}`, {
    method,
    headers: sent,
    ...(body.length > 0 && { body: typeof body === 'string' ? body : new Uint8Array(body) }),
  });
}
