/** A pull zone in the edge's own terms, and what a path in it means. Pure. */
import type { Distribution } from '../../aws/cloudfront/distribution.ts';

/** Hosts of the player's pages: the current one, and the one that older embed codes have. */
export const PLAYER_HOSTS = ['player.mediadelivery.net', 'iframe.mediadelivery.net'] as const;

export const VIDEO_ID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;
const PLAYER_PAGE = /^\/(?:embed|play)\/(\d{1,19})\/([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})$/;

/** Headers that a player's script may read; the documentation names none. */
const EXPOSED_HEADERS = [
  'Server',
  'Content-Length',
  'Content-Range',
  'Content-Type',
  'Accept-Ranges',
  'ETag',
];

/**
 * The zone as a distribution that is open to everybody, since tokens are judged before it is asked. Nothing is cached:
 * a video's folder changes while it is transcoded.
 */
export function zoneDistribution(host: string): Distribution {
  return {
    id: host,
    arn: '',
    accountId: '',
    enabled: true,
    domainName: host,
    aliases: [],
    defaultRootObject: '',
    geoRestriction: { type: 'none', countries: [] },
    behaviours: [
      {
        pathPattern: '*',
        viewerProtocolPolicy: 'allow-all',
        allowedMethods: ['GET', 'HEAD'],
        trustedKeys: null,
        origin: { bucket: host, path: '', signsRequests: false },
        caching: null,
        compress: false,
        responseHeaders: {
          cors: { allowOrigins: ['*'], allowCredentials: false, exposeHeaders: EXPOSED_HEADERS },
          headers: [],
          removedHeaders: [],
        },
      },
    ],
    errorCachingSeconds: new Map(),
  };
}

/** The library and the video of a player's page; null for any other path. */
export function playerPageOf(path: string): { readonly libraryId: string; readonly videoId: string } | null {
  const [, libraryId, videoId] = PLAYER_PAGE.exec(path) ?? [];
  return libraryId === undefined || videoId === undefined ? null : { libraryId, videoId };
}

/** The path for a log: a part that looks like a token, in any spelling, is omitted. */
export function loggedPath(path: string): string {
  return path.replace(/[^/]+/g, (part) => (/token|hs256|%25/i.test(unescaped(part)) ? '(token)' : part));
}

function unescaped(text: string): string {
  return text.replace(/%([2-7][\da-f])/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** Keys that the zone serves: nothing below a name that begins with a dot, where a run keeps its own files. */
export function isServed(key: string): boolean {
  return !key.split('/').some((part) => part.startsWith('.'));
}
