/**
 * What playback keeps, as one interface: in memory for tests, in DynamoDB, or in a database of your own. Every method is one
 * atomic step however many processes call it at once; `storeSuite` proves an implementation. Instants come from the caller, in
 * whole milliseconds; a store's own clock decides only what has expired. `checkedStore` says what an id or a text may be.
 */

export interface Device {
  /** Random, from the device's cookie; never derived from headers. */
  readonly id: string;
  /** What a person recognizes it by: `Chrome on Windows`. */
  readonly name: string;
  readonly createdAt: Date;
  /** The last registration or heartbeat. */
  readonly lastUsed: Date;
}

export type Registration =
  | { readonly registered: true; readonly isNew: boolean; readonly device: Device }
  /** The devices to release one from, the one used last first. */
  | { readonly registered: false; readonly devices: readonly Device[] };

/** One play start: a new one on the same device and lesson takes the place of its earlier one. */
export interface Stream {
  /** Random, the `jti` of the playback token. */
  readonly id: string;
  readonly deviceId: string;
  readonly lessonId: string;
}

export interface CountedStream extends Stream {
  readonly lastBeatAt: Date;
}

export type Admission =
  | { readonly admitted: true }
  | {
      readonly admitted: false;
      /** `unknown-device`: it was never registered, or has been released. A released device must not play on. */
      readonly reason: 'unknown-device' | 'too-many-streams';
      /** The streams that count at this moment, the one with the latest heartbeat first. */
      readonly streams: readonly CountedStream[];
    };

/** How far a user is in a lesson. The names are the customer's. */
export interface Progress {
  /** The furthest position. Positions may have fractions; 0 to 10,000,000. */
  readonly watched_seconds: number;
  readonly last_position_seconds: number;
  /** How often playing was started. */
  readonly watch_count: number;
  readonly last_watched_at: Date;
  /** The time of the earliest heartbeat at 95 % or later; it stays when a user watches again. */
  readonly completed_at: Date | null;
}

/** Progress with what makes a repeated or a late heartbeat change nothing. */
export interface StoredProgress extends Progress {
  /** The streams counted in `watch_count` that may still send heartbeats, the newest last; up to 100. */
  readonly streamIds: readonly string[];
}

export interface AccessEntry {
  readonly userId: string;
  readonly lessonId: string;
  readonly deviceId: string;
  readonly ipAddress: string;
  readonly userAgent: string;
  readonly accessedAt: Date;
}

/** Something that a person should look at. The names are the customer's. */
export interface Finding {
  /** Letters, digits, `-` and `_`. The same observation has the same id, so that it is kept once. */
  readonly id: string;
  readonly userId: string;
  readonly lessonId: string | null;
  readonly activityType: string;
  /** JSON of up to 4,096 bytes. */
  readonly details: Readonly<Record<string, unknown>>;
  readonly timestamp: Date;
  readonly resolved: boolean;
}

/** A content key as it is kept: only the wrapper that made it opens it, for this title and version alone. */
export interface WrappedContentKey {
  readonly titleId: string;
  /** From 1. */
  readonly version: number;
  readonly wrappedKey: Uint8Array;
  /** What wrapped it: the ARN of a KMS key, or `master-key`. */
  readonly wrappedBy: string;
  readonly createdAt: Date;
}

/** Which entries. An entry added meanwhile neither repeats nor hides another one on a later page. */
export interface Listing {
  /** From this instant on. @default - from the first */
  readonly from?: Date | undefined;
  /** Before this instant. @default - to the last */
  readonly to?: Date | undefined;
  /** 1 to 1,000. @default 100 */
  readonly limit?: number | undefined;
  /** `next` of the page before, of the same listing: another one's is refused. @default - the first page */
  readonly cursor?: string | undefined;
}

export interface Page<Entry> {
  readonly entries: readonly Entry[];
  /** Absent on the last page. */
  readonly next?: string;
}

/**
 * Every method throws PlaybackError `ERR_STORE_VALUE` for a value out of bounds, `ERR_STORE_BUSY` where trying again later may
 * help, and `ERR_STORE_CALL` where it will not.
 */
export interface PlaybackStore {
  /**
   * A known device is noted as used at `at`, and keeps its name; a new one is added while there are fewer than `limit`, 1 to 100.
   */
  registerDevice(
    userId: string,
    device: Pick<Device, 'id' | 'name'>,
    options: { readonly limit: number; readonly at: Date },
  ): Promise<Registration>;
  /** The one used last first. */
  devices(userId: string): Promise<readonly Device[]>;
  /** Ends the device's streams too. @returns whether it was there */
  releaseDevice(userId: string, deviceId: string): Promise<boolean>;
  /** Removes the devices last used before `before`, and ends their streams. @returns how many devices */
  pruneDevices(userId: string, options: { readonly before: Date }): Promise<number>;

  /**
   * Notes a heartbeat of a registered device, which has then been used at `at`. The stream is admitted while fewer than `limit`
   * others, 1 to 100, have had a heartbeat at or after `countedSince`. A stream that counts already stays admitted.
   */
  beatStream(
    userId: string,
    stream: Stream,
    options: { readonly limit: number; readonly at: Date; readonly countedSince: Date },
  ): Promise<Admission>;
  /** A later heartbeat of the stream begins it again. */
  endStream(userId: string, streamId: string): Promise<void>;

  progress(userId: string, lessonId: string): Promise<StoredProgress | undefined>;
  /** Of every lesson that the user has begun, in an order of the store's own. */
  allProgress(
    userId: string,
    listing?: Omit<Listing, 'from' | 'to'>,
  ): Promise<Page<Progress & { readonly lessonId: string }>>;
  /**
   * Compare and set: `change` is pure, and called again with what is there when somebody else was faster. Nothing is written
   * where it returns the very object that it was given.
   */
  updateProgress(
    userId: string,
    lessonId: string,
    change: (current: StoredProgress | undefined) => StoredProgress,
  ): Promise<StoredProgress>;

  /** An entry is not listed any more from `expiresAt` on, and deleted some time after. */
  logAccess(entry: AccessEntry, options: { readonly expiresAt: Date }): Promise<void>;
  /** The newest first. The list of a lesson may lag behind by seconds; the list of a user does not. */
  accesses(
    of: { readonly userId: string } | { readonly lessonId: string },
    listing?: Listing,
  ): Promise<Page<AccessEntry>>;

  /** A finding whose user has one with that id changes nothing until that one expires. @returns whether it is new */
  addFinding(finding: Finding, options: { readonly expiresAt: Date }): Promise<boolean>;
  /** The newest first. Without `userId` the list may lag behind by seconds. */
  findings(
    of: {
      readonly userId?: string | undefined;
      readonly activityType?: string | undefined;
      readonly resolved?: boolean | undefined;
    },
    listing?: Listing,
  ): Promise<Page<Finding>>;
  /** @returns whether there is such a finding */
  resolveFinding(userId: string, findingId: string): Promise<boolean>;

  /**
   * The very same key again changes nothing.
   * @throws PlaybackError `ERR_CONTENT_KEY_EXISTS`: a title's version has one key for ever
   */
  putContentKey(key: WrappedContentKey): Promise<void>;
  contentKey(titleId: string, version: number): Promise<WrappedContentKey | undefined>;
  /** @returns whether it was there */
  deleteContentKey(titleId: string, version: number): Promise<boolean>;
}
