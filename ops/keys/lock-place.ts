/** Where the lock on an environment's keys is: beside its state. */
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { stateKey } from '../../envs/names.ts';
import { UsageError } from '../terraform/targets.ts';
import type { KeysContext } from './context.ts';

/** Each operation is one step to everybody else; a `tag` names what a later one must still find. */
export interface LockPlace {
  /** For people. */
  readonly name: string;
  /** Null when somebody holds it. */
  readonly create: (text: string) => Promise<{ tag: string } | null>;
  /** Null when nobody holds it. */
  readonly read: () => Promise<{ text: string; tag: string } | null>;
  /** Null when it is not what the tag names. */
  readonly replace: (text: string, tag: string) => Promise<{ tag: string } | null>;
  /** False when it is not what the tag names, and then it is left as it is. */
  readonly remove: (tag: string) => Promise<boolean>;
}

/**
 * An object beside the state, by S3's conditional writes and deletes.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html
 */
export function lockInBucket(
  { account: { state: s3 }, config }: Pick<KeysContext, 'account' | 'config'>,
  bucket: string,
): LockPlace {
  const at = { Bucket: bucket, Key: `${stateKey(config)}.rotation` };
  /** Null when the condition did not hold, or S3 could not tell because of another request at that moment. */
  const unlessLost = async <T>(call: Promise<T>): Promise<T | null> => {
    try {
      return await call;
    } catch (error) {
      refuseWithoutBucket(error, config);
      if ([404, 409, 412].includes(statusOf(error) ?? 0)) return null;
      throw error;
    }
  };
  const put = async (text: string, condition: { IfNoneMatch: '*' } | { IfMatch: string }) => {
    const { ETag } = await s3.send(
      new PutObjectCommand({ ...at, Body: text, ContentType: 'application/json', ...condition }),
    );
    return { tag: requireTag(ETag) };
  };
  return {
    name: `s3://${bucket}/${at.Key}`,
    create: (text) => unlessLost(put(text, { IfNoneMatch: '*' })),
    read: async () => {
      const found = await s3.send(new GetObjectCommand(at)).catch((error) => {
        if (statusOf(error) === 404) return null;
        throw error;
      });
      if (!found?.Body) return null;
      return { text: await found.Body.transformToString(), tag: requireTag(found.ETag) };
    },
    replace: (text, tag) => unlessLost(put(text, { IfMatch: tag })),
    remove: async (tag) =>
      (await unlessLost(s3.send(new DeleteObjectCommand({ ...at, IfMatch: tag })))) !== null,
  };
}

/** @throws UsageError for S3's 404 that is about the bucket: no lock of anybody's */
function refuseWithoutBucket(error: unknown, { environment, state }: KeysContext['config']): void {
  if (state.kind !== 's3' || !(error instanceof Error) || error.name !== 'NoSuchBucket') return;
  throw new UsageError(
    `there is no state bucket ${state.bucket}: npm run bootstrap -- ${environment}, if that was never done; otherwise these credentials belong to another account or region`,
  );
}

/** The SDK leaves an empty If-Match out, and the call would then be made although somebody else holds the lock. */
function requireTag(etag: string | undefined): string {
  if (!etag)
    throw new Error('the state bucket answered without an ETag, so its lock cannot be changed safely');
  return etag;
}

function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return undefined;
  return (error.$metadata as { httpStatusCode?: number }).httpStatusCode;
}
