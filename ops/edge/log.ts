/** The edge's log: a line per request, for people or for programs. Pure. */
import { styleText } from 'node:util';
import type { EdgeLogEntry } from '../../edge/index.ts';
import { printableJson, printableLine } from '../../envs/printable.ts';

/** A line of either edge. */
export type LoggedRequest = Omit<EdgeLogEntry, 'verdict'> & { readonly verdict: string };

const ORIGIN_FAILURES = [500, 502, 503, 504];

/** One JSON object; `event` keeps it apart from the line that says where the edge listens. */
export function jsonLine(entry: LoggedRequest): string {
  const { at, durationMs, ...rest } = entry;
  return printableJson({
    event: 'request',
    at: at.toISOString(),
    ...rest,
    durationMs: Math.round(durationMs * 10) / 10,
  });
}

/** `12:00:00  403  GET   /books/42/index.m3u8  expired: expired 5 minutes ago`. */
export function humanLine(entry: LoggedRequest, { colour }: { readonly colour: boolean }): string {
  const { at, method, path, status, durationMs } = entry;
  const line = [
    at.toISOString().slice(11, 19),
    String(status),
    printableLine(method).padEnd(7),
    `${durationMs.toFixed(1)} ms`.padStart(9),
    printableLine(path),
    printableLine(whyOf(entry)),
  ].join('  ');
  return colour ? styleText(colourOf(entry), line, { validateStream: false }) : line;
}

/** From memory or not, or else why not; where the signature was good and the object was not had, that too. */
function whyOf({ verdict, hint, cache, status }: LoggedRequest): string {
  if (hint !== undefined) return `${verdict === 'allowed' ? cache : verdict}: ${hint}`;
  if (verdict === 'unknown-host')
    return `${verdict}: neither the distribution's domain nor one of its aliases`;
  if (verdict !== 'allowed') return verdict;
  if (status === 403 || status === 404) {
    return `${cache}: the viewer may, but there is no such object or the bucket policy denies it`;
  }
  return ORIGIN_FAILURES.includes(status) ? `${cache}: the viewer may, but the origin failed` : cache;
}

function colourOf({ verdict, status }: LoggedRequest): 'red' | 'yellow' | 'green' {
  if (verdict !== 'allowed') return 'red';
  return status >= 400 ? 'yellow' : 'green';
}
