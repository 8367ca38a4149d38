/** What may be reported about a failed call to an AWS service: that it failed and how, and nothing of what it answered. */

/** The `cause` of our error in place of an AWS client's error, which keeps the whole answer. */
export class ServiceFailure extends Error {
  /** The error's name in the service's API, or the system's code where no connection was made; else `UnknownError`. */
  override readonly name: string;
  /** - absent when no answer came */
  readonly httpStatusCode?: number;

  constructor(name: string, httpStatusCode?: number) {
    super(httpStatusCode === undefined ? 'no usable answer' : `HTTP status ${httpStatusCode}`);
    this.name = name;
    if (httpStatusCode !== undefined) this.httpStatusCode = httpStatusCode;
  }
}

/** Letters with one of the ends that names of errors have, or a code of the system: a part of a key looks like neither. */
const ERROR_NAME = /^(?:[A-Za-z]{1,60}(?:Exception|Error|Failure|Fault)|E[A-Z]{3,15}|EAI_AGAIN)$/;

export function withoutResponse(error: unknown): ServiceFailure {
  const { name, code, $metadata } = readable(error);
  const { httpStatusCode } = readable($metadata);
  const shown = [code, name].find((text) => typeof text === 'string' && ERROR_NAME.test(text));
  return new ServiceFailure(
    (shown as string | undefined) ?? 'UnknownError',
    Number.isInteger(httpStatusCode) ? (httpStatusCode as number) : undefined,
  );
}

function readable(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
