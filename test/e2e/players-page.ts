/** What docs/cookies-urls-playlists.md says of players: which cells of its table a test plays, and with which code. */

import { readFileSync } from 'node:fs';

const PAGE = readFileSync(new URL('../../docs/cookies-urls-playlists.md', import.meta.url), 'utf8');

/** The columns of the table, in their order there, by the names that the code blocks use. */
const DELIVERIES = ['cookies', 'endpoint', 'prepared', 'request hook'] as const;
export type Delivery = (typeof DELIVERIES)[number];

/** A cell that a test plays. */
export interface Cell {
  readonly player: string;
  /** @default - the table names none */
  readonly version?: string;
  readonly delivery: Delivery;
  readonly plays: boolean;
  /** Whether the table says that it plays with code only. */
  readonly needsCode: boolean;
  /** What must be set. @default - nothing */
  readonly code?: string;
}

interface CodeBlock {
  /** None where it is for every player. */
  readonly players: readonly string[];
  readonly delivery: Delivery;
  readonly code: string;
}

export function readCells(): Cell[] {
  const blocks = readCodeBlocks();
  return tableRows().flatMap(([label = '', ...texts]) => {
    // `video.js 8.24 (VHS 3.17)`: name and version.
    const [, player = '', version] = /^(.+?)(?: (\d+\.\d+))?(?: \(.*\))?$/.exec(label) ?? [];
    return DELIVERIES.flatMap((delivery, column): Cell[] => {
      const [, verb, code] = /^\*\*(plays|does not play)\*\*(, with code)?/.exec(texts[column] ?? '') ?? [];
      if (verb === undefined) return [];
      return [
        {
          player,
          ...(version === undefined ? {} : { version }),
          delivery,
          plays: verb === 'plays',
          needsCode: code !== undefined,
          ...codeOf(blocks, player, delivery),
        },
      ];
    });
  });
}

/** `<!-- code: Shaka: prepared -->` says which cells the block below it is for. */
export function readCodeBlocks(): CodeBlock[] {
  return [...PAGE.matchAll(/<!-- code: (?:(.+): )?(.+) -->\n+```js\n([\s\S]*?)```/g)].map(
    ([, players, delivery, code = '']) => ({
      players: players?.split(', ') ?? [],
      delivery: delivery as Delivery,
      code,
    }),
  );
}

/** A player's own block comes after the one that every player shares. */
function codeOf(blocks: readonly CodeBlock[], player: string, delivery: Delivery): { code?: string } {
  const ofDelivery = blocks.filter((block) => block.delivery === delivery);
  const own = ofDelivery.find(({ players }) => players.includes(player));
  if (own === undefined) return {};
  const shared = ofDelivery.filter(({ players }) => players.length === 0);
  return { code: [...shared, own].map(({ code }) => code).join('\n') };
}

function tableRows(): string[][] {
  const [, section = ''] = PAGE.split('\n## Players\n');
  const [table = ''] = /(?:^\|.*\n)+/m.exec(section) ?? [];
  const rows = table.trimEnd().split('\n').slice(2);
  return rows.map((row) =>
    row
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}
