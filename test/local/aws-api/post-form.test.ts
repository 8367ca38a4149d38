import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readPostForm } from '../../../local/aws-api/s3/post-form.ts';

const CONTENT_TYPE = 'multipart/form-data; boundary=----edge';

function formBody(file: Uint8Array): Buffer {
  return Buffer.concat([
    Buffer.from('------edge\r\nContent-Disposition: form-data; name="Key"\r\n\r\nuploads/a\r\n'),
    Buffer.from('------edge\r\nContent-Disposition: form-data; name="file"; filename="a &quot;b%22.mp4"\r\n'),
    Buffer.from('Content-Type: video/mp4\r\n\r\n'),
    file,
    Buffer.from(
      '\r\n------edge\r\nContent-Disposition: form-data; name="late"\r\n\r\nignored\r\n------edge--\r\n',
    ),
  ]);
}

async function* inPieces(body: Buffer, sizes: readonly number[]) {
  for (let at = 0, turn = 0; at < body.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield body.subarray(at, at + size);
    at += size;
  }
}

async function readAll(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

describe('the form reader', () => {
  it('gives the same fields and file however the body is cut into chunks', async () => {
    // Bytes of the delimiter itself, so that near misses are common.
    const bytes = fc
      .array(fc.constantFrom(...Buffer.from('\r\n-edge'), 0), { maxLength: 200 })
      .map((list) => Buffer.from(list));
    const file = bytes.filter((buffer) => !buffer.includes('\r\n------edge'));
    const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(file, sizes, async (content, pieces) => {
        const form = await readPostForm(inPieces(formBody(content), pieces), CONTENT_TYPE);
        expect([...form.fields]).toEqual([['key', 'uploads/a']]);
        expect(form.fileName).toBe('a &quot;b".mp4');
        expect((await readAll(form.file)).equals(content)).toBe(true);
      }),
    );
  });

  it('refuses fields over 20 KiB', async () => {
    const body = Buffer.from(
      `------edge\r\nContent-Disposition: form-data; name="x"\r\n\r\n${'y'.repeat(30_000)}`,
    );
    await expect(readPostForm(inPieces(body, [4096]), CONTENT_TYPE)).rejects.toMatchObject({
      code: 'MaxPostPreDataLengthExceeded',
    });
  });

  it('refuses a body that is not a form', async () => {
    await expect(readPostForm(inPieces(Buffer.from('hello'), [9]), CONTENT_TYPE)).rejects.toMatchObject({
      code: 'MalformedPOSTRequest',
    });
    await expect(
      readPostForm(inPieces(formBody(Buffer.from('x')), [9]), 'multipart/form-data'),
    ).rejects.toMatchObject({
      code: 'MalformedPOSTRequest',
    });
  });
});
