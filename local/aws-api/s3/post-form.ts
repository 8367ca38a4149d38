/**
 * Reads a browser's form upload as S3 takes it: fields first, the file last, whatever follows the file ignored. The
 * file is handed on as it arrives and never held whole.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7578
 */
import { AwsError } from '../aws-error.ts';

const MAX_FIELDS_BYTES = 20 * 1024;
const CRLF = Buffer.from('\r\n');
const END_OF_HEAD = Buffer.from('\r\n\r\n');

export interface PostForm {
  /** By name in lower case: S3's field names are not case-sensitive. */
  readonly fields: ReadonlyMap<string, string>;
  readonly fileName: string;
  /** The file's bytes; throws MalformedPOSTRequest when the body ends before the file does. */
  readonly file: AsyncIterable<Buffer>;
}

/**
 * @param body the request's chunks; read on as `file` is
 * @throws AwsError MalformedPOSTRequest, MaxPostPreDataLengthExceeded or InvalidArgument, as S3 has them
 */
export async function readPostForm(body: AsyncIterable<Buffer>, contentType: string): Promise<PostForm> {
  const boundary = /^multipart\/form-data\s*;.*?\bboundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType);
  if (boundary === null) throw malformed();
  const delimiter = Buffer.from(`\r\n--${boundary[1] ?? boundary[2]}`);
  const reader = new ChunkReader(body);
  const fields = new Map<string, string>();
  // The first delimiter stands without the line break before it.
  reader.unread(CRLF);
  await reader.readUntil(delimiter, MAX_FIELDS_BYTES);
  for (;;) {
    // After a delimiter: a line break, or two hyphens that end the form.
    const rest = await reader.readUntil(CRLF, MAX_FIELDS_BYTES);
    if (rest.toString().startsWith('--')) {
      throw new AwsError(400, 'InvalidArgument', 'POST requires exactly one file upload per request.');
    }
    // A part may have no heads, but one that matters is named by one.
    const head = (await reader.readUntil(END_OF_HEAD, MAX_FIELDS_BYTES)).toString('utf8');
    const name = dispositionParameter(head, 'name')?.toLowerCase();
    if (name === undefined) throw malformed();
    if (name === 'file') {
      return {
        fields,
        fileName: dispositionParameter(head, 'filename') ?? '',
        file: reader.stream(delimiter),
      };
    }
    fields.set(name, (await reader.readUntil(delimiter, MAX_FIELDS_BYTES)).toString('utf8'));
    if (sizeOf(fields) > MAX_FIELDS_BYTES) throw fieldsTooLarge();
  }
}

class ChunkReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #buffer: Buffer = Buffer.alloc(0);

  constructor(body: AsyncIterable<Buffer>) {
    this.#chunks = body[Symbol.asyncIterator]();
  }

  unread(bytes: Buffer): void {
    this.#buffer = Buffer.concat([bytes, this.#buffer]);
  }

  /** Everything before `mark`, which is taken too. */
  async readUntil(mark: Buffer, maxBytes: number): Promise<Buffer> {
    for (;;) {
      const at = this.#buffer.indexOf(mark);
      if (at !== -1) {
        const before = this.#buffer.subarray(0, at);
        this.#buffer = this.#buffer.subarray(at + mark.length);
        return before;
      }
      if (this.#buffer.length > maxBytes + mark.length) throw fieldsTooLarge();
      await this.#more();
    }
  }

  /** Yields everything before `mark` as it arrives. */
  async *stream(mark: Buffer): AsyncGenerator<Buffer> {
    for (;;) {
      const at = this.#buffer.indexOf(mark);
      if (at !== -1) {
        if (at > 0) yield this.#buffer.subarray(0, at);
        return;
      }
      // The last bytes may be the beginning of the mark.
      const sure = this.#buffer.length - mark.length + 1;
      if (sure > 0) {
        const chunk = this.#buffer.subarray(0, sure);
        this.#buffer = this.#buffer.subarray(sure);
        yield chunk;
      }
      await this.#more();
    }
  }

  async #more(): Promise<void> {
    const next = await this.#chunks.next();
    if (next.done) throw malformed();
    this.#buffer = this.#buffer.length === 0 ? next.value : Buffer.concat([this.#buffer, next.value]);
  }
}

function dispositionParameter(head: string, name: string): string | undefined {
  const disposition = /^content-disposition:(.*)$/im.exec(head)?.[1] ?? '';
  // Browsers escape a quotation mark as %22.
  const value = new RegExp(`[;\\s]${name}="((?:[^"\\\\]|\\\\.)*)"`, 'i').exec(disposition)?.[1];
  return value?.replace(/\\(.)/g, '$1').replaceAll('%22', '"');
}

function sizeOf(fields: ReadonlyMap<string, string>): number {
  return [...fields].reduce((sum, [name, value]) => sum + name.length + Buffer.byteLength(value), 0);
}

function malformed(): AwsError {
  const message = 'The body of your POST request is not well-formed multipart/form-data.';
  return new AwsError(400, 'MalformedPOSTRequest', message);
}

function fieldsTooLarge(): AwsError {
  const message = 'Your POST request fields preceding the upload file were too large.';
  return new AwsError(400, 'MaxPostPreDataLengthExceeded', message);
}
