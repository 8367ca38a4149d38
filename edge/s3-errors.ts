/** S3's own refusals, for origins that replace it. Pure. */
import type { OriginAnswer } from './origin.ts';

export interface S3Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  /** Further elements of the body by name. */
  readonly details?: Readonly<Record<string, string>>;
}

export const ACCESS_DENIED: S3Refusal = { status: 403, code: 'AccessDenied', message: 'Access Denied' };
export const NO_SUCH_KEY: S3Refusal = {
  status: 404,
  code: 'NoSuchKey',
  message: 'The specified key does not exist.',
};
export const INVALID_RANGE: S3Refusal = {
  status: 416,
  code: 'InvalidRange',
  message: 'The requested range is not satisfiable',
};
export const PRECONDITION_FAILED: S3Refusal = {
  status: 412,
  code: 'PreconditionFailed',
  message: 'At least one of the pre-conditions you specified did not hold',
};
export const KEY_TOO_LONG: S3Refusal = {
  status: 400,
  code: 'KeyTooLongError',
  message: 'Your key is too long',
};

/**
 * XML as S3 words it: unlike CloudFront's own denials it carries RequestId and HostId. Without a body for HEAD.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
export function s3Error(
  { status, code, message, details = {} }: S3Refusal,
  { method, requestId }: { readonly method: string; readonly requestId: string },
): OriginAnswer {
  const elements = Object.entries({
    Code: code,
    Message: message,
    ...details,
    RequestId: requestId,
    HostId: `${requestId}/origin`,
  }).map(([name, text]) => `<${name}>${escapeXml(text)}</${name}>`);
  const body = Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n<Error>${elements.join('')}</Error>`);
  const isHead = method === 'HEAD';
  return {
    status,
    headers: {
      'content-type': 'application/xml',
      'x-amz-request-id': requestId,
      server: 'AmazonS3',
      ...(!isHead && { 'content-length': String(body.length) }),
    },
    body: isHead ? Buffer.alloc(0) : body,
  };
}

function escapeXml(text: string): string {
  return text.replace(/[<>&]/g, (character) => `&#${character.charCodeAt(0)};`);
}
