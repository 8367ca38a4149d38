/** A folder with two videos behind the local Bunny edge, and what signs for it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBunnySigner } from '@storytime/signer/bunny';
import { type Bunny, type BunnyLogEntry, type BunnyOptions, startBunny } from '../../../local/bunny/index.ts';

export const NOW = new Date('2026-11-20T12:00:00Z');
export const ZONE = 'vz-local.b-cdn.net';
export const LIBRARY = 759;
export const VIDEO = 'd9d9ab1f-fc9f-4488-9c26-4ffc653c0024';
export const OTHER_VIDEO = 'eb1c4f77-0cda-46be-b47d-1118ad7c2ffe';
export const PLAYLIST_TEXT = '#EXTM3U\nplaylist-of-video\n';
export const SEGMENT_TEXT = 'segment-of-video';
export const SEGMENT = 'playlist_360p_00001.ts';

export const KEYS = {
  tokenKey: 'f0d1b9a4-0001-4c6e-8a51-000000000001',
  embedTokenKey: 'f0d1b9a4-0002-4c6e-8a51-000000000002',
  apiKey: 'f0d1b9a4-0003-4c6e-8a51-000000000003',
  readOnlyApiKey: 'f0d1b9a4-0004-4c6e-8a51-000000000004',
};

export function bunnySigner(options: { readonly now?: () => Date; readonly tokenKey?: string } = {}) {
  const { readOnlyApiKey: _, ...keys } = KEYS;
  return createBunnySigner({
    ...keys,
    pullZoneHost: ZONE,
    libraryId: LIBRARY,
    now: () => NOW,
    ...options,
  });
}

/** Path and query of a URL, which is what a test sends to the edge. */
export function targetOf(url: string): string {
  return url.slice(new URL(url).origin.length);
}

export interface RunningBunny extends Bunny {
  readonly directory: string;
  readonly log: readonly BunnyLogEntry[];
  readonly warnings: readonly string[];
}

/** @returns the run; its folder, and what a test puts beside it, goes when it is closed */
export async function startTestBunny(options: Partial<BunnyOptions> = {}): Promise<RunningBunny> {
  const around = mkdtempSync(join(tmpdir(), 'storytime-bunny-test-'));
  const directory = join(around, 'zone');
  mkdirSync(directory);
  for (const id of [VIDEO, OTHER_VIDEO]) {
    mkdirSync(join(directory, id));
    writeFileSync(join(directory, id, 'playlist.m3u8'), PLAYLIST_TEXT);
    writeFileSync(join(directory, id, SEGMENT), SEGMENT_TEXT);
  }
  const log: BunnyLogEntry[] = [];
  const warnings: string[] = [];
  const bunny = await startBunny({
    directory,
    keys: KEYS,
    zoneHost: ZONE,
    libraryId: LIBRARY,
    now: () => NOW,
    onRequest: (entry) => log.push(entry),
    onWarning: (message) => warnings.push(message),
    ...options,
  });
  return {
    ...bunny,
    directory,
    log,
    warnings,
    close: async () => {
      await bunny.close();
      rmSync(around, { recursive: true });
    },
  };
}
