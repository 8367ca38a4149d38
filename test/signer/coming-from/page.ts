/** What docs/coming-from.md says: code and tables by the markers in front of them, such as `<!-- calls: botocore -->`. */

import { readFileSync } from 'node:fs';

const PAGE = readFileSync(new URL('../../../docs/coming-from.md', import.meta.url), 'utf8');

/** By the names that the markers have. */
export type Library = '@aws-sdk/cloudfront-signer' | 'aws-cloudfront-sign' | 'aws-sdk' | 'botocore' | 'Ruby';

export interface Call {
  /** The code that signs today. */
  readonly today: string;
  readonly ours: string;
  /** What the two sign, in words: how their policies compare, and why today's is refused where it is. */
  readonly signed: string;
}

export interface Refusal {
  readonly today: string;
  /** `allowed`, or the reason of `explain`. */
  readonly judged: string;
  readonly ours: string;
  readonly code: string;
  /** Our code that works. */
  readonly instead: string;
}

/** The names of all markers of one kind, in the order of the page. */
export function namesOf(kind: string): string[] {
  return [...PAGE.matchAll(/^<!-- ([\w-]+): (.+) -->$/gm)].flatMap(([, found, name = '']) =>
    found === kind ? [name] : [],
  );
}

/** By the package's name, the version that the page was compared with. */
export function versionsOnPage(): Record<string, string> {
  const rows = [...PAGE.matchAll(/^\| `([\w@/-]+)`.* \| (\d+\.\d+\.\d+) \| /gm)];
  return Object.fromEntries(rows.map(([, name, version]) => [name, version]));
}

/** The code block below a marker. */
export function codeOf(kind: string, name: string): string {
  const [, code] = /^\n*```\w+\n([\s\S]*?)```/.exec(below(kind, name)) ?? [];
  if (code === undefined) throw new Error(`no code below "${kind}: ${name}"`);
  return code;
}

export function callsOf(library: Library): Call[] {
  return rowsOf('calls', library).map(([today = '', ours = '', signed = '']) => ({
    today: codeIn(today),
    ours: codeIn(ours),
    signed,
  }));
}

export function refusalsOf(library: Library): Refusal[] {
  return rowsOf('refused', library).map((cells) => {
    const [today = '', judged = '', ours = '', code = '', instead = ''] = cells.map(codeIn);
    return { today, judged, ours, code, instead };
  });
}

function rowsOf(kind: string, name: string): string[][] {
  const [table = ''] = /^(?:\|.*\n)+/.exec(below(kind, name).trimStart()) ?? [];
  const rows = table.trimEnd().split('\n').slice(2);
  return rows.map((row) => row.slice(2, -2).split(' | '));
}

function below(kind: string, name: string): string {
  const [, text, more] = PAGE.split(`\n<!-- ${kind}: ${name} -->\n`);
  if (text === undefined || more !== undefined)
    throw new Error(`expected one "${kind}: ${name}" on the page`);
  return text;
}

/** The first code of a cell; two backticks around code that holds some. */
function codeIn(cell: string): string {
  const [, , code] = /(`+)(.+?)\1(?!`)/.exec(cell) ?? [];
  if (code === undefined) throw new Error(`no code in the cell "${cell}"`);
  return code;
}
