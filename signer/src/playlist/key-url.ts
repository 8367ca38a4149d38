/** The address of a title's content key, and how the viewer's token gets into it. */

import { assertString } from '../arguments.ts';
import { SignerError } from '../errors.ts';
import { isLoopbackOrigin } from '../policy/domain.ts';
import { MAX_URL_BYTES } from '../policy/resource.ts';
import type { Attribute } from './attribute-list.ts';

/** The variable that holds the viewer's token, and the parameter by which a URL carries it. */
export const TOKEN_NAME = 't';
export const TOKEN_REFERENCE = `{$${TOKEN_NAME}}`;

export interface KeyUrl {
  /** As it is written into the playlist. */
  readonly url: string;
  /** It ends in a token that only the player knows. */
  readonly refersToToken: boolean;
  /** The value of its own `t`. @default - it has none, or refers to one */
  readonly token?: string;
}

const KEY_TAGS: ReadonlySet<string> = new Set(['EXT-X-KEY', 'EXT-X-SESSION-KEY']);
/** Those that take 16 bytes from the key's address. */
const METHODS: ReadonlySet<string> = new Set(['AES-128', 'SAMPLE-AES']);
const READ_ONCE = ['METHOD', 'URI', 'KEYFORMAT'];
/** What neither ends a quoted attribute or a line, nor is read in two ways. */
const URL_FORM =
  /^(https?:\/\/[A-Za-z0-9.\-:[\]]+)\/[A-Za-z0-9\-._~!$&'()*+,;=:@/%]*(\?[A-Za-z0-9\-._~!$&'()*+,;=:@/?%]*)?$/;
const REFERENCE_PAIR = /(?<=[?&]t=)\{\$t\}(?=&|$)/;

/**
 * @throws SignerTypeError for what is not a string
 * @throws SignerError `ERR_PLAYLIST_KEY_URL`
 */
export function readKeyUrl(given: unknown): KeyUrl | undefined {
  if (given === undefined) return undefined;
  assertString('keyUrl', given);
  const plain = given.replace(REFERENCE_PAIR, '');
  const [, origin = '', query = ''] = URL_FORM.exec(plain) ?? [];
  const isUsable =
    given.length <= MAX_URL_BYTES &&
    URL.canParse(plain) &&
    (origin.startsWith('https:') || isLoopbackOrigin(origin));
  if (!isUsable) {
    throw new SignerError(
      'ERR_PLAYLIST_KEY_URL',
      '"keyUrl" must be the whole https address of the key, in ASCII, without a fragment and with no variable but ' +
        `"${TOKEN_NAME}=${TOKEN_REFERENCE}" in its query`,
    );
  }
  const tokens = query
    .slice(1)
    .split('&')
    .filter((pair) => pair.startsWith(`${TOKEN_NAME}=`));
  if (tokens.length > 1) {
    throw new SignerError('ERR_PLAYLIST_KEY_URL', `"keyUrl" has more than one "${TOKEN_NAME}" in its query`);
  }
  const token = tokens[0]?.slice(TOKEN_NAME.length + 1);
  const refersToToken = plain !== given;
  return { url: given, refersToToken, ...(token !== undefined && !refersToToken && { token }) };
}

/**
 * The attribute in which a player finds the address of a key of ours: 16 bytes, without a key system.
 *
 * @param substitute fills in variables, which a `KEYFORMAT` may hold
 * @returns `undefined` for any other tag, `METHOD=NONE` and the keys of DRM systems
 * @throws SignerError `ERR_PLAYLIST_FORM`
 * @see https://datatracker.ietf.org/doc/html/draft-pantos-hls-rfc8216bis#section-4.4.4.4
 */
export function keyUriOf(
  tag: string,
  attributes: readonly Attribute[],
  { line, substitute }: { readonly line: number; substitute(text: string): string },
): Attribute | undefined {
  if (!KEY_TAGS.has(tag)) return undefined;
  const twice = READ_ONCE.find((name) => attributes.filter((one) => one.name === name).length > 1);
  if (twice !== undefined) {
    throw new SignerError('ERR_PLAYLIST_FORM', `line ${line}: ${tag} has ${twice} more than once`);
  }
  const find = (wanted: string) => attributes.find(({ name }) => name === wanted);
  if (!METHODS.has(find('METHOD')?.value ?? '')) return undefined;
  if (substitute(find('KEYFORMAT')?.value ?? 'identity') !== 'identity') return undefined;
  const uri = find('URI');
  if (uri === undefined) throw new SignerError('ERR_PLAYLIST_FORM', `line ${line}: ${tag} has no URI`);
  return uri;
}
