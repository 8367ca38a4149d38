/** WebVTT: cues with their settings and tags. Pure. */
import { type Cue, cueOf } from './cue.ts';

const TIME = String.raw`(?:(\d{2,}):)?([0-5]\d):([0-5]\d)\.(\d{3})`;
const TIMING = new RegExp(String.raw`^${TIME}[ \t]+-->[ \t]+${TIME}(?:[ \t]+(.*))?$`);

/**
 * Comments, styles and regions are left out: a block without a time is none of the captions.
 *
 * @returns null for a text that is not WebVTT
 * @see https://www.w3.org/TR/webvtt1/#webvtt-file-parsing
 */
export function readWebvtt(text: string): Cue[] | null {
  if (!/^WEBVTT(?:[ \t\n]|$)/.test(text)) return null;
  return text.split(/\n{2,}/).flatMap((block) => {
    const lines = block.split('\n');
    const at = lines.findIndex((line) => line.includes('-->'));
    const times = TIMING.exec(lines[at]?.trim() ?? '');
    if (times === null) return [];
    const [start, end] = [times.slice(1, 5), times.slice(5, 9)].map(millisecondsOf);
    const settings = (times[9] ?? '').split(/[ \t]+/).filter(isKeptSetting);
    const cueText = lines.slice(at + 1).join('\n');
    return cueOf({ startMs: start ?? 0, endMs: end ?? 0, settings: settings.join(' '), text: cueText });
  });
}

/** Where the text stands; a region would have to be defined in every segment. */
function isKeptSetting(setting: string): boolean {
  return /^(?:vertical|line|position|size|align):[\w%.,-]+$/.test(setting);
}

/** Hours, which may be missing, minutes, seconds and milliseconds. */
export function millisecondsOf(parts: readonly (string | undefined)[]): number {
  const [hours = 0, minutes = 0, seconds = 0, milliseconds = 0] = parts.map((part) => Number(part ?? 0));
  return ((hours * 60 + minutes) * 60 + seconds) * 1000 + milliseconds;
}
