/** One attempt at one part, read from the file as it is sent: its size does not matter to memory. */
import { type S3Client, UploadPartCommand } from '@aws-sdk/client-s3';
import { checksumText, type Part } from '../parts.ts';
import type { MasterFile } from './master-file.ts';
import type { MasterPlace } from './s3-upload.ts';
import { StalledError } from './trouble.ts';

export interface PartAttempt {
  readonly place: MasterPlace;
  readonly uploadId: string;
  readonly part: Part;
  readonly file: MasterFile;
  readonly signal: AbortSignal;
  /** An attempt that moves nothing for so long is ended. */
  readonly stallSeconds: number;
  readonly onBytes: (bytes: number) => void;
}

/** @throws what the SDK throws; StalledError; UploadRefused where the file cannot be read */
export async function sendPart(s3: S3Client, attempt: PartAttempt): Promise<void> {
  const { place, uploadId, part, file, signal, stallSeconds } = attempt;
  const ending = new AbortController();
  // The SDK's error says only that the request was aborted.
  let cause: Error | undefined;
  const end = (error: Error) => {
    cause ??= error;
    ending.abort(error);
  };
  const stalled = setTimeout(
    () => end(new StalledError(`nothing moved for ${stallSeconds} s`)),
    stallSeconds * 1000,
  );
  const ended = AbortSignal.any([signal, ending.signal]);
  const body = file.read(part, {
    signal: ended,
    onBytes: (bytes) => {
      stalled.refresh();
      attempt.onBytes(bytes);
    },
  });
  body.on('error', end);
  const command = new UploadPartCommand({
    Bucket: place.bucket,
    Key: place.key,
    UploadId: uploadId,
    PartNumber: part.number,
    Body: body,
    ContentLength: part.bytes,
    ChecksumCRC32: checksumText(part.crc32),
  });
  keepQuiet(command);
  try {
    await s3.send(command, { abortSignal: ended });
  } catch (error) {
    signal.throwIfAborted();
    throw cause ?? error;
  } finally {
    clearTimeout(stalled);
    body.destroy();
  }
}

const SILENT = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };

/** The SDK warns on the console that it cannot send a stream again. We can, and say so by an event. */
function keepQuiet(command: UploadPartCommand): void {
  command.middlewareStack.add(
    (next, context) => (args) => {
      context.logger = SILENT;
      return next(args);
    },
    { step: 'initialize', name: 'keepQuiet', priority: 'high' },
  );
}
