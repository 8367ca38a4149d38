/**
 * JSON records in a bucket: each has a schema, and each write has a condition, so that nobody overwrites what somebody
 * else has written meanwhile.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  GetObjectCommand,
  PutObjectCommand,
  type PutObjectCommandOutput,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { z } from 'zod';
import { textOf } from './bounded-text.ts';
import { BrokenRecordError, parseRecord } from './broken-record.ts';

/** A record as it was read. */
export interface Stored<R> {
  readonly record: R;
  /** What `replace` must still find. */
  readonly etag: string;
}

/** `conflict`: another record is there than the condition says, and it was left as it is. */
type WriteResult = { readonly etag: string } | 'conflict';

export interface RecordStore {
  /**
   * Null where there is none.
   *
   * @throws BrokenRecordError for a record that the schema refuses
   */
  read<R>(key: string, schema: z.ZodType<R>): Promise<Stored<R> | null>;
  /** Only where there is none. */
  create(key: string, record: object): Promise<WriteResult>;
  /** Only in place of the record that had this ETag. */
  replace(key: string, record: object, etag: string): Promise<WriteResult>;
  /** Keys and ETags below a prefix, in the order of their UTF-8 bytes. */
  list(prefix: string): Promise<readonly ListedRecord[]>;
}

export interface ListedRecord {
  readonly key: string;
  readonly etag: string;
}

export interface RecordStoreOptions {
  readonly s3: S3Client;
  readonly bucket: string;
  readonly signal: AbortSignal;
  /** @default - waits for real */
  readonly wait?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/** S3 answers 409 while another conditional write of the same key is under way: the same request is then sent again. */
const MOST_TRIES = 8;
/** A record of a title takes some kilobytes; a larger object is none, and is not read into memory. */
const MOST_BYTES = 2 ** 20;
const FIRST_PAUSE_MS = 50;

export function recordStore(options: RecordStoreOptions): RecordStore {
  const { s3, bucket: Bucket, signal } = options;
  const wait = options.wait ?? ((milliseconds, until) => sleep(milliseconds, undefined, { signal: until }));

  async function put(
    Key: string,
    record: object,
    condition: { readonly IfNoneMatch: '*' } | { readonly IfMatch: string },
  ): Promise<WriteResult> {
    const command = { Bucket, Key, Body: `${JSON.stringify(record, null, 2)}\n`, ...condition };
    for (let tries = 1; ; tries += 1) {
      try {
        const answer = await s3.send(new PutObjectCommand({ ...command, ContentType: 'application/json' }), {
          abortSignal: signal,
        });
        return { etag: etagOf(Key, answer) };
      } catch (error) {
        const status = statusOf(error);
        // 404: the record that should be replaced is gone.
        if (status === 412 || (status === 404 && !isAboutBucket(error))) return 'conflict';
        if (status !== 409 || tries === MOST_TRIES) throw error;
        await wait(FIRST_PAUSE_MS * 2 ** (tries - 1) * (0.5 + Math.random()), signal);
      }
    }
  }

  return {
    read: async (Key, schema) => {
      const found = await s3
        .send(new GetObjectCommand({ Bucket, Key }), { abortSignal: signal })
        .catch((error: unknown) => {
          if (statusOf(error) === 404 && !isAboutBucket(error)) return null;
          throw error;
        });
      if (found === null) return null;
      const text = await textOf(found, { mostBytes: MOST_BYTES });
      if (text === null) throw new BrokenRecordError(Key, [`expected at most ${MOST_BYTES} bytes`]);
      return { record: parseRecord(Key, text, schema), etag: etagOf(Key, found) };
    },
    create: (key, record) => put(key, record, { IfNoneMatch: '*' }),
    replace: (key, record, etag) => put(key, record, { IfMatch: etag }),
    list: async (Prefix) => {
      const listed: ListedRecord[] = [];
      for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket, Prefix })) {
        signal.throwIfAborted();
        for (const { Key: key, ETag: etag } of page.Contents ?? []) {
          if (key !== undefined && etag !== undefined) listed.push({ key, etag });
        }
      }
      return listed;
    },
  };
}

/** Without it the SDK would leave `If-Match` out of the next write, which would then overwrite anything. */
function etagOf(key: string, { ETag }: Pick<PutObjectCommandOutput, 'ETag'>): string {
  if (!ETag) throw new Error(`S3 answered without an ETag for ${key}, so it cannot be changed safely`);
  return ETag;
}

function isAboutBucket(error: unknown): boolean {
  return error instanceof Error && error.name === 'NoSuchBucket';
}

function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return undefined;
  return (error.$metadata as { httpStatusCode?: number }).httpStatusCode;
}
