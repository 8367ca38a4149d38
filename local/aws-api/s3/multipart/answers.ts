/** What the calls of multipart uploads pass on, answer and refuse. Pure. */

import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { MOST_PARTS } from '../../../../aws/values/s3-limits.ts';
import type { ApiAnswer } from '../../api-request.ts';
import { AwsError } from '../../aws-error.ts';
import { endToEndHeaders } from '../../moto-connection.ts';
import { parseXml, type XmlNode } from '../../xml.ts';
import type { ChecksumMode } from '../checksums.ts';
import type { S3Target } from '../target.ts';
import { type AbortRule, abortionOf } from './abort-rules.ts';
import type { Upload } from './upload.ts';

/** A client's headers that say something of the object. */
export function passedHeaders(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  const {
    'user-agent': _,
    'content-length': __,
    'transfer-encoding': ___,
    'content-md5': ____,
    'x-amz-content-sha256': _____,
    ...passed
  } = endToEndHeaders(headers);
  return passed;
}

export function modeHeaders(mode: ChecksumMode | null): Readonly<Record<string, string>> {
  if (mode === null) return {};
  return { 'x-amz-checksum-algorithm': mode.algorithm, 'x-amz-checksum-type': mode.type };
}

export function abortHeaders(rules: readonly AbortRule[], upload: Upload): Readonly<Record<string, string>> {
  const abortion = abortionOf(rules, upload);
  if (abortion === null) return {};
  return { 'x-amz-abort-date': abortion.at.toUTCString(), 'x-amz-abort-rule-id': abortion.ruleId };
}

/** The element that an answer of moto is, which is called otherwise than S3's. */
export function rootOf({ body = '' }: ApiAnswer): XmlNode {
  return (Object.values(parseXml(body))[0] ?? '') as XmlNode;
}

export function noSuchUpload(): AwsError {
  const message =
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.';
  return new AwsError(404, 'NoSuchUpload', message);
}

export function requirePartNumber({ query }: S3Target): void {
  const text = query.get('partNumber') ?? '';
  if (/^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= MOST_PARTS) return;
  const message = 'Part number must be an integer between 1 and 10000, inclusive';
  throw new AwsError(400, 'InvalidArgument', message, { ArgumentName: 'partNumber' });
}
