/** Captions between the file that was sent and the WebVTT that is served. */

export interface Cue {
  readonly startMs: number;
  readonly endMs: number;
  /** WebVTT cue settings, such as `line:0 align:start`; empty without any. */
  readonly settings: string;
  /** WebVTT cue text, lines separated by `\n`, none of them empty. */
  readonly text: string;
}

/** A captions file that cannot be used. `message` names it by its address. */
export class CaptionsRefusedError extends Error {
  override readonly name = 'CaptionsRefusedError';
}

/** Plain text as WebVTT spells it. */
export function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** A cue, or none where the times or the text make none: an empty line would end its text early. */
export function cueOf({ text, ...cue }: Cue): Cue[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const isShown = cue.endMs > cue.startMs && lines.length > 0;
  return isShown ? [{ ...cue, text: lines.join('\n') }] : [];
}
