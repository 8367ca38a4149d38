/** The tables of a module's README, between the markers that ask for them. */

import { DocsError } from './docs-error.ts';
import type { ConstructApi, Input, Output } from './module-api.ts';

/** `<!-- inputs: PrivateBucket -->` … `<!-- /inputs -->` */
const MARKED = /^<!-- (inputs|outputs): (\w+) -->$[\s\S]*?^<!-- \/\1 -->$/gm;
const OPENING = /^<!-- (?:inputs|outputs):/gm;

/**
 * The README with every marked table regenerated; one without markers stays as it is.
 *
 * @throws DocsError for a marker that names no construct of the module or is not closed, and for what the construct
 * leaves without a docstring
 */
export function withTables(
  readme: string,
  constructs: ReadonlyMap<string, ConstructApi>,
  page: string,
): string {
  const complaints: string[] = [];
  const filled = readme.replaceAll(MARKED, (marked, kind: 'inputs' | 'outputs', name: string) => {
    const api = constructs.get(name);
    if (!api) {
      complaints.push(`${page}: no class "${name}", expected one of ${[...constructs.keys()].join(', ')}`);
      return marked;
    }
    complaints.push(...api.complaints);
    const table = kind === 'inputs' ? inputsTable(api.inputs) : outputsTable(api.outputs);
    return `<!-- ${kind}: ${name} -->\n${table}\n<!-- /${kind} -->`;
  });
  const open = [...readme.matchAll(OPENING)].length - [...readme.matchAll(MARKED)].length;
  if (open > 0)
    complaints.push(`${page}: a marker is not closed by its own <!-- /inputs --> or <!-- /outputs -->`);
  if (complaints.length > 0) throw new DocsError([...new Set(complaints)]);
  return filled;
}

/** The markers that a README lacks; a construct that gives nothing needs no table of what it gives. */
export function missingTables(readme: string, constructs: ReadonlyMap<string, ConstructApi>): string[] {
  const there = new Set([...readme.matchAll(MARKED)].map(([, kind, name]) => `${kind}: ${name}`));
  return [...constructs]
    .flatMap(([name, { inputs, outputs }]) => [
      ...(inputs.length > 0 ? [`inputs: ${name}`] : []),
      ...(outputs.length > 0 ? [`outputs: ${name}`] : []),
    ])
    .filter((marker) => !there.has(marker));
}

function inputsTable(inputs: readonly Input[]): string {
  return table(
    ['input', 'type', 'default', ''],
    inputs.map(({ name, type, default: value, summary }) => [
      `\`${name}\``,
      `\`${type}\``,
      value ?? '–',
      lowerFirst(summary),
    ]),
  );
}

function outputsTable(outputs: readonly Output[]): string {
  return table(
    ['output', ''],
    outputs.map(({ name, summary }) => [`\`${name}\``, lowerFirst(summary)]),
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

function line(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`.replaceAll('|  |', '| |');
}

const PROPER_NAMES = /^(?:Terraform|Amazon|Apple|Rails|Ruby|Node|Route 53|Secrets Manager)\b/;

/** A cell is no sentence: `Days until …` becomes `days until …`; `ISO 3166`, `CloudFront` and names stay. */
function lowerFirst(text: string): string {
  const isPlainWord = /^\p{Lu}\p{Ll}*(?![\p{L}\p{N}])/u.test(text) && !PROPER_NAMES.test(text);
  return isPlainWord ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}
