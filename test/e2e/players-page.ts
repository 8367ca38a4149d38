/** What the pages of docs say of players: which cells of a table a test plays, and with which code. */

import { readFileSync } from 'node:fs';

/** A page with a table of players: one column for each way, by the names that the code blocks use. */
export interface PlayersPage<Way extends string> {
  /** In docs. */
  readonly file: string;
  /** The heading that the table is below. */
  readonly section: string;
  /** In the order of the columns. */
  readonly ways: readonly Way[];
}

/** How playlists and segments are signed. */
export const DELIVERIES = {
  file: 'cookies-urls-playlists.md',
  section: 'Players',
  ways: ['cookies', 'endpoint', 'prepared', 'request hook'],
} as const;
export type Delivery = (typeof DELIVERIES.ways)[number];

/** How the token of an encrypted title gets to the key endpoint. */
export const TOKEN_WAYS = {
  file: 'players-and-content-keys.md',
  section: 'Which player, which way',
  ways: ['X-Video-Token', 'bearer', 'cookie', 'address'],
} as const;
export type TokenWay = (typeof TOKEN_WAYS.ways)[number];

/** A cell that a test plays. */
export interface Cell<Way extends string> {
  readonly player: string;
  /** @default - the table names none */
  readonly version?: string;
  readonly way: Way;
  readonly plays: boolean;
  /** Whether the table says that it plays with code only. */
  readonly needsCode: boolean;
  /** What must be set. @default - nothing */
  readonly code?: string;
}

interface CodeBlock {
  /** None where it is for every player. */
  readonly players: readonly string[];
  readonly ways: readonly string[];
  readonly code: string;
}

export function readCells<Way extends string>(page: PlayersPage<Way>): Cell<Way>[] {
  const blocks = readCodeBlocks(page);
  return tableRows(page, page.section).flatMap(([label = '', ...texts]) => {
    // `video.js 8.24 (VHS 3.17)`: name and version.
    const [, player = '', version] = /^(.+?)(?: (\d+\.\d+))?(?: \(.*\))?$/.exec(label) ?? [];
    return page.ways.flatMap((way, column): Cell<Way>[] => {
      const [, verb, code] = /^\*\*(plays|does not play)\*\*(, with code)?/.exec(texts[column] ?? '') ?? [];
      if (verb === undefined) return [];
      return [
        {
          player,
          ...(version === undefined ? {} : { version }),
          way,
          plays: verb === 'plays',
          needsCode: code !== undefined,
          ...codeOf(blocks, player, way),
        },
      ];
    });
  });
}

/** `<!-- code: Shaka: prepared -->` says which cells the block below it is for. */
export function readCodeBlocks({ file }: Pick<PlayersPage<string>, 'file'>): CodeBlock[] {
  const blocks = textOf(file).matchAll(/<!-- code: (?:(.+): )?(.+) -->\n+```(?:js|sh)\n([\s\S]*?)```/g);
  return [...blocks].map(([, players, ways = '', code = '']) => ({
    players: players?.split(', ') ?? [],
    ways: ways.split(', '),
    code,
  }));
}

/** A player's own block comes after the one that every player shares. */
function codeOf(blocks: readonly CodeBlock[], player: string, way: string): { code?: string } {
  const ofWay = blocks.filter(({ ways }) => ways.includes(way));
  const own = ofWay.find(({ players }) => players.includes(player));
  if (own === undefined) return {};
  const shared = ofWay.filter(({ players }) => players.length === 0);
  return { code: [...shared, own].map(({ code }) => code).join('\n') };
}

/** The cells of the first table below a heading, row by row. */
export function tableRows({ file }: Pick<PlayersPage<string>, 'file'>, section: string): string[][] {
  const [, below = ''] = textOf(file).split(`\n## ${section}\n`);
  const [table = ''] = /(?:^\|.*\n)+/m.exec(below) ?? [];
  const rows = table.trimEnd().split('\n').slice(2);
  return rows.map((row) =>
    row
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}

function textOf(file: string): string {
  return readFileSync(new URL(`../../docs/${file}`, import.meta.url), 'utf8');
}
