/** Playlists: one signature whatever the length, against one for each segment. */

import { getSignedUrl } from '@aws-sdk/cloudfront-signer';
import { createSigner, staticKey } from '@storytime/signer';
import { signPlaylist } from '@storytime/signer/playlist';
import { DOMAIN, KEY_PAIR_ID, rsa } from './fixtures.ts';
import { measure, type Rounds } from './measure.ts';
import { atLeast, atMost, type Row } from './report.ts';

const SEGMENTS = 3_000;

export async function benchPlaylists(): Promise<{ rows: Row[]; times: Record<string, Rounds> }> {
  const key = staticKey({ keyPairId: KEY_PAIR_ID, privateKey: rsa.privatePem });
  const signer = createSigner({ key, domain: DOMAIN });
  const signed = (segments: number) => {
    const playlist = mediaPlaylist(segments);
    return () => signPlaylist(playlist, { signer, url: '/books/42/index_1080p.m3u8' });
  };
  const dateLessThan = new Date(Date.now() + 3_600_000);

  const three = await measure(
    {
      'signPlaylist, 3,000 segments': signed(SEGMENTS),
      'AWS signer, RSA PEM, one segment': (index) =>
        getSignedUrl({
          url: `https://${DOMAIN}/books/42/${segmentName(index % SEGMENTS)}`,
          keyPairId: KEY_PAIR_ID,
          privateKey: rsa.privatePem,
          dateLessThan,
        }),
    },
    // Ten batches of some 300 segments: about as many signatures in a round as the playlist has segments.
    { batchMs: 240, batches: 10 },
  );
  const eachSegment = three['AWS signer, RSA PEM, one segment'].map((seconds) => seconds * SEGMENTS);

  const long = await measure(
    { 'signPlaylist, 10,000 segments': signed(10_000), 'signPlaylist, 100,000 segments': signed(100_000) },
    { batchMs: 100, batches: 8 },
  );
  const tenTimes = long['signPlaylist, 10,000 segments'].map((seconds) => seconds * 10);
  return {
    rows: [
      atLeast(
        800,
        'playlist of 3,000 segments, against the AWS signer for each segment',
        eachSegment,
        three['signPlaylist, 3,000 segments'],
      ),
      atMost(
        1.5,
        'playlist of 100,000 segments, against ten times one of 10,000 (linear)',
        tenTimes,
        long['signPlaylist, 100,000 segments'],
      ),
    ],
    times: { ...three, ...long },
  };
}

/** As MediaConvert writes them. */
function mediaPlaylist(segments: number): string {
  const lines = ['#EXTM3U', '#EXT-X-VERSION:3', '#EXT-X-TARGETDURATION:6', '#EXT-X-MEDIA-SEQUENCE:1'];
  for (let segment = 0; segment < segments; segment++) lines.push('#EXTINF:6,', segmentName(segment));
  return [...lines, '#EXT-X-ENDLIST', ''].join('\n');
}

function segmentName(segment: number): string {
  return `index_1080p_${String(segment).padStart(5, '0')}.ts`;
}
