/** The layer in front of moto's S3: bucket policies, presigned forms and queries, CORS. Everything else is moto's. */
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { bucketPolicyRules } from '../../../aws/iam/bucket-policy.ts';
import type { PolicyDocument } from '../../../aws/iam/document.ts';
import { isAllowed } from '../../../aws/iam/evaluate.ts';
import type { Principal } from '../../../aws/iam/principal.ts';
import type { ConditionContext } from '../../../aws/iam/request-context.ts';
import { regionIn } from '../../../aws/values/arns.ts';
import { type ApiAnswer, readApiRequest } from '../api-request.ts';
import { AwsError, notImplemented } from '../aws-error.ts';
import type { Callers } from '../callers.ts';
import type { CredentialScope } from '../credential-scope.ts';
import { isFromPage } from '../from-here.ts';
import type { KmsLayer } from '../kms/service.ts';
import { endToEndHeaders, type MotoClient } from '../moto-client.ts';
import { sendAnswer, streamAnswer } from '../send-answer.ts';
import { parsePolicy } from '../stored-policy.ts';
import { actionOf, ofVersion, subresourceOf } from './actions.ts';
import { BucketLogging } from './bucket-logging.ts';
import { type CorsRequest, parseCorsRules, requireCorsHeaders } from './cors.ts';
import { deleteXml, objectsToDelete, withDenied } from './delete-objects.ts';
import { postObject } from './post-object.ts';
import { isPresigned, requirePresignedQuery } from './presigned-query.ts';
import { requestContext } from './request-context.ts';
import { objectPath, parseCopySource, parseTarget, type S3Target, targetPath } from './target.ts';

/** S3 Control shares S3's signing name; its paths begin as if this were a bucket. */
const S3_CONTROL = 'v20180820';
const REQUESTER_PAYS_NOT =
  '<RequestPaymentConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Payer>BucketOwner</Payer></RequestPaymentConfiguration>';

export class S3Layer {
  /** By bucket. moto never sees them: it evaluates policies without their conditions. */
  readonly #policies = new Map<string, PolicyDocument>();
  readonly #logging = new BucketLogging();
  readonly #moto: MotoClient;
  readonly #accountId: string;
  readonly #callers: Callers;
  readonly #kms: KmsLayer;
  readonly #secretAccessKey: string;

  constructor(options: {
    moto: MotoClient;
    accountId: string;
    callers: Callers;
    kms: KmsLayer;
    secretAccessKey: string;
  }) {
    this.#secretAccessKey = options.secretAccessKey;
    this.#kms = options.kms;
    this.#moto = options.moto;
    this.#accountId = options.accountId;
    this.#callers = options.callers;
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
        requireAccess: (key, scope, fields) => this.#requireFormAccess(target.bucket, key, scope, fields),
      });
      return sendAnswer(outgoing, answer);
    }
    await this.#handleSigned(incoming, outgoing, {
      target,
      caller: this.#callerOf(incoming, target, signedBy),
    });
  }

  /** Whoever has signed the header or the query; null for an anonymous request. */
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
   * it; here they are refused, since they are of other owners than the machine.
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
      return this.#forward(incoming, outgoing, { target: incoming.url ?? '/', caller });
    }
    // An unsigned call of another service arrives here too: no bucket lets it in.
    if (caller === null && target.bucket === '') throw accessDenied();
    // moto reads parameters in a form before those of the query.
    if (isForm(incoming)) throw notImplemented('S3 requests with a form as their body, but PostObject');
    const principal = await this.#callers.principalOf(caller, incoming.headers);
    const subresource = subresourceOf(target.query);
    if (method === 'POST' && target.bucket !== '' && target.key === '' && subresource === 'delete') {
      return sendAnswer(outgoing, await this.#deleteObjects(incoming, target, { principal, caller }));
    }
    // A presigned address carries in its query what would be headers.
    const context = requestContext((name) => incoming.headers[name]?.toString() ?? queryValue(target, name));
    await this.#requireAccess(principal, actionOf(method, target), target, context);
    if (comparesETag(method, incoming.headers)) {
      await this.#requireAccess(principal, 's3:GetObject', target, context);
    }
    const copySource = incoming.headers['x-amz-copy-source']?.toString();
    const source = copySource === undefined ? null : parseCopySource(copySource);
    if (source !== null) {
      const action = source.query.has('versionId') ? ofVersion('GetObject') : 'GetObject';
      await this.#requireAccess(principal, `s3:${action}`, source);
    }
    if (target.key === '' && subresource === 'policy') {
      return sendAnswer(outgoing, await this.#policyCall(incoming, target.bucket));
    }
    if (target.key === '' && subresource === 'logging') {
      return sendAnswer(outgoing, await this.#loggingCall(incoming, target.bucket));
    }
    if (target.key === '' && subresource === 'requestPayment') {
      await this.#requireBucket(target.bucket);
      const headers = { 'content-type': 'application/xml' };
      return sendAnswer(outgoing, { status: 200, headers, body: REQUESTER_PAYS_NOT });
    }
    const isListable = () => this.#allows(principal, 's3:ListBucket', { ...target, key: '' });
    const inspect = async ({ statusCode: status, headers }: IncomingMessage): Promise<void> => {
      if (method === 'GET') await this.#requireDecryptable(principal, headers);
      // Whoever may not list a bucket is not told what is missing from it.
      if (status === 404 && target.key !== '' && !isListable()) throw accessDenied();
      if (status === 204 && method === 'DELETE' && target.key === '' && subresource === '') {
        this.#policies.delete(target.bucket);
        this.#logging.forget(target.bucket);
      }
    };
    await this.#forward(incoming, outgoing, {
      target: targetPath(target),
      caller,
      ...(source !== null && { headers: { 'x-amz-copy-source': targetPath(source) } }),
      inspect,
    });
  }

  /** Deletes what the policy lets the caller delete, and says of the rest that it does not. */
  async #deleteObjects(
    incoming: IncomingMessage,
    { bucket }: S3Target,
    { principal, caller }: { readonly principal: Principal; readonly caller: CredentialScope | null },
  ): Promise<ApiAnswer> {
    const { body, headers } = await readApiRequest(incoming);
    const objects = objectsToDelete(body);
    await this.#requireBucket(bucket);
    const isLet = ({ key, versionId }: (typeof objects)[number]) => {
      const action = versionId === null ? 'DeleteObject' : ofVersion('DeleteObject');
      return this.#allows(principal, `s3:${action}`, { bucket, key });
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
    const xml = answer.status === 200 ? withDenied(answer.body, denied) : answer.body;
    return { status: answer.status, headers: { 'content-type': 'application/xml' }, body: xml };
  }

  /** Whether a service of AWS that acts for a resource of this account may do this; its default is that it may not. */
  letsService(use: {
    readonly service: string;
    readonly sourceArn: string;
    readonly action: string;
    readonly target: Pick<S3Target, 'bucket' | 'key'>;
    readonly context?: ConditionContext;
  }): boolean {
    const { service, sourceArn, action, target, context } = use;
    const principal = { kind: 'service', service, sourceArn, sourceAccount: this.#accountId } as const;
    return this.#allows(principal, action, target, context);
  }

  async #policyCall(incoming: IncomingMessage, bucket: string): Promise<ApiAnswer> {
    await this.#requireBucket(bucket);
    if (incoming.method === 'PUT') {
      const { body } = await readApiRequest(incoming);
      this.#policies.set(
        bucket,
        parsePolicy(body, { ...bucketPolicyRules(bucket), malformedCode: 'MalformedPolicy' }),
      );
      return { status: 204 };
    }
    if (incoming.method === 'DELETE') {
      this.#policies.delete(bucket);
      return { status: 204 };
    }
    const policy = this.#policies.get(bucket);
    if (policy === undefined) {
      const details = { BucketName: bucket };
      throw new AwsError(404, 'NoSuchBucketPolicy', 'The bucket policy does not exist', details);
    }
    return { status: 200, headers: { 'content-type': 'application/json' }, body: policy.text };
  }

  async #loggingCall(incoming: IncomingMessage, bucket: string): Promise<ApiAnswer> {
    await this.#requireBucket(bucket);
    if (incoming.method !== 'PUT') {
      const headers = { 'content-type': 'application/xml' };
      return { status: 200, headers, body: this.#logging.get(bucket) };
    }
    const { body } = await readApiRequest(incoming);
    const log = {
      service: 'logging.s3.amazonaws.com',
      sourceArn: `arn:aws:s3:::${bucket}`,
      action: 's3:PutObject',
    };
    await this.#logging.put(bucket, body, {
      exists: (name) => this.#exists(name),
      letsIn: (target) => this.letsService({ ...log, target }),
    });
    return { status: 200 };
  }

  #allows(
    principal: Principal,
    action: string,
    target: Pick<S3Target, 'bucket' | 'key'>,
    context: ConditionContext = {},
  ): boolean {
    const resource = `arn:aws:s3:::${target.bucket}${target.key === '' ? '' : `/${target.key}`}`;
    return isAllowed(this.#policies.get(target.bucket), { principal, action, resource, context });
  }

  async #requireAccess(
    principal: Principal,
    action: string,
    target: Pick<S3Target, 'bucket' | 'key'>,
    context?: ConditionContext,
  ): Promise<void> {
    if (this.#allows(principal, action, target, context)) return;
    if (target.bucket !== '') await this.#requireBucket(target.bucket);
    throw accessDenied();
  }

  async #requireFormAccess(
    bucket: string,
    key: string,
    scope: CredentialScope,
    fields: ReadonlyMap<string, string>,
  ): Promise<void> {
    await this.#requireBucket(bucket);
    // A form has no headers of its own, so it cannot speak for a service.
    const principal = await this.#callers.principalOf(scope, {});
    const context = requestContext(
      (name) => fields.get(name) ?? (name === 'x-amz-acl' ? fields.get('acl') : undefined),
    );
    await this.#requireAccess(principal, 's3:PutObject', { bucket, key }, context);
  }

  async #requireBucket(bucket: string): Promise<void> {
    if (await this.#exists(bucket)) return;
    throw new AwsError(404, 'NoSuchBucket', 'The specified bucket does not exist', { BucketName: bucket });
  }

  async #exists(bucket: string): Promise<boolean> {
    return (await this.#askMoto('HEAD', objectPath(bucket, ''))).status !== 404;
  }

  async #corsRules(bucket: string) {
    const answer = await this.#askMoto('GET', `${objectPath(bucket, '')}?cors`);
    return answer.status === 200 ? parseCorsRules(answer.body) : [];
  }

  #askMoto(method: string, target: string) {
    return this.#moto.call({ method, target, headers: { authorization: this.#moto.authorization('s3') } });
  }

  /** Whoever reads an object needs its key as well: the one that moto's answer names. */
  async #requireDecryptable(principal: Principal, headers: IncomingHttpHeaders): Promise<void> {
    const keyId = headers['x-amz-server-side-encryption-aws-kms-key-id']?.toString();
    if (keyId === undefined) return;
    const region = regionIn(keyId);
    if (region === '') return;
    await this.#kms.requireAccess({ principal, action: 'kms:Decrypt', keyId, region }).catch((error) => {
      throw error instanceof AwsError && error.status === 400
        ? new AwsError(403, 'AccessDenied', error.message)
        : error;
    });
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

function queryValue(target: S3Target, name: string): string | undefined {
  return [...target.query].find(([key]) => key.toLowerCase() === name)?.[1];
}

/**
 * Whether a write or a delete depends on what is there: its answer tells whether a guess was right, so that S3 wants the
 * permission to read as well.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html#conditional-deletes-etags
 */
function comparesETag(method: string, headers: IncomingHttpHeaders): boolean {
  const ifMatch = headers['if-match'];
  return (method === 'DELETE' || method === 'PUT') && ifMatch !== undefined && ifMatch !== '*';
}

function accessDenied(): AwsError {
  return new AwsError(403, 'AccessDenied', 'Access Denied');
}

/** A browser's form, which carries its credentials inside. */
function isFormUpload(incoming: IncomingMessage, target: S3Target): boolean {
  const isMultipart = contentTypeOf(incoming).startsWith('multipart/form-data');
  return incoming.method === 'POST' && isMultipart && target.bucket !== '' && target.key === '';
}

function isForm(incoming: IncomingMessage): boolean {
  return /^(multipart\/form-data|application\/x-(www-form-urlencoded|url-encoded))/.test(
    contentTypeOf(incoming),
  );
}

function contentTypeOf({ headers }: IncomingMessage): string {
  return headers['content-type']?.trim().toLowerCase() ?? '';
}

/** What a browser asks on behalf of a page from elsewhere; null for any other client. */
function corsRequestOf(incoming: IncomingMessage): CorsRequest | null {
  const { origin } = incoming.headers;
  if (origin === undefined) return null;
  const isPreflight = incoming.method === 'OPTIONS';
  const requestedHeaders = incoming.headers['access-control-request-headers'] ?? '';
  return {
    origin,
    method: (isPreflight ? incoming.headers['access-control-request-method'] : incoming.method) ?? '',
    headers: isPreflight
      ? requestedHeaders.split(',').flatMap((name) => (name.trim() === '' ? [] : [name.trim().toLowerCase()]))
      : [],
  };
}
