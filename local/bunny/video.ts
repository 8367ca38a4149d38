/** A video as the Stream API describes it. Pure. */
import { BunnyVideoStatus } from '@storytime/signer/bunny';

/** The API's `VideoModel`; what a local run has nothing for is zero, empty or null. */
export interface Video {
  readonly videoLibraryId: number;
  readonly guid: string;
  readonly title: string;
  readonly description: string | null;
  /** UTC, without a zone, as the API writes it. */
  readonly dateUploaded: string;
  readonly views: number;
  readonly isPublic: boolean;
  /** Seconds. */
  readonly length: number;
  readonly status: BunnyVideoStatus;
  readonly framerate: number;
  readonly rotation: number | null;
  readonly width: number;
  readonly height: number;
  /** `240p,360p`. */
  readonly availableResolutions: string | null;
  readonly outputCodecs: string;
  readonly thumbnailCount: number;
  /** Percent. */
  readonly encodeProgress: number;
  /** Bytes. */
  readonly storageSize: number;
  readonly captions: readonly never[];
  readonly hasMP4Fallback: boolean;
  readonly collectionId: string;
  readonly thumbnailFileName: string;
  readonly averageWatchTime: number;
  readonly totalWatchTime: number;
  readonly category: string | null;
  readonly chapters: readonly never[];
  readonly moments: readonly never[];
  readonly metaTags: readonly never[];
  readonly transcodingMessages: readonly TranscodingMessage[];
  readonly jitEncodingEnabled: boolean;
  readonly hasOriginal: boolean;
  /** SHA-256 of what was uploaded, upper-case hex. */
  readonly originalHash: string | null;
}

interface TranscodingMessage {
  readonly timeStamp: string;
  /** `Error`. */
  readonly level: 3;
  /** `Undefined` or `OriginalCorrupted`. */
  readonly issueCode: 0 | 7;
  readonly message: string;
  readonly value: string;
}

export interface NewVideo {
  readonly title: string;
  readonly collectionId?: string | null | undefined;
}

/** A video that nothing was uploaded for. */
export function newVideo(
  { title, collectionId }: NewVideo,
  { guid, libraryId, now }: { readonly guid: string; readonly libraryId: number; readonly now: Date },
): Video {
  return {
    videoLibraryId: libraryId,
    guid,
    title,
    description: null,
    dateUploaded: timeStamp(now),
    views: 0,
    isPublic: false,
    length: 0,
    status: BunnyVideoStatus.Created,
    framerate: 0,
    rotation: null,
    width: 0,
    height: 0,
    availableResolutions: null,
    outputCodecs: 'x264',
    thumbnailCount: 0,
    encodeProgress: 0,
    storageSize: 0,
    captions: [],
    hasMP4Fallback: false,
    collectionId: collectionId ?? '',
    thumbnailFileName: 'thumbnail.jpg',
    averageWatchTime: 0,
    totalWatchTime: 0,
    category: null,
    chapters: [],
    moments: [],
    metaTags: [],
    transcodingMessages: [],
    jitEncodingEnabled: false,
    hasOriginal: false,
    originalHash: null,
  };
}

/** What ended a transcode, as the video tells it. */
export function failureMessage(message: string, now: Date): TranscodingMessage {
  return { timeStamp: timeStamp(now), level: 3, issueCode: 7, message, value: '' };
}

function timeStamp(at: Date): string {
  return at.toISOString().slice(0, -1);
}
