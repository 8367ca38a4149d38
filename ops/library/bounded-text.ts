/** The text of an object whose size somebody else decided. */
import { Readable } from 'node:stream';
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';

/**
 * Null for a larger object, whose body is not read.
 *
 * @throws what the network does
 */
export async function textOf(
  { Body, ContentLength = 0 }: Pick<GetObjectCommandOutput, 'Body' | 'ContentLength'>,
  { mostBytes }: { readonly mostBytes: number },
): Promise<string | null> {
  if (ContentLength > mostBytes) {
    if (Body instanceof Readable) Body.destroy();
    return null;
  }
  return (await Body?.transformToString()) ?? '';
}
