/** Sending ended without a master at S3; a later run goes on where it ended. */
export class SendFailed extends Error {
  override readonly name = 'SendFailed';
  readonly code: SendFailure;

  constructor(code: SendFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export type SendFailure =
  /** S3 could not be reached, or did not answer, for as long as we try. */
  | 'S3_UNREACHABLE'
  /** What S3 receives is not what was sent, time after time. */
  | 'DAMAGED_ON_THE_WAY'
  /** S3 has another object at the place of this content. */
  | 'MASTER_DIFFERS'
  /** Others begin or end the upload each time we look. */
  | 'UPLOAD_CONTESTED';
