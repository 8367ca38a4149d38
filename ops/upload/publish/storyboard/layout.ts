/** How the thumbnails of a title lie on the sheets of its storyboard, and the WebVTT that says so. Pure. */

export interface StoryboardLayout {
  /** Pixels of one thumbnail on a sheet. */
  readonly tileWidth: number;
  readonly tileHeight: number;
  readonly columns: number;
  readonly rows: number;
}

export interface StoryboardTimes {
  readonly thumbnails: number;
  /** Seconds from one to the next; the first is the video's first picture. */
  readonly everySeconds: number;
  readonly durationSeconds: number;
}

/** Of the longer side: sharp on a phone, where a preview is 96 pixels wide. */
const LONG_SIDE_PIXELS = 192;
/** A sheet of 16:9 pictures is 1920×1080 pixels then, and a title of two hours has eight. */
const MOST_A_SIDE = 10;

/** The video's shape; a title of few thumbnails gets a small sheet. */
export function storyboardLayout(
  thumbnails: number,
  { width, height }: { readonly width: number; readonly height: number },
): StoryboardLayout {
  const scale = LONG_SIDE_PIXELS / Math.max(width, height);
  const columns = Math.min(MOST_A_SIDE, thumbnails);
  return {
    tileWidth: even(width * scale),
    tileHeight: even(height * scale),
    columns,
    rows: Math.min(MOST_A_SIDE, Math.ceil(thumbnails / columns)),
  };
}

/** JPEG with 4:2:0 chroma would leave an odd edge to the neighbour. */
function even(pixels: number): number {
  return Math.max(2, 2 * Math.round(pixels / 2));
}

function sheetName(index: number): string {
  return `sheet_${String(index + 1).padStart(5, '0')}.jpg`;
}

/**
 * One cue for each thumbnail, until the next one: the address of its sheet, which lies beside the WebVTT, and where it is on
 * the sheet.
 *
 * @see https://www.w3.org/TR/media-frags/#naming-space
 */
export function storyboardVtt(
  { tileWidth, tileHeight, columns, rows }: StoryboardLayout,
  { thumbnails, everySeconds, durationSeconds }: StoryboardTimes,
): string {
  const cues = Array.from({ length: thumbnails }, (_, index) => {
    const start = index * everySeconds;
    const end = index === thumbnails - 1 ? durationSeconds : Math.min(start + everySeconds, durationSeconds);
    const onSheet = index % (columns * rows);
    const x = (onSheet % columns) * tileWidth;
    const y = Math.floor(onSheet / columns) * tileHeight;
    const sheet = sheetName(Math.floor(index / (columns * rows)));
    const times = `${timestamp(start)} --> ${timestamp(end)}`;
    return end > start ? `${times}\n${sheet}#xywh=${x},${y},${tileWidth},${tileHeight}\n` : '';
  });
  return ['WEBVTT\n', ...cues.filter((cue) => cue !== '')].join('\n');
}

function timestamp(seconds: number): string {
  const ms = Math.round(seconds * 1000);
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  const rest = String(ms % 1000).padStart(3, '0');
  return `${two(ms / 3_600_000)}:${two((ms / 60_000) % 60)}:${two((ms / 1000) % 60)}.${rest}`;
}
