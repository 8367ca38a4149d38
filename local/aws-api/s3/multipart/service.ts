/**
 * Multipart uploads: moto keeps the parts and makes the object of them; what was checked, in which order and by which rules
 * is kept and judged here.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
 */

import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { MOST_PARTS } from '../../../../aws/values/s3-limits.ts';
import { type ApiAnswer, readApiRequest } from '../../api-request.ts';
import { notImplemented } from '../../aws-error.ts';
import type { CredentialScope } from '../../credential-scope.ts';
import { type MotoClient, wholeAnswer } from '../../moto-client.ts';
import { childrenOf, element, textOf } from '../../xml.ts';
import { type CheckedBody, checkedBody, requireSize } from '../checked-body.ts';
import { checksumHeader, checksumModeOf, type HeaderValue, invalidRequest } from '../checksums.ts';
import { storageClassHeader } from '../storage-class.ts';
import { objectPath, type S3Target, targetPath } from '../target.ts';
import { type AbortRule, abortionOf, parseAbortRules } from './abort-rules.ts';
import {
  abortHeaders,
  modeHeaders,
  noSuchUpload,
  passedHeaders,
  requirePartNumber,
  rootOf,
} from './answers.ts';
import { completionXml, mismatchOf, parseCompletion, requireComplete } from './completion.ts';
import { partsXml, uploadsXml, xmlDocument } from './listings.ts';
import type { Part, Upload } from './upload.ts';

const XML = { 'content-type': 'application/xml' };
/** The shortest time after which a rule ends an upload. */
const SHORTEST_RULE_MS = 24 * 60 * 60 * 1000;

/** A call that has been let in. */
export interface MultipartCall {
  readonly target: S3Target;
  readonly caller: CredentialScope | null;
  readonly header: HeaderValue;
}

/** A part on its way to moto. */
export interface PartCall {
  readonly body: CheckedBody;
  /** Called with moto's answer; gives headers for the client in addition. */
  readonly stored: (answer: IncomingMessage) => Readonly<Record<string, string>>;
}

export class MultipartUploads {
  readonly #byId = new Map<string, Upload>();
  /** The last completion of each upload that has one under way: the next waits for it, and finds no upload after a success. */
  readonly #completing = new Map<string, Promise<unknown>>();
  readonly #moto: MotoClient;
  readonly #accountId: string;
  readonly #now: () => Date;

  /** @param options.now what the ages of uploads are measured by */
  constructor(options: { moto: MotoClient; accountId: string; now: () => Date }) {
    this.#moto = options.moto;
    this.#accountId = options.accountId;
    this.#now = options.now;
  }

  async create(incoming: IncomingMessage, { target, caller, header }: MultipartCall): Promise<ApiAnswer> {
    const checksums = checksumModeOf(header);
    const storageClass = storageClassHeader(header);
    const { headers } = await readApiRequest(incoming);
    const answer = await this.#call('POST', target, caller, {
      ...passedHeaders(headers),
      ...storageClass,
      ...(checksums !== null && {
        'x-amz-checksum-algorithm': checksums.algorithm,
        'x-amz-checksum-type': checksums.type,
      }),
    });
    if (answer.status !== 200) return answer;
    const upload: Upload = {
      id: textOf(rootOf(answer), 'UploadId'),
      bucket: target.bucket,
      key: target.key,
      initiatedAt: this.#now(),
      storageClass: header('x-amz-storage-class') ?? 'STANDARD',
      checksums,
      checksumByETag: new Map(),
    };
    this.#byId.set(upload.id, upload);
    const { headers: told } = answer;
    const abort = abortHeaders(await this.#abortRules(upload.bucket), upload);
    const body = xmlDocument('InitiateMultipartUploadResult', [
      element('Bucket', upload.bucket),
      element('Key', upload.key),
      element('UploadId', upload.id),
    ]);
    return { status: 200, headers: { ...told, ...modeHeaders(checksums), ...abort }, body };
  }

  /** What a part has to be; its content is streamed past. */
  async part(headers: IncomingHttpHeaders, { target, header }: MultipartCall): Promise<PartCall> {
    const upload = await this.#require(target);
    requirePartNumber(target);
    requireSize(headers);
    const mode = upload.checksums;
    const body = checkedBody(headers, { header, wanted: mode?.algorithm });
    if (mode !== null && body.algorithm !== mode.algorithm) {
      // Without one, S3 computes the checksum of a part where the whole object has one of its own.
      if (body.algorithm !== null || mode.type === 'COMPOSITE') {
        throw invalidRequest(mismatchOf(mode.algorithm, body.algorithm ?? 'null'));
      }
    }
    return { body, stored: (answer) => this.#stored(upload, body, answer) };
  }

  /** @throws AwsError 501 where the part's checksum would have to be told: its content is moto's */
  async requireCopyable({ target }: MultipartCall): Promise<void> {
    const upload = await this.#require(target);
    requirePartNumber(target);
    if (upload.checksums !== null) throw notImplemented('S3 UploadPartCopy into an upload with checksums');
  }

  async listParts({ target }: MultipartCall): Promise<ApiAnswer> {
    const upload = await this.#require(target);
    const parts = await this.#parts(upload);
    const body = partsXml(upload, parts, target.query, this.#accountId);
    const rules = await this.#abortRules(upload.bucket);
    return { status: 200, headers: { ...XML, ...abortHeaders(rules, upload) }, body };
  }

  /** @param beforehand called when all is known to be right, before the object is made; may throw */
  async complete(incoming: IncomingMessage, call: MultipartCall, beforehand: () => void): Promise<ApiAnswer> {
    const { id } = await this.#require(call.target);
    const { body } = await readApiRequest(incoming);
    const before = this.#completing.get(id) ?? Promise.resolve();
    const completed = before.then(async () => {
      const upload = await this.#require(call.target);
      return this.#complete(upload, body, call, beforehand);
    });
    const settled = completed.catch(() => {});
    this.#completing.set(id, settled);
    try {
      return await completed;
    } finally {
      if (this.#completing.get(id) === settled) this.#completing.delete(id);
    }
  }

  async abort({ target, caller }: MultipartCall): Promise<ApiAnswer> {
    const { id } = await this.#require(target);
    const answer = await this.#call('DELETE', target, caller, {});
    if (answer.status === 204) this.#byId.delete(id);
    return answer;
  }

  async list({ target }: MultipartCall): Promise<ApiAnswer> {
    const { bucket, query } = target;
    const rules = await this.#abortRules(bucket);
    const uploads: Upload[] = [];
    for (const upload of this.#of(bucket)) if (!(await this.#end(upload, rules))) uploads.push(upload);
    return { status: 200, headers: XML, body: uploadsXml(bucket, uploads, query, this.#accountId) };
  }

  /** Called when a bucket has been deleted. */
  forget(bucket: string): void {
    for (const { id } of this.#of(bucket)) this.#byId.delete(id);
  }

  async #complete(
    upload: Upload,
    list: string,
    { target, caller, header }: MultipartCall,
    beforehand: () => void,
  ): Promise<ApiAnswer> {
    const listed = parseCompletion(list);
    const kept = new Map((await this.#parts(upload)).map((part) => [part.number, part]));
    const checksum = requireComplete(upload, { listed, kept, header });
    beforehand();
    const conditions = Object.fromEntries(
      ['if-match', 'if-none-match'].flatMap((name) => {
        const value = header(name);
        return value === undefined ? [] : [[name, value]];
      }),
    );
    const answer = await this.#call('POST', target, caller, conditions, completionXml(listed));
    if (answer.status !== 200) return answer;
    this.#byId.delete(upload.id);
    const sum = upload.checksums;
    const body = xmlDocument('CompleteMultipartUploadResult', [
      element('Location', `http://${header('host')}${objectPath(upload.bucket, upload.key)}`),
      element('Bucket', upload.bucket),
      element('Key', upload.key),
      element('ETag', textOf(rootOf(answer), 'ETag')),
      ...(sum === null
        ? []
        : [element(`Checksum${sum.algorithm}`, checksum ?? ''), element('ChecksumType', sum.type)]),
    ]);
    return { ...answer, body };
  }

  #stored(upload: Upload, body: CheckedBody, answer: IncomingMessage): Readonly<Record<string, string>> {
    // moto does not expect an upload to end while a part arrives.
    if (!this.#byId.has(upload.id)) throw noSuchUpload();
    const checksum = body.checksum();
    if (answer.statusCode !== 200 || checksum === null) return {};
    if (upload.checksums !== null) upload.checksumByETag.set(answer.headers.etag ?? '', checksum);
    const algorithm = body.algorithm ?? upload.checksums?.algorithm;
    return algorithm === undefined ? {} : { [checksumHeader(algorithm)]: checksum };
  }

  async #require({ bucket, key, query }: S3Target): Promise<Upload> {
    const upload = this.#byId.get(query.get('uploadId') ?? '');
    if (upload === undefined || upload.bucket !== bucket || upload.key !== key) throw noSuchUpload();
    const age = this.#now().getTime() - upload.initiatedAt.getTime();
    if (age >= SHORTEST_RULE_MS && (await this.#end(upload, await this.#abortRules(bucket)))) {
      throw noSuchUpload();
    }
    return upload;
  }

  /** Whether the rules have ended the upload, which is then gone: S3 takes its time for it, here it is gone at once. */
  async #end(upload: Upload, rules: readonly AbortRule[]): Promise<boolean> {
    const abortion = abortionOf(rules, upload);
    if (abortion === null || this.#now() < abortion.at) return false;
    this.#byId.delete(upload.id);
    await this.#call('DELETE', uploadTarget(upload), null, {});
    return true;
  }

  async #abortRules(bucket: string): Promise<readonly AbortRule[]> {
    const query = new URLSearchParams({ lifecycle: '' });
    const answer = await this.#call('GET', { bucket, key: '', query }, null, {});
    return answer.status === 200 ? parseAbortRules(answer.body ?? '') : [];
  }

  /** All parts that moto keeps, with their checksums: moto counts where a page begins by place, not by number. */
  async #parts(upload: Upload): Promise<readonly Part[]> {
    const target = uploadTarget(upload, { 'max-parts': String(MOST_PARTS) });
    const answer = await this.#call('GET', target, null, {});
    if (answer.status !== 200) throw noSuchUpload();
    if (answer.status !== 200) throw noSuchUpload();
    return childrenOf(rootOf(answer), 'Part').map((part) => {
      const etag = textOf(part, 'ETag');
      return {
        number: Number(textOf(part, 'PartNumber')),
        etag,
        bytes: Number(textOf(part, 'Size')),
        lastModified: textOf(part, 'LastModified'),
        checksum: upload.checksumByETag.get(etag) ?? null,
      };
    });
  }

  #of(bucket: string): readonly Upload[] {
    return [...this.#byId.values()].filter((upload) => upload.bucket === bucket);
  }

  async #call(
    method: string,
    target: S3Target,
    caller: CredentialScope | null,
    headers: Readonly<Record<string, unknown>>,
    body = '',
  ): Promise<ApiAnswer> {
    const authorization = this.#moto.authorization('s3', caller?.accessKeyId, caller?.region);
    const call = { method, target: targetPath(target), headers: { ...headers, authorization } };
    return wholeAnswer(await this.#moto.call(call as Parameters<MotoClient['call']>[0], body));
  }
}

function uploadTarget({ bucket, key, id }: Upload, more: Record<string, string> = {}): S3Target {
  return { bucket, key, query: new URLSearchParams({ uploadId: id, ...more }) };
}
