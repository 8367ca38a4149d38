/** Dates of segments in their playlists. Pure. RFC 8216, section 4.3.2.6. */

export interface ProgramDates {
  /** Of the first picture, in milliseconds since 1970. */
  readonly startMs: number;
  /** Seconds after which a segment is dated again; 0 dates every one. */
  readonly everySeconds: number;
}

/**
 * A media playlist with the date of its first segment, and again of the first one after every `everySeconds`. Alike in
 * every playlist of a title: RFC 8216, section 6.2.4, asks for dates in all of them or in none.
 */
export function withProgramDates(playlist: string, { startMs, everySeconds }: ProgramDates): string {
  let [seconds, next] = [0, 0];
  return playlist.replaceAll(/^#EXTINF:([\d.]+),.*$/gm, (line, length) => {
    const at = seconds;
    seconds += Number(length);
    // A millisecond less, because lengths are rounded.
    if (at < next - 0.001) return line;
    next = at + everySeconds;
    return `#EXT-X-PROGRAM-DATE-TIME:${new Date(startMs + Math.round(1000 * at)).toISOString()}\n${line}`;
  });
}
