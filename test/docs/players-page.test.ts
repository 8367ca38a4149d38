/** The table of players says what the browser suite plays: here, that it agrees with its code and with what is installed. */

import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { DELIVERIES, readCells, readCodeBlocks, TOKEN_WAYS } from '../e2e/players-page.ts';

const require = createRequire(import.meta.url);
const PACKAGES: Readonly<Record<string, string>> = {
  'hls.js': 'hls.js',
  'hls.js light': 'hls.js',
  Shaka: 'shaka-player',
  'video.js': 'video.js',
};
const PAGES = [
  { page: DELIVERIES, players: [...Object.keys(PACKAGES), 'Chromium’s own HLS'] },
  {
    page: TOKEN_WAYS,
    players: [...Object.keys(PACKAGES).filter((name) => name !== 'hls.js light'), 'Chromium’s own HLS'],
  },
];

describe.each(PAGES)('$page.file', ({ page, players }) => {
  const cells = readCells<string>(page);
  const named = (name: string) => players.includes(name);

  it('has a cell for each way of each player that the browser suite drives', () => {
    const inBrowser = cells.filter(({ player }) => player !== 'ffmpeg');
    expect(inBrowser.map(({ player, way }) => [player, way])).toEqual(
      players.flatMap((player) => page.ways.map((way) => [player, way])),
    );
  });

  it.each(Object.entries(PACKAGES).filter(([name]) => named(name)))(
    'names the version of %s that is installed',
    (player, name) => {
      const { version } = require(`${name}/package.json`) as { version: string };
      const versions = cells.filter((cell) => cell.player === player).map((cell) => cell.version);
      expect(new Set(versions)).toEqual(new Set([version.split('.').slice(0, 2).join('.')]));
    },
  );

  it('gives code for the cells that say "with code", and for no others', () => {
    const withCode = cells.filter(({ code }) => code !== undefined);
    expect(withCode).toEqual(cells.filter(({ needsCode }) => needsCode));
    const blocks = readCodeBlocks(page).flatMap(({ players: ofBlock, ways }) =>
      ofBlock.flatMap((player) => ways.map((way) => `${player}: ${way}`)),
    );
    expect(blocks.sort()).toEqual(withCode.map(({ player, way }) => `${player}: ${way}`).sort());
  });
});
