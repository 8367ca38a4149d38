/** A title that could not be published; the others go on. */
export class PublishFailed extends Error {
  override readonly name = 'PublishFailed';
  /** MediaConvert's error code as a number, or one of ours. */
  readonly code: string;
  /** Null before there is one. */
  readonly id: string | null;

  /** @param text - one line with its remedy */
  constructor(
    code: PublishFailure | `${number}`,
    text: string,
    { id = null, ...options }: ErrorOptions & { readonly id?: string | null } = {},
  ) {
    super(text, options);
    this.code = code;
    this.id = id;
  }
}

export type PublishFailure =
  /** `--id` names an id that another title has. */
  | 'ID_TAKEN'
  /** The title is there, and was withdrawn. */
  | 'WITHDRAWN'
  | 'JOB_CANCELED'
  /** MediaConvert ended the job with an error that has no code. */
  | 'JOB_FAILED'
  /** MediaConvert does not know the job any more: it keeps jobs for three months. */
  | 'JOB_UNKNOWN'
  /** Another job was begun by the same token, and cannot be found. */
  | 'JOB_CONFLICT'
  /** The job is complete, and its master playlist is not there. */
  | 'OUTPUTS_MISSING'
  /** No picture could be taken of the video. */
  | 'POSTER_FAILED';
