/** An error as AWS answers it, before a protocol gives it its form. */
export class AwsError extends Error {
  readonly status: number;
  readonly code: string;
  /** Further elements of an XML error, such as S3's `MaxSizeAllowed`. */
  readonly details: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, details: Record<string, string> = {}) {
    super(message);
    this.name = 'AwsError';
    this.status = status;
    this.code = code;
    this.details = details;
  }
}

/** What this API does not do. 501 is not retried by any AWS SDK, unlike 500, 502, 503 and 504. */
export function notImplemented(call: string): AwsError {
  return new AwsError(
    501,
    'NotImplemented',
    `the local AWS API does not support ${call} (local/aws-api/README.md)`,
  );
}
