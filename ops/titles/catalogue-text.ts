/** The catalogue as people and programs read it. Pure. */
import { printableLine } from '../../envs/printable.ts';
import type { BrokenRecordError } from '../library/broken-record.ts';
import type { CatalogueEntry } from '../library/catalogue.ts';
import type { Title } from '../library/title.ts';
import type { Pruning } from '../take-down/prune.ts';
import { alignedTable } from '../text/aligned-table.ts';
import type { Adoption } from './adopt.ts';

/** Every field of every record, and the records that cannot be read. */
export function catalogueJson(entries: readonly CatalogueEntry[]): object {
  return {
    titles: titlesIn(entries),
    broken: brokenJson(brokenIn(entries)),
  };
}

export function prunedJson({ pruned, later, broken }: Pruning): object {
  return { pruned, later, broken: brokenJson(broken) };
}

function brokenJson(broken: readonly BrokenRecordError[]): object[] {
  return broken.map(({ key, problems }) => ({ key, problems }));
}

export function catalogueText(entries: readonly CatalogueEntry[], environment: string): string {
  const titles = titlesIn(entries);
  if (titles.length === 0) {
    return `the catalogue of "${environment}" is empty; npm run titles -- adopt ${environment} shows what the outputs bucket has`;
  }
  return table([
    ['id', 'title', 'state', 'length', 'largest', 'captions', 'created'],
    ...titles.map((title) => [
      title.id,
      title.title,
      title.state,
      lengthOf(title),
      sizeOf(title),
      captionsOf(title),
      title.createdAt.slice(0, 10),
    ]),
  ]);
}

/** The records that cannot be read. */
export function brokenIn(entries: readonly CatalogueEntry[]): BrokenRecordError[] {
  return entries.flatMap((entry) => ('broken' in entry ? [entry.broken] : []));
}

/** Null when there is none. */
export function brokenText(broken: readonly BrokenRecordError[]): string | null {
  return broken.length === 0 ? null : broken.map(({ message }) => printableLine(message)).join('\n');
}

export function adoptionText({ adoptable, skipped, recordedCount }: Adoption, environment: string): string {
  const summary = `"${environment}": ${recordedCount} in the catalogue, ${adoptable.length} to adopt, ${skipped.length} skipped`;
  const adopted = [
    ['adopt', 'length', 'largest', 'captions', 'master'],
    ...adoptable.map((title) => [
      title.id,
      lengthOf(title),
      sizeOf(title),
      captionsOf(title),
      title.masterKey ?? '-',
    ]),
  ];
  const left = [['skip', 'because'], ...skipped.map(({ folder, why }) => [folder, why])];
  const tables = [adopted, left].filter((rows) => rows.length > 1).map(table);
  return [summary, ...tables].join('\n\n');
}

export function adoptedText(written: number, planned: number): string {
  const done = `done: wrote ${written} of ${planned} records`;
  return written === planned ? done : `${done}; somebody else wrote the others meanwhile`;
}

export function prunedText({ pruned, later }: Pruning): string {
  const lines = pruned.map(
    ({ id, version, deleted }) => `${printableLine(id)}: deleted version ${version} (${deleted} files)`,
  );
  const waiting = later.map(
    ({ id, version, deleteAfter }) =>
      `${printableLine(id)}: version ${version} stays until ${deleteAfter}: viewers may be playing it`,
  );
  return [...lines, ...waiting].join('\n') || 'no earlier version is left';
}

function titlesIn(entries: readonly CatalogueEntry[]): Title[] {
  return entries.flatMap((entry) => ('title' in entry ? [entry.title] : []));
}

/** What a record says must stay in its cell. */
function table(rows: readonly (readonly string[])[]): string {
  return alignedTable(rows.map((row) => row.map(printableLine))).join('\n');
}

/** `1:02:03`, or `2:03`. */
function lengthOf({ durationSeconds }: Title): string {
  if (durationSeconds === null) return '-';
  const whole = Math.round(durationSeconds);
  const [hours, minutes, seconds] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (count: number) => String(count).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}

function sizeOf({ renditions: [largest] }: Title): string {
  return largest === undefined ? '-' : `${largest.width}x${largest.height}`;
}

function captionsOf({ captions }: Title): string {
  return captions.map(({ language }) => language).join(' ') || '-';
}
