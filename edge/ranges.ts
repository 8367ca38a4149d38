/**
 * `Range` headers against an object held whole or of known size. Our own parser, because CloudFront serves the whole object
 * where one of several ranges lies outside of it or they overlap, and `range-parser` then drops or joins ranges. Pure.
 */

/** Bytes `start` to `end`, both included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * The ranges of `Range: bytes=…` in an object of `size` bytes; null: serve it whole, as for any other form.
 *
 * Several ranges must ascend and not overlap, and each must lie in the object, or CloudFront serves it whole.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RangeGETs.html
 */
export function readRanges(
  header: string | undefined,
  size: number,
): readonly ByteRange[] | 'unsatisfiable' | null {
  if (header === undefined) return null;
  const [, list] = /^bytes=(.+)$/i.exec(header.trim()) ?? [];
  if (list === undefined) return null;
  const specs = list.split(',');
  const ranges: ByteRange[] = [];
  for (const spec of specs) {
    const range = readRange(spec.trim(), size);
    if (range === null || range === 'unsatisfiable') return specs.length === 1 ? range : null;
    if (range.start <= (ranges.at(-1)?.end ?? -1)) return null;
    ranges.push(range);
  }
  return ranges;
}

function readRange(spec: string, size: number): ByteRange | 'unsatisfiable' | null {
  const [, first, last] = /^(\d*)-(\d*)$/.exec(spec) ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return null;
  if (first === '') {
    const suffix = Math.min(Number(last), size);
    return suffix === 0 ? 'unsatisfiable' : { start: size - suffix, end: size - 1 };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return null;
  if (start >= size) return 'unsatisfiable';
  return { start, end: last === '' ? size - 1 : Math.min(Number(last), size - 1) };
}
