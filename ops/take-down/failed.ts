/** What stopped a withdrawal or a restoration. Pure. */

export type TakeDownFailure =
  /** S3 refused to delete some of the objects. */
  | 'NOT_DELETED'
  | 'INVALIDATION_PENDING'
  /** After everything, the signed probe was answered with the video. */
  | 'STILL_SERVED'
  /** The master is another title's too, so it was left as it is. */
  | 'MASTER_SHARED'
  /** There is no master to encode again. */
  | 'MASTER_MISSING'
  /** The title is off the air; a record that says what its master is cannot be read. */
  | 'MASTER_UNKNOWN'
  /** The record of the title, or a folder of its own, has the highest number that a version can have. */
  | 'NO_VERSION_LEFT'
  /** Somebody restores the title since the withdrawal began. */
  | 'RESTORED_MEANWHILE'
  /** Somebody withdrew the title while it was being encoded. */
  | 'WITHDRAWN_MEANWHILE';

/** `message` is one line with its remedy, meant for people. The same command goes on from where it stopped. */
export class TakeDownFailed extends Error {
  override readonly name = 'TakeDownFailed';
  readonly code: TakeDownFailure;

  constructor(code: TakeDownFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
