/** The body of an answer, which may come from anywhere a network leads. */

/** One video is some kilobytes of JSON; what is longer comes from something else than the API. */
const MAX_ANSWER_BYTES = 1_000_000;

/** @throws Error for a body of more than a megabyte, which is not read to its end */
export async function textOf({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > MAX_ANSWER_BYTES) throw new Error('the answer is longer than 1 MB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
