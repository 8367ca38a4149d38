/** A page with generated parts. */
export interface GeneratedPage {
  /** From the root of the repository, for messages. */
  readonly path: string;
  readonly file: string;
  /** Empty if it is not there yet. */
  readonly is: string;
  readonly wanted: string;
}
