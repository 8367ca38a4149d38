/** Whether a request to the TUS endpoint is signed for its video. Pure. */
import { createHash } from 'node:crypto';
import { isSameSecret } from './keys.ts';
import { VIDEO_ID } from './zone.ts';

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

export type TusAuthorization =
  | { readonly allowed: true; readonly videoId: string }
  | { readonly allowed: false; readonly message: string };

/** In the spelling of the documentation; HTTP takes any case. */
export const TUS_HEADERS = ['AuthorizationSignature', 'AuthorizationExpire', 'LibraryId', 'VideoId'] as const;

/** Seconds with at most ten digits: milliseconds have 13, and are the commonest mistake. */
const EXPIRE = /^\d{1,10}$/;

/**
 * Checks the four headers, as Bunny does at each request of an upload.
 *
 * @see https://docs.bunny.net/stream/tus-resumable-uploads
 */
export function authorizeTus(
  headers: Headers,
  { libraryId, apiKey, now }: { readonly libraryId: number; readonly apiKey: string; readonly now: Date },
): TusAuthorization {
  const values = TUS_HEADERS.map((name) => headers[name.toLowerCase()]);
  const missing = TUS_HEADERS.filter((_, index) => typeof values[index] !== 'string' || values[index] === '');
  if (missing.length > 0)
    return refused(`expected the headers ${TUS_HEADERS.join(', ')}, got no ${missing.join(', ')}`);
  const [signature, expire, library, videoId] = values as [string, string, string, string];
  if (!EXPIRE.test(expire)) return refused('AuthorizationExpire: expected Unix time in whole seconds');
  if (library !== String(libraryId))
    return refused(`LibraryId: expected ${libraryId}, the library of this run`);
  if (!VIDEO_ID.test(videoId)) return refused('VideoId: expected the GUID that Create Video has answered');
  const expected = createHash('sha256').update(`${library}${apiKey}${expire}${videoId}`).digest('hex');
  if (!isSameSecret(signature, expected)) {
    return refused(
      "AuthorizationSignature: expected SHA-256 of library id, the library's API key, expiration time and video id, in lower-case hex; check the key and the order",
    );
  }
  if (Number(expire) * 1000 <= now.getTime()) {
    return refused('AuthorizationExpire has passed: sign the upload again, with the same video');
  }
  return { allowed: true, videoId };
}

function refused(message: string): TusAuthorization {
  return { allowed: false, message };
}
