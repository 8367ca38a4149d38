/** Bodies in chunks, with what comes after them: however the network cuts them, and when they are broken. */
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeAwsChunked } from '../../../local/aws-api/s3/aws-chunked.ts';

async function decode(pieces: readonly Buffer[], contentBytes: number) {
  const { stream, trailers } = decodeAwsChunked(contentBytes);
  const content = await buffer(
    Readable.from(pieces)
      .on('error', () => {})
      .compose(stream),
  );
  return { content, trailers: Object.fromEntries(trailers) };
}
const failure = async (text: string, contentBytes: number) => {
  const { stream } = decodeAwsChunked(contentBytes);
  stream.resume();
  return new Promise<string>((resolve) => {
    stream.once('error', (error) => resolve((error as { code?: string }).code ?? ''));
    stream.once('end', () => resolve('none'));
    stream.end(text);
  });
};
const encode = (chunks: readonly Uint8Array[], { extension = '', trailers = '' } = {}) =>
  Buffer.concat([
    ...chunks.flatMap((chunk) => [
      Buffer.from(`${chunk.length.toString(16)}${extension}\r\n`),
      chunk,
      Buffer.from('\r\n'),
    ]),
    Buffer.from(`0${extension}\r\n${trailers}\r\n`),
  ]);

it('gives the content and what comes after it, however both are cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 5 }),
      fc.integer({ min: 1, max: 50 }),
      fc.constantFrom('', `;chunk-signature=${'a'.repeat(64)}`),
      async (chunks, pieceBytes, extension) => {
        const content = Buffer.concat(chunks);
        const encoded = encode(chunks, { extension, trailers: 'x-amz-checksum-crc32:NhCmhg==\r\n' });
        const pieces = Array.from({ length: Math.ceil(encoded.length / pieceBytes) }, (_, index) =>
          encoded.subarray(index * pieceBytes, (index + 1) * pieceBytes),
        );
        expect(await decode(pieces, content.length)).toEqual({
          content,
          trailers: { 'x-amz-checksum-crc32': 'NhCmhg==' },
        });
      },
    ),
  );
});

it.each([
  ['a chunk that is longer than its size', '2\r\nabc\r\n0\r\n\r\n', 2, 'MalformedTrailerError'],
  ['a size that is none', 'x\r\nabc\r\n0\r\n\r\n', 3, 'MalformedTrailerError'],
  ['a negative size', '-1\r\n\r\n0\r\n\r\n', 0, 'MalformedTrailerError'],
  ['a trailer without a name', '0\r\n:x\r\n\r\n', 0, 'MalformedTrailerError'],
  ['something after the end', '0\r\n\r\nmore', 0, 'MalformedTrailerError'],
  ['a line without an end', 'a'.repeat(5000), 0, 'MalformedTrailerError'],
  ['more content than was declared', '3\r\nabc\r\n0\r\n\r\n', 2, 'IncompleteBody'],
  ['less content than was declared', '3\r\nabc\r\n0\r\n\r\n', 4, 'IncompleteBody'],
  ['no last chunk', '3\r\nabc\r\n', 3, 'IncompleteBody'],
  ['a chunk without its end', '3\r\nab', 3, 'IncompleteBody'],
  ['no end of the trailers', '0\r\nx-amz-checksum-crc32:NhCmhg==\r\n', 0, 'IncompleteBody'],
  ['nothing at all', '', 0, 'IncompleteBody'],
])('refuses %s', async (_, text, contentBytes, code) => {
  expect(await failure(text, contentBytes)).toBe(code);
});
