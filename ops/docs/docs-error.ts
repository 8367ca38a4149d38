/** What stops `npm run docs`: every complaint at once, one a line. */
export class DocsError extends Error {
  override readonly name = 'DocsError';
  readonly complaints: readonly string[];

  constructor(complaints: readonly string[]) {
    super(complaints.join('\n'));
    this.complaints = complaints;
  }
}
