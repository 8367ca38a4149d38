/** Rows of cells as lines in columns, without borders, as wide as a terminal shows them. Pure. */
import Table from 'cli-table3';

const NO_BORDERS = Object.fromEntries(
  ['top', 'bottom', 'left', 'right', 'mid', 'middle'].flatMap((side) =>
    ['', '-mid', '-left', '-right', 'left-mid', 'right-mid'].map((part) => [`${side}${part}`, '']),
  ),
);

/** Two blanks between columns. Every row has the cells that the first one has. */
export function alignedTable(rows: readonly (readonly string[])[]): string[] {
  const table = new Table({
    chars: NO_BORDERS,
    style: { 'padding-left': 0, 'padding-right': 2, head: [], border: [] },
  });
  table.push(...rows.map((row) => [...row]));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
}
