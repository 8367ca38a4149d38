/** Signing for Bunny, against the bare HMAC: what the checks and the URL cost. */

import { createHmac, createSecretKey, randomUUID } from 'node:crypto';
import { createBunnySigner } from '@storytime/signer/bunny';
import { type Call, measure, type Rounds } from './measure.ts';
import { atLeast, type Row } from './report.ts';

const KEY = 'b0a3f7d6-4c1e-4b0e-9a55-0c1d2e3f4a5b';
const parsedKey = createSecretKey(Buffer.from(KEY));
const signer = createBunnySigner({ pullZoneHost: 'vz-1234abcd-567.b-cdn.net', tokenKey: KEY });

/** Ids as they come from a database: whole texts, not put together at each call. */
const VIDEO_IDS = Array.from({ length: 1_000 }, () => randomUUID());
const videoId = (index: number) => VIDEO_IDS[index % VIDEO_IDS.length] as string;

const signPlaylist: Call = (index) => signer.signPlaylistUrl(videoId(index), { expiresIn: 3600 });

/** The same text under a parsed key, and nothing around it but the encoding that a URL needs: the limit. */
const bareHmac: Call = (index) => {
  const id = videoId(index);
  return createHmac('sha256', parsedKey).update(`/${id}/1795176000token_path=/${id}/`).digest('base64url');
};

export async function benchBunny(): Promise<{ rows: Row[]; times: Record<string, Rounds> }> {
  const times = await measure(
    { 'signPlaylistUrl, Bunny': signPlaylist, 'bare HMAC-SHA256': bareHmac },
    { batchMs: 8, batches: 30, clock: 'cpu' },
  );
  return {
    rows: [
      atLeast(
        0.5,
        'Bunny, new playlist URL, against the bare HMAC',
        times['bare HMAC-SHA256'],
        times['signPlaylistUrl, Bunny'],
      ),
    ],
    times,
  };
}
