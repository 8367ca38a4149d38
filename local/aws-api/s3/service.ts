/** The layer in front of moto's S3: presigned forms and queries, CORS, and who may do what by `access.ts`. The rest is moto's. */
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Principal } from '../../../aws/iam/principal.ts';
import type { ApiAnswer } from '../api-request.ts';
import { AwsError, notImplemented } from '../aws-error.ts';
import type { Callers } from '../callers.ts';
import type { CredentialScope } from '../credential-scope.ts';
import { isFromPage } from '../from-here.ts';
import type { KmsLayer } from '../kms/service.ts';
import type { MotoClient } from '../moto-client.ts';
import { endToEndHeaders } from '../moto-connection.ts';
import { sendAnswer, streamAnswer } from '../send-answer.ts';
import { accessDenied, BucketAccess, type ServiceUse } from './access.ts';
import { actionOf, ofVersion, subresourceOf } from './actions.ts';
import { BucketSettings } from './bucket-settings.ts';
import { type CheckedBody, checkedBody, readChecked, requireSize } from './checked-body.ts';
import { ALGORITHMS, checksumHeader, checksumModeOf, type HeaderValue } from './checksums.ts';
import { type ConditionalWrite, ConditionalWrites } from './conditional-writes.ts';
import { corsRequestOf, parseCorsRules, requireCorsHeaders } from './cors.ts';
import { deleteXml, objectsToDelete, withDenied } from './delete-objects.ts';
import { type MultipartCall, MultipartUploads } from './multipart/service.ts';
import { postObject } from './post-object.ts';
import { isPresigned, requirePresignedQuery } from './presigned-query.ts';
import { requestContext } from './request-context.ts';
import { comparesETag, isForm, isFormUpload, isWrite, queryValue, withSmallPage } from './request-kind.ts';
import { storageClassHeader } from './storage-class.ts';
import { objectPath, parseCopySource, parseTarget, type S3Target, targetPath } from './target.ts';

/** S3 Control shares S3's signing name; its paths begin as if this were a bucket. */
const S3_CONTROL = 'v20180820';
/** A request's checksums, which have been compared by the time that moto has its body. */
const NO_CHECKSUMS = Object.fromEntries(
  [...ALGORITHMS.map(checksumHeader), 'x-amz-sdk-checksum-algorithm'].map((name) => [name, undefined]),
);

/** A request whose caller is known. */
interface Request {
  readonly incoming: IncomingMessage;
  readonly method: string;
  readonly subresource: string;
  readonly principal: Principal;
  readonly call: MultipartCall;
}

/** A request that is allowed. */
interface JudgedRequest extends Request {
  /** Of a copy. */
  readonly source: S3Target | null;
  readonly write: ConditionalWrite;
}

export class S3Layer {
  readonly #moto: MotoClient;
  readonly #callers: Callers;
  readonly #access: BucketAccess;
  readonly #settings: BucketSettings;
  readonly #uploads: MultipartUploads;
  readonly #conditions = new ConditionalWrites();
  readonly #secretAccessKey: string;

  constructor(options: {
    moto: MotoClient;
    accountId: string;
    callers: Callers;
    kms: KmsLayer;
    secretAccessKey: string;
    now: () => Date;
  }) {
    this.#secretAccessKey = options.secretAccessKey;
    this.#moto = options.moto;
    this.#callers = options.callers;
    this.#access = new BucketAccess(options);
    this.#settings = new BucketSettings({ access: this.#access });
    this.#uploads = new MultipartUploads(options);
  }

  /**
   * Answers one request.
   *
   * @param signedBy whom the Authorization header names, its signature checked; null where there is none
   */
  async handle(
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    signedBy: CredentialScope | null,
  ): Promise<void> {
    const target = parseTarget(incoming.url ?? '/');
    if (isFromPage(incoming)) {
      const headers = await this.#corsHeaders(incoming, target);
      if (incoming.method === 'OPTIONS') return sendAnswer(outgoing, { status: 200, headers });
      // On the answer from here on, an error's included.
      for (const [name, value] of Object.entries(headers)) outgoing.setHeader(name, value);
    }
    if (signedBy === null && isFormUpload(incoming, target)) {
      const answer = await postObject(incoming, target.bucket, {
        moto: this.#moto,
        now: new Date(),
        secretAccessKey: this.#secretAccessKey,
        requireAccess: (key, scope, fields) => this.#access.requireForForm(target.bucket, key, scope, fields),
      });
      return sendAnswer(outgoing, answer);
    }
    await this.#handleSigned(incoming, outgoing, {
      target,
      caller: this.#callerOf(incoming, target, signedBy),
    });
  }

  /** The caller that signed the header or the query; null for an anonymous request. */
  #callerOf(
    { method = 'GET', url = '', headers }: IncomingMessage,
    target: S3Target,
    signedBy: CredentialScope | null,
  ): CredentialScope | null {
    if (!isPresigned(target.query)) return signedBy;
    if (signedBy !== null) {
      throw new AwsError(400, 'InvalidArgument', 'Only one auth mechanism allowed');
    }
    const authentication = { secretAccessKey: this.#secretAccessKey, now: new Date() };
    return requirePresignedQuery({ method, target: url, headers }, authentication);
  }

  /**
   * What a page may read. S3 itself answers pages that no rule names and leaves it to the browser that they cannot read
   * it; here they are refused, since they belong to other owners than the machine.
   */
  async #corsHeaders(incoming: IncomingMessage, target: S3Target): Promise<Readonly<Record<string, string>>> {
    const cors = corsRequestOf(incoming);
    if (cors === null || target.bucket === '') throw accessDenied();
    return requireCorsHeaders(await this.#corsRules(target.bucket), cors);
  }

  async #handleSigned(
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    { target, caller }: { readonly target: S3Target; readonly caller: CredentialScope | null },
  ): Promise<void> {
    const method = incoming.method ?? 'GET';
    if (target.bucket === S3_CONTROL) {
      if (caller === null) throw accessDenied();
      const body = checkedBody(incoming.headers, { header: (name) => incoming.headers[name]?.toString() });
      return this.#forward(incoming, outgoing, { target: incoming.url ?? '/', caller, body });
    }
    // An unsigned call of another service arrives here too: no bucket allows it.
    if (caller === null && target.bucket === '') throw accessDenied();
    // moto reads parameters in a form before those of the query.
    if (isForm(incoming)) throw notImplemented('S3 requests with a form as their body, but PostObject');
    const principal = await this.#callers.principalOf(caller, incoming.headers);
    const subresource = subresourceOf(target.query);
    if (method === 'POST' && target.bucket !== '' && target.key === '' && subresource === 'delete') {
      return sendAnswer(outgoing, await this.#deleteObjects(incoming, target, { principal, caller }));
    }
    // A presigned address carries in its query what would be headers.
    const header: HeaderValue = (name) => incoming.headers[name]?.toString() ?? queryValue(target, name);
    const request = { incoming, method, subresource, principal, call: { target, caller, header } };
    const write = this.#conditions.begin(
      target,
      isWrite(method, { target, subresource }) ? header : () => undefined,
    );
    try {
      const source = await this.#requireAccess(request);
      await this.#answer(outgoing, { ...request, source, write });
    } finally {
      write.end();
    }
  }

  /** Judges the call, and the source of a copy, which it resolves to; null for any other call. */
  async #requireAccess({ incoming, method, principal, call }: Request): Promise<S3Target | null> {
    const { target, header } = call;
    const context = requestContext(header);
    await this.#access.require(principal, actionOf(method, target), target, context);
    if (comparesETag(method, incoming.headers)) {
      await this.#access.require(principal, 's3:GetObject', target, context);
    }
    const copySource = incoming.headers['x-amz-copy-source']?.toString();
    if (copySource === undefined) return null;
    const source = parseCopySource(copySource);
    const action = source.query.has('versionId') ? ofVersion('GetObject') : 'GetObject';
    await this.#access.require(principal, `s3:${action}`, source);
    // moto would compute another one for an algorithm that it does not have.
    checksumModeOf((name) => (name === 'x-amz-checksum-type' ? undefined : header(name)));
    return source;
  }

  /** Answers what is allowed: here where the gateway keeps it, else by way of moto. */
  async #answer(outgoing: ServerResponse, request: JudgedRequest): Promise<void> {
    const { incoming, method, subresource, principal, source, call, write } = request;
    const { target, caller, header } = call;
    const settings = target.key === '' ? this.#settings.answerFor(subresource) : undefined;
    if (settings !== undefined) {
      await this.#access.requireBucket(target.bucket);
      return sendAnswer(outgoing, await settings(incoming, target.bucket));
    }
    const answer = await this.#multipart(request);
    if (answer !== null) return sendAnswer(outgoing, answer);
    const isListable = () => this.#access.allows(principal, 's3:ListBucket', { ...target, key: '' });
    const inspect = async ({ statusCode: status, headers }: IncomingMessage): Promise<void> => {
      if (method === 'GET') await this.#access.requireDecryptable(principal, headers);
      // A caller that may not list a bucket is not told what is missing from it.
      if (status === 404 && target.key !== '' && !isListable()) throw accessDenied();
      if (status !== 204 || method !== 'DELETE' || subresource !== '') return;
      if (target.key !== '') return this.#conditions.deleted(target);
      this.#settings.forget(target.bucket);
      this.#uploads.forget(target.bucket);
    };
    const to = {
      target: targetPath(withSmallPage(target)),
      caller,
      headers: {
        ...(source !== null && { 'x-amz-copy-source': targetPath(source) }),
        ...(method === 'PUT' && target.key !== '' && subresource === '' && storageClassHeader(header)),
      },
    };
    const isContent = method === 'PUT' && target.key !== '' && source === null;
    if (isContent && subresource === 'uploadId') {
      const { body, stored } = await this.#uploads.part(incoming.headers, call);
      return this.#forward(incoming, outgoing, {
        ...to,
        body,
        // The checksum in the answer is the gateway's own.
        headers: NO_CHECKSUMS,
        inspect: async (head) => {
          for (const [name, value] of Object.entries(stored(head))) outgoing.setHeader(name, value);
        },
      });
    }
    if (!isContent || subresource !== '') {
      const body = checkedBody(incoming.headers, { header });
      return this.#forward(incoming, outgoing, { ...to, body, inspect });
    }
    requireSize(incoming.headers);
    const body = checkedBody(incoming.headers, { header, before: () => write.requireUndisturbed() });
    const { algorithm } = body;
    await this.#forward(incoming, outgoing, {
      ...to,
      body,
      // moto computes the checksum of what it gets, and keeps it.
      headers: {
        ...to.headers,
        ...NO_CHECKSUMS,
        ...(algorithm !== null && { 'x-amz-sdk-checksum-algorithm': algorithm }),
      },
      inspect,
    });
  }

  /** Answers the calls of multipart uploads, but those that a body is streamed through for: null for these and any other. */
  async #multipart(request: JudgedRequest): Promise<ApiAnswer | null> {
    const { incoming, method, subresource, source, call, write } = request;
    if (subresource !== 'uploads' && subresource !== 'uploadId') return null;
    const { bucket, key } = call.target;
    await this.#access.requireBucket(bucket);
    if (subresource === 'uploads') {
      return key === '' ? this.#uploads.list(call) : this.#uploads.create(incoming, call);
    }
    if (method === 'GET') return this.#uploads.listParts(call);
    if (method === 'DELETE') return this.#uploads.abort(call);
    if (method === 'POST') return this.#uploads.complete(incoming, call, () => write.requireUndisturbed());
    if (source !== null) await this.#uploads.requireCopyable(call);
    return null;
  }

  /** Deletes what the policy lets the caller delete, and says of the rest that it does not. */
  async #deleteObjects(
    incoming: IncomingMessage,
    { bucket }: S3Target,
    { principal, caller }: { readonly principal: Principal; readonly caller: CredentialScope | null },
  ): Promise<ApiAnswer> {
    const { body, headers } = await readChecked(incoming);
    const objects = objectsToDelete(body);
    await this.#access.requireBucket(bucket);
    const isLet = ({ key, versionId }: (typeof objects)[number]) => {
      const action = versionId === null ? 'DeleteObject' : ofVersion('DeleteObject');
      return this.#access.allows(principal, `s3:${action}`, { bucket, key });
    };
    const allowed = objects.filter(isLet);
    const denied = objects.filter((object) => !isLet(object));
    const bypass = headers['x-amz-bypass-governance-retention'];
    const answer =
      allowed.length === 0
        ? { status: 200, body: '' }
        : await this.#moto.call(
            {
              method: 'POST',
              target: `${objectPath(bucket, '')}?delete=`,
              headers: {
                authorization: this.#moto.authorization('s3', caller?.accessKeyId, caller?.region),
                'content-type': 'application/xml',
                ...(bypass !== undefined && { 'x-amz-bypass-governance-retention': bypass }),
              },
            },
            deleteXml(allowed),
          );
    if (answer.status === 200) for (const { key } of allowed) this.#conditions.deleted({ bucket, key });
    const xml = answer.status === 200 ? withDenied(answer.body, denied) : answer.body;
    return { status: answer.status, headers: { 'content-type': 'application/xml' }, body: xml };
  }

  /** For services that act for a resource of this account. */
  letsService(use: ServiceUse): boolean {
    return this.#access.letsService(use);
  }

  async #corsRules(bucket: string) {
    const headers = { authorization: this.#moto.authorization('s3') };
    const answer = await this.#moto.call({
      method: 'GET',
      target: `${objectPath(bucket, '')}?cors`,
      headers,
    });
    return answer.status === 200 ? parseCorsRules(answer.body) : [];
  }

  /** Streams the request through; `inspect` sees the head of the answer before anything goes back and may throw instead. */
  async #forward(
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    {
      inspect,
      ...to
    }: {
      readonly target: string;
      readonly caller: CredentialScope | null;
      readonly headers?: OutgoingHttpHeaders;
      readonly body: CheckedBody;
      readonly inspect?: (head: IncomingMessage) => Promise<void>;
    },
  ): Promise<void> {
    const answer = await this.#moto.forward(incoming, to);
    try {
      await inspect?.(answer);
    } catch (error) {
      answer.resume();
      throw error;
    }
    const headers = Object.entries(endToEndHeaders(answer.headers)).filter(
      ([name]) => !name.startsWith('access-control-'),
    );
    await streamAnswer(outgoing, answer, Object.fromEntries(headers));
  }
}
