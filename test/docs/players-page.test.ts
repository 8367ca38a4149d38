/** The table of players says what the browser suite plays: here, that it agrees with its code and with what is installed. */

import { createRequire } from 'node:module';
import { expect, it } from 'vitest';
import { readCells, readCodeBlocks } from '../e2e/players-page.ts';

const require = createRequire(import.meta.url);
const PACKAGES: Readonly<Record<string, string>> = {
  'hls.js': 'hls.js',
  'hls.js light': 'hls.js',
  Shaka: 'shaka-player',
  'video.js': 'video.js',
};
const cells = readCells();

it('has four cells for each player that the browser suite drives', () => {
  const players = [...Object.keys(PACKAGES), 'Chromium’s own HLS'];
  const deliveries = ['cookies', 'endpoint', 'prepared', 'request hook'];
  expect(cells.map(({ player, delivery }) => [player, delivery])).toEqual(
    players.flatMap((player) => deliveries.map((delivery) => [player, delivery])),
  );
});

it.each(Object.entries(PACKAGES))('names the version of %s that is installed', (player, name) => {
  const { version } = require(`${name}/package.json`) as { version: string };
  const named = cells.filter((cell) => cell.player === player).map((cell) => cell.version);
  expect(new Set(named)).toEqual(new Set([version.split('.').slice(0, 2).join('.')]));
});

it('gives code for the cells that say "with code", and for no others', () => {
  const withCode = cells.filter(({ code }) => code !== undefined);
  expect(withCode).toEqual(cells.filter(({ needsCode }) => needsCode));
  const blocks = readCodeBlocks().flatMap(({ players, delivery }) =>
    players.map((player) => `${player}: ${delivery}`),
  );
  expect(blocks.sort()).toEqual(withCode.map(({ player, delivery }) => `${player}: ${delivery}`).sort());
});
