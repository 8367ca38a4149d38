/** Finds a book's files the way a player does: from the master playlist to a variant, from the variant to a segment. */

export interface BookPaths {
  readonly playlist: string;
  readonly variant: string;
  readonly segment: string;
  readonly thumbnail: string;
}

/**
 * @param folder - `/<pathPrefix>/<bookId>/`
 * @throws {Error} naming the playlist that could not be read or names nothing.
 */
export async function readBookPaths(
  edgeUrl: string,
  folder: string,
  headers: Readonly<Record<string, string>>,
): Promise<BookPaths> {
  const playlist = `${folder}index.m3u8`;
  const variant = folder + (await firstUri(edgeUrl + playlist, headers));
  const segment = folder + (await firstUri(edgeUrl + variant, headers));
  return { playlist, variant, segment, thumbnail: `${folder}thumbnails/thumb.0000000.jpg` };
}

async function firstUri(url: string, headers: Readonly<Record<string, string>>): Promise<string> {
  const response = await fetch(url, { headers });
  const lines = (await response.text()).split('\n').map((line) => line.trim());
  const uri = lines.find((line) => line !== '' && !line.startsWith('#') && !line.startsWith('<'));
  if (!response.ok || uri === undefined) {
    throw new Error(
      `${new URL(url).pathname}: expected a playlist that names a file, got status ${response.status}`,
    );
  }
  return uri;
}
