/** An upload that has begun, and its parts. */
import type { ChecksumMode } from '../checksums.ts';

export interface Upload {
  readonly id: string;
  readonly bucket: string;
  readonly key: string;
  readonly initiatedAt: Date;
  readonly storageClass: string;
  /** Null for an upload that was created without. */
  readonly checksums: ChecksumMode | null;
  /**
   * Checksums of its parts by ETag, which is the MD5 of the content: of two parts sent at once under one number, whichever moto
   * keeps has its checksum here.
   */
  readonly checksumByETag: Map<string, string>;
}

/** A part that moto keeps. */
export interface Part {
  readonly number: number;
  /** In quotes. */
  readonly etag: string;
  readonly bytes: number;
  readonly lastModified: string;
  /** By the upload's algorithm; null for an upload without. */
  readonly checksum: string | null;
}
