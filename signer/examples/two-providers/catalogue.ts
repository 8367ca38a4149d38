/**
 * One catalogue whose videos live on CloudFront or on Bunny Stream. A title's row says where; `streamUrl` is the one call
 * behind which that makes a difference, and both providers answer `{ url, expiresIn, expiresAt }`.
 */

import type { SignedUrl, Signer } from '@storytime/signer';
import { type BunnySigner, parseBunnyVideoId } from '@storytime/signer/bunny';

/** A row of the catalogue: one of the two columns is filled in. */
export interface Title {
  readonly id: string;
  /** `/books/42/index.m3u8`; null for a video on Bunny */
  readonly playlist_path: string | null;
  /** The bare id, as `parseBunnyVideoId` gives it; null for a video on CloudFront */
  readonly bunny_video_id: string | null;
}

interface Catalogue {
  readonly find: (titleId: string) => Promise<Title | null>;
  readonly save: (title: Title) => Promise<void>;
  readonly isEnrolled: (userId: string, titleId: string) => Promise<boolean>;
}

interface Signers {
  readonly cloudFront: Pick<Signer, 'signUrl'>;
  readonly bunny: Pick<BunnySigner, 'signPlaylistUrl'>;
}

export function createStreaming(catalogue: Catalogue, { cloudFront, bunny }: Signers) {
  /** Signs for this one title, which this user was found to have bought. */
  async function streamUrl({ playlist_path, bunny_video_id }: Title): Promise<SignedUrl> {
    if (bunny_video_id !== null) return await bunny.signPlaylistUrl(bunny_video_id, { expiresIn: '4h' });
    if (playlist_path === null) throw new Error('a title without a video');
    // Of a prepared playlist: its query string opens everything in the playlist's folder.
    return await cloudFront.signUrl(playlist_path, { expiresIn: '4h', scope: 'directory' });
  }

  return {
    /** What the player asks for. Null when there is no such title, or this user may not watch it. */
    async play(userId: string, titleId: string): Promise<SignedUrl | null> {
      const title = await catalogue.find(titleId);
      if (title === null || !(await catalogue.isEnrolled(userId, title.id))) return null;
      return streamUrl(title);
    },

    /**
     * What an administrator pastes: an id, an embed URL, a playlist's URL, with or without a token. Only the id is kept.
     *
     * @throws SignerError `ERR_RESOURCE_VIDEO_ID`, with `status: 400`
     */
    async addBunnyTitle(titleId: string, pasted: string): Promise<void> {
      await catalogue.save({
        id: titleId,
        playlist_path: null,
        bunny_video_id: parseBunnyVideoId(pasted),
      });
    },
  };
}
