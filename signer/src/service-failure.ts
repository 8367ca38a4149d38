/** What may be reported about a failed call to an AWS service: that it failed and how, and nothing of what it answered. */

import { constants } from 'node:os';

/** The `cause` of our error in place of an AWS client's error. */
export class ServiceFailure extends Error {
  /**
   * The error's name in the service's API, such as `AccessDeniedException`, or the system's code where no connection was
   * made, such as `ECONNREFUSED`; `UnknownError` for any other text.
   */
  override readonly name: string;
  /** - absent when no answer came */
  readonly httpStatusCode?: number;
  /** What AWS support asks for; - absent when no answer came, or one without it */
  readonly requestId?: string;

  constructor(name: string, { httpStatusCode, requestId }: Answer) {
    super(
      [
        httpStatusCode === undefined ? 'no usable answer' : `HTTP status ${httpStatusCode}`,
        ...(requestId === undefined ? [] : [`request ${requestId}`]),
      ].join(', '),
    );
    this.name = name;
    if (httpStatusCode !== undefined) this.httpStatusCode = httpStatusCode;
    if (requestId !== undefined) this.requestId = requestId;
  }
}

interface Answer {
  readonly httpStatusCode?: number | undefined;
  readonly requestId?: string | undefined;
}

/** Letters only, and one of the words that names of errors end in: a part of a key does not look like this. */
const ERROR_NAME = /^[A-Za-z]{1,60}(?:Exception|Error|Failure|Fault)$/;
/** Names without such an end, from the lists of errors that all AWS services share. */
const COMMON_NAMES: ReadonlySet<string> = new Set([
  'AccessDenied',
  'IncompleteSignature',
  'InvalidClientTokenId',
  'MissingAuthenticationToken',
  'OptInRequired',
  'RequestExpired',
  'RequestLimitExceeded',
  'RequestTimeTooSkewed',
  'ServiceUnavailable',
  'SignatureDoesNotMatch',
  'Throttling',
]);
/** Of name resolution; the others are in `constants.errno`. */
const RESOLVER_CODES: ReadonlySet<string> = new Set(['ENOTFOUND', 'EAI_AGAIN']);
const REQUEST_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * An AWS client's error without its response. Clients keep the raw response and every field of its body, and what
 * answers in the place of AWS (a proxy, a mock, a gateway's error page) may repeat the secret anywhere in it: in the
 * message, in fields of any name, in the error's name itself.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/CommonErrors.html
 */
export function withoutResponse(error: unknown): ServiceFailure {
  const { name, code, $metadata } = readable(error);
  const { httpStatusCode, requestId } = readable($metadata);
  const isStatus =
    typeof httpStatusCode === 'number' && Number.isInteger(httpStatusCode) && httpStatusCode < 1_000;
  const shown = [code, name].find((text) => typeof text === 'string' && isErrorName(text));
  return new ServiceFailure((shown as string | undefined) ?? 'UnknownError', {
    httpStatusCode: isStatus ? httpStatusCode : undefined,
    requestId: typeof requestId === 'string' && REQUEST_ID.test(requestId) ? requestId : undefined,
  });
}

function isErrorName(text: string): boolean {
  return (
    ERROR_NAME.test(text) ||
    COMMON_NAMES.has(text) ||
    RESOLVER_CODES.has(text) ||
    Object.hasOwn(constants.errno, text)
  );
}

function readable(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
