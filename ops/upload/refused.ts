/** Why a file does not become a title. Pure. */
import type { VideoRefusal } from '../probe/probe.ts';

export type UploadRefusal =
  | VideoRefusal
  /** A video, but in a container that the configuration does not take. */
  | 'CONTAINER_REFUSED'
  /** Larger than `uploadMaxBytes`. */
  | 'TOO_MANY_BYTES'
  /** Written to after it was looked at. */
  | 'FILE_CHANGED'
  | 'FASTSTART_FAILED'
  | 'ID_UNUSABLE'
  | 'TITLE_UNUSABLE'
  | 'POSTER_UNUSABLE'
  | 'CAPTIONS_UNUSABLE'
  /** MediaConvert has no code for the language. */
  | 'LANGUAGE_UNKNOWN'
  /** The caller's `.env` is about another environment, or says what cannot be done. */
  | 'DOTENV_UNUSABLE';

/** The file is not sent, and nothing was made of it. `message` is one line with its remedy, meant for people. */
export class UploadRefused extends Error {
  override readonly name = 'UploadRefused';
  readonly code: UploadRefusal;

  constructor(code: UploadRefusal, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Of what the file system says of a file, in the middle of whatever is done with it. */
export function unreadableFile(file: string, cause: NodeJS.ErrnoException): UploadRefused {
  const isMissing = cause.code === 'ENOENT';
  return new UploadRefused(
    isMissing ? 'MISSING' : 'UNREADABLE',
    isMissing
      ? `${JSON.stringify(file)} is no longer there: check the path`
      : `${JSON.stringify(file)} cannot be read (${cause.code}): check its permissions and its disk`,
    { cause },
  );
}

/** Whether the file system says it, and not a program or AWS. */
export function isOfFileSystem(error: unknown): error is NodeJS.ErrnoException {
  return (
    error instanceof Error && 'errno' in error && 'syscall' in error && !/^spawn/.test(String(error.syscall))
  );
}
