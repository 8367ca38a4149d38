/**
 * The content encoding `aws-chunked`, by which a client sends a checksum after a body that it streams. Signatures of chunks are
 * read and not checked.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 */
import { Transform } from 'node:stream';
import { AwsError } from '../aws-error.ts';

/** A line of sizes, signatures or checksums is far shorter. */
const MAX_LINE_BYTES = 4096;
const LINE_FEED = 0x0a;

export interface AwsChunkedDecoder {
  /** What the chunks contain. Fails where the encoding is broken, or its end is missing. */
  readonly stream: Transform;
  /** Trailing headers by name in lower case, known at the end. */
  readonly trailers: ReadonlyMap<string, string>;
}

type State = 'size' | 'content' | 'end of content' | 'trailers' | 'done';

/** @param contentBytes what `x-amz-decoded-content-length` says */
export function decodeAwsChunked(contentBytes: number): AwsChunkedDecoder {
  const trailers = new Map<string, string>();
  let state: State = 'size';
  let line: Buffer = Buffer.alloc(0);
  let leftInChunk = 0;
  let seenBytes = 0;

  /** Takes the line that has ended. */
  const takeLine = (text: string): void => {
    if (state === 'end of content') {
      if (text !== '') throw malformed();
      state = 'size';
    } else if (state === 'size') {
      const size = /^([0-9a-f]{1,13})(;[^\r\n]*)?$/i.exec(text)?.[1];
      if (size === undefined) throw malformed();
      leftInChunk = Number.parseInt(size, 16);
      seenBytes += leftInChunk;
      if (seenBytes > contentBytes) throw incomplete();
      state = leftInChunk === 0 ? 'trailers' : 'content';
    } else if (text === '') {
      state = 'done';
    } else {
      const [, name = '', value = ''] = /^([^:\s]+):(.*)$/.exec(text) ?? [];
      if (name === '') throw malformed();
      trailers.set(name.toLowerCase(), value.trim());
    }
  };
  const takeChunk = (chunk: Buffer, push: (content: Buffer) => void): void => {
    for (let at = 0; at < chunk.length; ) {
      if (state === 'done') throw malformed();
      if (state === 'content') {
        const content = chunk.subarray(at, at + leftInChunk);
        push(content);
        at += content.length;
        leftInChunk -= content.length;
        if (leftInChunk === 0) state = 'end of content';
        continue;
      }
      const end = chunk.indexOf(LINE_FEED, at);
      line = Buffer.concat([line, chunk.subarray(at, end === -1 ? chunk.length : end + 1)]);
      if (line.length > MAX_LINE_BYTES) throw malformed();
      if (end === -1) return;
      at = end + 1;
      takeLine(line.toString('latin1').replace(/\r?\n$/, ''));
      line = Buffer.alloc(0);
    }
  };
  const stream = new Transform({
    transform(chunk: Buffer, _, done) {
      try {
        takeChunk(chunk, (content) => this.push(content));
        done();
      } catch (error) {
        done(error as Error);
      }
    },
    flush(done) {
      if (state !== 'done' || seenBytes !== contentBytes) done(incomplete());
      else done();
    },
  });
  return { stream, trailers };
}

function malformed(): AwsError {
  return new AwsError(400, 'MalformedTrailerError', 'the body is not well-formed aws-chunked content');
}

function incomplete(): AwsError {
  const message = 'You did not provide the number of bytes specified by the Content-Length HTTP header';
  return new AwsError(400, 'IncompleteBody', message);
}
