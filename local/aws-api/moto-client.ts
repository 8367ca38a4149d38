/** Calls moto over loopback: streamed through for clients, and on the gateway's own account. */
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import type { Readable, Transform } from 'node:stream';
import { ACCOUNT_ACCESS_KEY_ID } from '../../aws/iam/service-principals.ts';
import type { ApiAnswer, ApiRequest, WholeRequest } from './api-request.ts';
import { notImplemented } from './aws-error.ts';
import { type CredentialScope, credentialScopeOf } from './credential-scope.ts';
import { type JsonCall, type JsonObject, jsonBody, outputOf } from './json-call.ts';
import { answerTo, endToEndHeaders, MotoConnection } from './moto-connection.ts';
import { parseXml } from './xml.ts';

export class MotoClient extends MotoConnection {
  readonly #region: string;

  /** @param options.key what moto answers to, from `startMoto` */
  constructor(options: { port: number; key: string; region: string }) {
    super(options);
    this.#region = options.region;
  }

  /**
   * Sends a request to S3 on, its body streamed; resolves with moto's answer, unread.
   *
   * @param to what was judged, as moto shall read it; a header takes the place of the request's own
   * @throws AwsError what the streams of `body` find wrong: moto has not had the end of the body then
   */
  forward(
    incoming: IncomingMessage,
    to: {
      /** Path with its query. */
      readonly target: string;
      /** Null for an anonymous request. */
      readonly caller: CredentialScope | null;
      readonly headers?: OutgoingHttpHeaders;
      /** What the body passes through, and headers that then take the place of the request's own. */
      readonly body: { readonly streams: readonly Transform[]; readonly headers: OutgoingHttpHeaders };
    },
  ): Promise<IncomingMessage> {
    const { target, caller, headers, body } = to;
    return new Promise((resolve, reject) => {
      // moto would take a region from the name of the client's program before the signed one.
      const { 'user-agent': _, ...passed } = endToEndHeaders(incoming.headers);
      const outgoing = this.request({
        method: incoming.method ?? 'GET',
        target,
        headers: defined({
          ...passed,
          ...body.headers,
          ...headers,
          authorization: this.authorization('s3', caller?.accessKeyId, caller?.region),
        }),
      });
      answerTo(outgoing).then(resolve, reject);
      incoming.once('error', (error) => outgoing.destroy(error));
      incoming.once('close', () => {
        if (!incoming.complete) outgoing.destroy(new Error('the client went away'));
      });
      // What is left of a refused body is read and dropped, so that the client hears of the refusal.
      const refuse = (error: Error) => {
        outgoing.destroy(error);
        incoming.unpipe();
        incoming.resume();
      };
      for (const stream of body.streams) stream.once('error', refuse);
      body.streams.reduce<Readable>((from, stream) => from.pipe(stream), incoming).pipe(outgoing);
    });
  }

  /** Sends a client's call on that has been read whole; resolves with moto's answer, unread. */
  async send({ method, path, query, headers, body }: WholeRequest): Promise<IncomingMessage> {
    const open = this.open({
      method,
      target: query.size === 0 ? path : `${path}?${query}`,
      headers: { ...this.#passedHeaders(headers), 'content-length': body.length },
    });
    if (body.length > 0) await open.write(body);
    open.end();
    return open.answer;
  }

  /** Calls an action of the query protocol (IAM, STS, SNS) as the account, or as the owner of the access key; its XML. */
  async query(
    service: string,
    parameters: Readonly<Record<string, string>>,
    caller: { readonly accessKeyId?: string; readonly region?: string } = {},
  ): Promise<{ status: number; xml: ReturnType<typeof parseXml> }> {
    const { status, body } = await this.call(
      {
        method: 'POST',
        target: '/',
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          authorization: this.authorization(service, caller.accessKeyId, caller.region),
        },
      },
      new URLSearchParams(parameters).toString(),
    );
    return { status, xml: parseXml(body) };
  }

  /** Calls an operation of the JSON protocol by its `X-Amz-Target`, in the region of a client's own call. */
  async callJson(
    scope: { readonly service: string; readonly region: string },
    target: string,
    input: object,
  ): Promise<{ status: number; output: JsonObject }> {
    const answer = await this.passJson({
      scope: { ...scope, accessKeyId: ACCOUNT_ACCESS_KEY_ID },
      target,
      contentType: 'application/x-amz-json-1.1',
      input,
    });
    return { status: answer.status, output: outputOf(answer) };
  }

  /** Passes a client's call of the JSON protocol on: what was read and judged, and nothing else. */
  async passJson({
    scope,
    target,
    contentType,
    input,
  }: Pick<JsonCall, 'target' | 'contentType'> & {
    readonly scope: Pick<CredentialScope, 'service' | 'region' | 'accessKeyId'>;
    readonly input: object;
  }): Promise<ApiAnswer> {
    const headers = {
      'content-type': contentType,
      'x-amz-target': target,
      authorization: this.authorization(scope.service, scope.accessKeyId, scope.region),
    };
    const answer = await this.call({ method: 'POST', target: '/', headers }, jsonBody(input));
    if (isUnknownToMoto(answer.status, answer.headers)) {
      throw notImplemented(`${scope.service} ${target.split('.').at(-1)}`);
    }
    return wholeAnswer(answer);
  }

  /** Passes a client's call on that has been read whole; moto's answer whole. */
  async pass(request: ApiRequest): Promise<ApiAnswer> {
    const search = request.query.size === 0 ? '' : `?${request.query}`;
    const headers = this.#passedHeaders(request.headers);
    const call = { method: request.method, target: request.path + search, headers };
    const answer = await this.call(call, request.body);
    if (isUnknownToMoto(answer.status, answer.headers)) throw notImplemented(nameOf(request));
    return wholeAnswer(answer);
  }

  /** An `Authorization` header by which moto finds the service; it checks no signature. */
  authorization(service: string, accessKeyId = ACCOUNT_ACCESS_KEY_ID, region = this.#region): string {
    const scope = `${accessKeyId}/20260101/${region}/${service}/aws4_request`;
    return `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`;
  }

  /** moto reads the service, the region and the caller in a header of our own, so that it can read no others. */
  #passedHeaders(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
    const scope = credentialScopeOf({ headers });
    // moto would take a region from the name of the client's program before the signed one.
    const {
      'content-length': _,
      'transfer-encoding': __,
      'user-agent': ___,
      ...passed
    } = endToEndHeaders(headers);
    const authorization =
      scope === null
        ? {}
        : { authorization: this.authorization(scope.service, scope.accessKeyId, scope.region) };
    return { ...passed, ...authorization };
  }
}

/** moto's answer without what belongs to its connection. */
export function wholeAnswer({
  status,
  headers,
  body,
}: {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}): ApiAnswer {
  const { 'content-length': _, ...passed } = endToEndHeaders(headers);
  const texts = Object.entries(passed).map(([name, value]) => [name, String(value)]);
  return { status, headers: Object.fromEntries(texts), body };
}

function defined(headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined));
}

/** The operation of the query protocol. */
function nameOf(request: ApiRequest): string {
  const service = credentialScopeOf(request)?.service ?? '';
  const action = new URLSearchParams(request.body).get('Action');
  return `${service} ${action ?? `${request.method} ${request.path}`}`;
}

/** moto answers a page of HTML to what it does not do, and an SDK then tries again and again. */
export function isUnknownToMoto(status: number | undefined, headers: IncomingHttpHeaders): boolean {
  const isPage = headers['content-type']?.startsWith('text/html') ?? false;
  return isPage && (status === 404 || status === 405 || status === 500);
}
