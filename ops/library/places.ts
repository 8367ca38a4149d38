/** Where the library keeps what it has: in the masters bucket, which is never served, and in the outputs bucket. Pure. */

/** Records of titles: the catalogue. */
export const TITLES_PREFIX = 'titles/';
/** Records of work: one for each master and its settings, one for each id. */
const CLAIMS_PREFIX = 'claims/';
const IDS_PREFIX = `${CLAIMS_PREFIX}ids/`;
const ENCODES_PREFIX = `${CLAIMS_PREFIX}encodes/`;

/** What identifies a piece of work: hex SHA-256 of the master, and of everything that decides what is made of it. */
export interface WorkHashes {
  readonly sha256: string;
  readonly settingsHash: string;
}

/** A master by its content: the same bytes are one object, however many people send them. */
export function masterKey(uploadKeyPrefix: string, sha256: string): string {
  return `${uploadKeyPrefix}sha256/${sha256}`;
}

/** Captions by their content, below their master. MediaConvert goes by the extension, `vtt`, `srt` or `ttml`. */
export function captionsKey(master: string, sha256: string, extension: string): string {
  return `${captionsPrefix(master)}${sha256}.${extension}`;
}

/** Everything that belongs to a master beside it. */
export function captionsPrefix(master: string): string {
  return `${master}/captions/`;
}

/** A record of work, and how the jobs of the work name it. */
export interface ClaimPlace {
  readonly key: string;
  /** In the jobs' metadata: at most 256 letters, digits, spaces and `_ . : / = + - @`. */
  readonly name: string;
}

/** Of a master that becomes a title. */
export function claimPlace({ sha256, settingsHash }: WorkHashes): ClaimPlace {
  const name = `${sha256}-${settingsHash}`;
  return { key: `${CLAIMS_PREFIX}${name}.json`, name };
}

export function claimKey(hashes: WorkHashes): string {
  return claimPlace(hashes).key;
}

/** Of a title that is encoded again. */
export function encodePlace(id: string, version: number): ClaimPlace {
  const name = `${id}/v${version}`;
  return { key: `${ENCODES_PREFIX}${name}.json`, name };
}

/** Of a claim's key; null for a claim of another kind. */
export function sha256OfClaim(key: string): string | null {
  return /^claims\/([\da-f]{64})-/.exec(key)?.[1] ?? null;
}

/** Prefix of the claims of one master, whatever their settings. */
export function claimsOf(sha256: string): string {
  return `${CLAIMS_PREFIX}${sha256}-`;
}

/** Who has a title's id, from before there is a title. */
export function idKey(id: string): string {
  return `${IDS_PREFIX}${id}.json`;
}

export function titleKey(id: string): string {
  return `${TITLES_PREFIX}${id}.json`;
}

/** The folder of one version of a title in the outputs bucket; the first has the title's own. Ends in a slash. */
export function versionFolder(pathPrefix: string, id: string, version: number): string {
  return version === 1 ? `${pathPrefix}/${id}/` : `${pathPrefix}/${id}/v${version}/`;
}

/** Of folders of versions, and the last that a title can have: a higher number is somebody else's name. */
export const MOST_VERSION = 9998;

/** The version that a folder of this name inside a title's folder would have; null for another name. */
export function versionNamed(folder: string): number | null {
  const [, digits = ''] = /^v([1-9]\d{0,3})$/.exec(folder) ?? [];
  const version = Number(digits);
  return version > 0 && version <= MOST_VERSION ? version : null;
}

/**
 * Which version of a title an object below the title's folder belongs to. Versions have higher numbers than the folders that
 * were there before the first of them, so one above all that are known was begun since they were read.
 *
 * @param laterVersions - those that are known to have a folder of their own
 */
export function versionOfKey(folder: string, key: string, laterVersions: readonly number[]): number {
  const [inner = '', ...rest] = key.slice(folder.length).split('/');
  const named = rest.length === 0 ? null : versionNamed(inner);
  if (named === null) return 1;
  return laterVersions.includes(named) || laterVersions.every((later) => later < named) ? named : 1;
}

/** Path of a version's picture, without a slash before it. */
export function posterPath(pathPrefix: string, id: string, version: number): string {
  return `${versionFolder(pathPrefix, id, version)}poster.jpg`;
}

/** Path of a version's master playlist, without a slash before it. */
export function playlistPath(pathPrefix: string, id: string, version: number): string {
  return `${versionFolder(pathPrefix, id, version)}index.m3u8`;
}
