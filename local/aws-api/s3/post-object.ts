/** PostObject: a browser's presigned form upload, checked as S3 does and stored as an ordinary PutObject. */
import type { IncomingMessage } from 'node:http';
import type { ApiAnswer } from '../api-request.ts';
import { AwsError, notImplemented } from '../aws-error.ts';
import { type CredentialScope, parseCredential } from '../credential-scope.ts';
import type { MotoClient } from '../moto-client.ts';
import type { OpenCall } from '../moto-connection.ts';
import { isSignatureOf, signatureDoesNotMatch } from '../sigv4.ts';
import { element } from '../xml.ts';
import { badDigest, type Checksum, checksumIn, startChecksum } from './checksums.ts';
import { type PostForm, readPostForm } from './post-form.ts';
import { requirePolicyMet, type SizeRange } from './post-policy.ts';
import { storageClassHeader } from './storage-class.ts';
import { objectPath } from './target.ts';

/** Form fields that are PutObject's headers under the same name, in addition to `x-amz-meta-*` and the like. */
const HEADER_FIELDS = new Set([
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-type',
  'expires',
]);
/** Part of the signature, not of the object. */
const SIGNATURE_FIELDS = new Set([
  'x-amz-algorithm',
  'x-amz-credential',
  'x-amz-date',
  'x-amz-security-token',
  'x-amz-signature',
]);

export interface PostObjectOptions {
  readonly moto: MotoClient;
  readonly secretAccessKey: string;
  readonly now: Date;
  /** @throws AwsError when the bucket's policy denies s3:PutObject on the key */
  readonly requireAccess: (
    key: string,
    scope: CredentialScope,
    fields: ReadonlyMap<string, string>,
  ) => Promise<void>;
}

/** Takes the upload; the answer is what the form's success_action_status asks for (204 by default). */
export async function postObject(
  incoming: IncomingMessage,
  bucket: string,
  options: PostObjectOptions,
): Promise<ApiAnswer> {
  // A refusal ends the reading early; the connection must live on to carry the answer, and the rest be drained.
  const chunks = incoming.iterator({ destroyOnReturn: false }) as AsyncIterableIterator<Buffer>;
  try {
    return await takeUpload(incoming, chunks, bucket, options);
  } finally {
    await chunks.return?.();
    incoming.resume();
  }
}

async function takeUpload(
  incoming: IncomingMessage,
  chunks: AsyncIterable<Buffer>,
  bucket: string,
  options: PostObjectOptions,
): Promise<ApiAnswer> {
  const form = await readPostForm(chunks, incoming.headers['content-type'] ?? '');
  const key = (form.fields.get('key') ?? '').replace(/\$\{filename\}/g, () => form.fileName);
  if (key === '') {
    const message =
      "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields.";
    throw new AwsError(400, 'InvalidArgument', message);
  }
  for (const unsupported of ['success_action_redirect', 'redirect', 'tagging']) {
    if (form.fields.has(unsupported)) throw notImplemented(`the form field ${unsupported} of S3 PostObject`);
  }
  const fields = new Map([...form.fields, ['key', key], ['bucket', bucket]]);
  const scope = requireSigned(fields, options.secretAccessKey);
  const sizeRange = requirePolicyMet(fields.get('policy') ?? '', fields, options.now);
  await options.requireAccess(key, scope, fields);
  const etag = await storeFile(options.moto, form, { bucket, key, scope, sizeRange });
  return success(fields.get('success_action_status'), {
    location: `http://${incoming.headers.host}${objectPath(bucket, key)}`,
    bucket,
    key,
    etag,
  });
}

/** Checks the policy's signature, which covers the whole form. */
function requireSigned(fields: ReadonlyMap<string, string>, secretAccessKey: string): CredentialScope {
  const policy = fields.get('policy');
  if (policy === undefined) throw new AwsError(403, 'AccessDenied', 'Access Denied');
  const scope = parseCredential(fields.get('x-amz-credential') ?? '');
  if (fields.get('x-amz-algorithm') !== 'AWS4-HMAC-SHA256' || scope?.service !== 's3') {
    throw new AwsError(
      400,
      'InvalidArgument',
      'expected X-Amz-Algorithm AWS4-HMAC-SHA256 and a credential for s3',
    );
  }
  const isOfItsDay = fields.get('x-amz-date')?.startsWith(`${scope.date}T`) ?? false;
  const signature = fields.get('x-amz-signature') ?? '';
  if (isOfItsDay && isSignatureOf(signature, policy, { scope, secretAccessKey })) return scope;
  throw signatureDoesNotMatch();
}

async function storeFile(
  moto: MotoClient,
  form: PostForm,
  object: { bucket: string; key: string; scope: CredentialScope; sizeRange: SizeRange | null },
): Promise<string> {
  const checksum = checksumIn((name) => form.fields.get(name));
  const call = moto.open({
    method: 'PUT',
    target: objectPath(object.bucket, object.key),
    headers: {
      ...objectHeaders(form.fields),
      ...storageClassHeader((name) => form.fields.get(name)),
      ...(checksum !== null && { 'x-amz-sdk-checksum-algorithm': checksum.algorithm }),
      authorization: moto.authorization('s3', object.scope.accessKeyId),
      // The size is known when the last byte has come, not before.
      'transfer-encoding': 'chunked',
    },
  });
  try {
    await copyWithinRange(
      checksum === null ? form.file : ofChecksum(form.file, checksum),
      call,
      object.sizeRange,
    );
  } catch (error) {
    // Without the terminating chunk moto stores nothing.
    call.abort();
    throw error;
  }
  call.end();
  const answer = await call.answer;
  answer.resume();
  if (answer.statusCode === 404) {
    throw new AwsError(404, 'NoSuchBucket', 'The specified bucket does not exist', {
      BucketName: object.bucket,
    });
  }
  if (answer.statusCode !== 200) throw new Error(`moto answered ${answer.statusCode} to PutObject`);
  return String(answer.headers.etag ?? '');
}

/** The file as it comes; fails at its end when its checksum is another. */
async function* ofChecksum(
  file: AsyncIterable<Buffer>,
  { algorithm, value }: Checksum,
): AsyncGenerator<Buffer> {
  const running = startChecksum(algorithm);
  for await (const chunk of file) {
    running.update(chunk);
    yield chunk;
  }
  if (running.value() !== value) throw badDigest(algorithm);
}

async function copyWithinRange(
  file: AsyncIterable<Buffer>,
  call: OpenCall,
  range: SizeRange | null,
): Promise<void> {
  let bytes = 0;
  for await (const chunk of file) {
    bytes += chunk.length;
    if (range !== null && bytes > range.maxBytes) {
      throw new AwsError(400, 'EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size', {
        ProposedSize: String(bytes),
        MaxSizeAllowed: String(range.maxBytes),
      });
    }
    await call.write(chunk);
  }
  if (range !== null && bytes < range.minBytes) {
    throw new AwsError(
      400,
      'EntityTooSmall',
      'Your proposed upload is smaller than the minimum allowed size',
      {
        ProposedSize: String(bytes),
        MinSizeAllowed: String(range.minBytes),
      },
    );
  }
}

function objectHeaders(fields: ReadonlyMap<string, string>): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of fields) {
    if (HEADER_FIELDS.has(name)) headers[name] = value;
    else if (name === 'acl') headers['x-amz-acl'] = value;
    else if (name.startsWith('x-amz-') && !SIGNATURE_FIELDS.has(name)) headers[name] = value;
  }
  return headers;
}

function success(
  status: string | undefined,
  object: { location: string; bucket: string; key: string; etag: string },
): ApiAnswer {
  const headers = { etag: object.etag, location: object.location };
  if (status === '200') return { status: 200, headers };
  if (status !== '201') return { status: 204, headers };
  const inner = [
    element('Location', object.location),
    element('Bucket', object.bucket),
    element('Key', object.key),
    element('ETag', object.etag),
  ].join('');
  return {
    status: 201,
    headers: { ...headers, 'content-type': 'application/xml' },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<PostResponse>${inner}</PostResponse>`,
  };
}
