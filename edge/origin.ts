/** What the edge asks for objects: the seam between it and S3, a folder, or a test's own. Types and one error. */
import type { S3Origin } from '../aws/cloudfront/distribution.ts';

export interface OriginRequest {
  readonly origin: S3Origin;
  readonly method: 'GET' | 'HEAD';
  /** The viewer's path, undecoded. */
  readonly path: string;
  /** Range and conditional headers to pass on, lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** The origin's answer; a streamed body must be read or destroyed. */
export interface OriginAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | StreamedBody;
}

/** Bytes that come as they are read; destroyed when nobody wants the rest. */
type StreamedBody = AsyncIterable<Buffer> & { destroy(error?: Error): unknown };

export interface Origin {
  /** @throws OriginError when S3 cannot be asked or does not answer in time */
  fetch(request: OriginRequest): Promise<OriginAnswer>;
  /** Ends idle connections. */
  close(): void;
}

/** Why the origin gave no answer. `InvalidUri`: the path is not one S3 can look up. */
export class OriginError extends Error {
  override readonly name = 'OriginError';
  readonly code: 'Unreachable' | 'Timeout' | 'InvalidUri';

  constructor(code: OriginError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
