/** SRT, as editors write it. Pure. */
import { type Cue, cueOf, escapeText } from './cue.ts';
import { millisecondsOf } from './read-webvtt.ts';

const TIME = String.raw`(\d{1,3}):(\d\d):(\d\d)[,.](\d{1,3})`;
/** Some programs write coordinates behind the times. */
const TIMING = new RegExp(String.raw`^${TIME}[ \t]*-->[ \t]*${TIME}(?:[ \t].*)?$`);
/** The tags that SRT and WebVTT share. */
const TAG = /<(\/?[biu])>/gi;
/** Fonts, colours, and the placing of another format. */
const FOREIGN = /<\/?font\b[^<>]*>|\{\\[^{}]*\}/gi;

/**
 * Each time begins a cue, whether or not an empty line and a number come before it.
 *
 * @returns null for a text without a cue
 */
export function readSrt(text: string): Cue[] | null {
  const lines = text.split('\n').map((line) => line.trimEnd());
  const starts = lines.flatMap((line, index) => (TIMING.test(line.trim()) ? [index] : []));
  if (starts.length === 0) return null;
  return starts.flatMap((at, index) => {
    const times = TIMING.exec(lines[at]?.trim() ?? '') ?? [];
    const [startMs = 0, endMs = 0] = [times.slice(1, 5), times.slice(5, 9)].map(timeOf);
    const next = starts[index + 1];
    const own = lines.slice(at + 1, next ?? lines.length);
    return cueOf({
      startMs,
      endMs,
      settings: '',
      text: textOf(next === undefined ? own : beforeNumber(own)),
    });
  });
}

/** `1,5` is half a second. */
function timeOf(parts: readonly (string | undefined)[]): number {
  const [hours, minutes, seconds, fraction = '0'] = parts;
  return millisecondsOf([hours, minutes, seconds, fraction.padEnd(3, '0')]);
}

/** Without the number of the cue that follows. */
function beforeNumber(lines: readonly string[]): readonly string[] {
  return /^\s*\d+$/.test(lines.at(-1) ?? '') ? lines.slice(0, -1) : lines;
}

/** A `<` that begins none of SRT's tags is text. */
function textOf(lines: readonly string[]): string {
  const text = lines.join('\n').replace(FOREIGN, '');
  const parts = text
    .split(TAG)
    .map((part, index) => (index % 2 === 0 ? plain(part) : `<${part.toLowerCase()}>`));
  return parts.join('');
}

/** Some programs write entities into SRT: they stay as they are. */
function plain(text: string): string {
  return escapeText(text).replace(/&amp;((?:amp|lt|gt|nbsp|lrm|rlm);)/g, '&$1');
}
