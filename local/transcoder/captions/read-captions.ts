/** A captions file as cues, by what the job says it is. Pure. */
import { CaptionsRefusedError, type Cue } from './cue.ts';
import { readSrt } from './read-srt.ts';
import { readTtml } from './read-ttml.ts';
import { readWebvtt } from './read-webvtt.ts';

/** MediaConvert's names. */
export type CaptionsKind = 'SRT' | 'WEBVTT' | 'TTML' | 'IMSC';

const READERS: Readonly<Record<CaptionsKind, (text: string) => Cue[] | null>> = {
  SRT: readSrt,
  WEBVTT: readWebvtt,
  TTML: readTtml,
  IMSC: readTtml,
};

/** @throws CaptionsRefusedError for a file that is not UTF-8, or not of this kind */
export function readCaptions(content: Uint8Array, kind: CaptionsKind, address: string): Cue[] {
  const text = textOf(content);
  if (text === null) {
    throw new CaptionsRefusedError(`captions [${address}]: expected UTF-8 text; save the file as UTF-8`);
  }
  const cues = READERS[kind](text);
  if (cues !== null) return cues;
  throw new CaptionsRefusedError(
    `captions [${address}]: expected ${kind}, got another format or no captions; give the file the ending of its format`,
  );
}

/** With `\n` for every line break, and without a byte order mark. */
function textOf(content: Uint8Array): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(content);
    // WebVTT: a NUL is U+FFFD.
    return text.replace(/\r\n?/g, '\n').replaceAll('\0', '\uFFFD');
  } catch {
    return null;
  }
}
