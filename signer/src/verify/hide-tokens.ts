/** Keeps Bunny's tokens out of hints, tickets and chats, whichever provider a request is judged for. */

/** A path's first segment: token, conditions and expiry; its `=` may have been encoded on the way. */
const PATH_TOKEN = /bcdn_token(?:=|%3D)[^/?#\s]*?(?=,?(?:[/?#\s]|$))/gi;
/** Not `token_path=`, which is not a secret. */
const QUERY_TOKEN = /(?<![a-z0-9_-])(token(?:=|%3D))[^&/?#\s]*?(?=,?(?:[&/?#\s]|$))/gi;

/** Whatever name it has, also in percent-encoding. */
const ANY_TOKEN = /HS256-[\w-]{8,}/g;

export function hideTokens(text: string): string {
  return text.replace(PATH_TOKEN, 'bcdn_token=…').replace(QUERY_TOKEN, '$1…').replace(ANY_TOKEN, 'HS256-…');
}
