/** Listens to the sound before it is encoded: how loud each track is that should have another loudness. */
import { UNTRUSTED_INPUT_OPTIONS } from '../../ops/probe/source-limits.ts';
import {
  type Level,
  type LevelledSound,
  levelKey,
  type MeasuredLoudness,
  nextLevel,
  soundFilters,
} from './loudness.ts';
import { type RunFfmpegOptions, runFfmpeg } from './run-ffmpeg.ts';

export interface MeasureOptions extends Pick<RunFfmpegOptions, 'signal' | 'onSeconds'> {
  /** The master, on disk. */
  readonly input: string;
  /** Where the outputs end, and so the measurement. */
  readonly stopSeconds: number;
}

/** The first without a level; each later one reads the limited tracks again. */
const MOST_PASSES = 4;
/** What the meters' `-inf` and `nan` mean. */
const SILENT = Number.NEGATIVE_INFINITY;

/**
 * Levels by `levelKey`. One that is missing is of silence.
 *
 * @throws Error with ffmpeg's last line when it fails or stands still; the signal's AbortError
 */
export async function measureLevels(
  sounds: readonly LevelledSound[],
  options: MeasureOptions,
): Promise<ReadonlyMap<string, Level>> {
  const levels = new Map<string, Level>();
  let open = new Map(sounds.filter(({ loudness }) => loudness).map((sound) => [levelKey(sound), sound]));
  for (let pass = 0; open.size > 0 && pass < MOST_PASSES; pass++) {
    const measured = await measure([...open.values()], levels, options);
    const again = new Map<string, LevelledSound>();
    [...open].forEach(([key, sound], index) => {
      const [loudness, result] = [sound.loudness, measured[index]];
      if (loudness === undefined || result === undefined) return;
      const next = nextLevel(loudness, result, levels.get(key));
      if (next === undefined) return;
      levels.set(key, next.level);
      if (!next.isCertain) again.set(key, sound);
    });
    open = again;
  }
  return levels;
}

/** All of them in one reading, each as it would be encoded. */
async function measure(
  sounds: readonly LevelledSound[],
  levels: ReadonlyMap<string, Level>,
  { input, stopSeconds, signal, onSeconds }: MeasureOptions,
): Promise<(MeasuredLoudness | undefined)[]> {
  const outputs = sounds.flatMap((sound, index) => {
    const meter = `ebur128@s${index}=peak=true:framelog=verbose`;
    const filters = [...soundFilters(sound, levels.get(levelKey(sound))), meter].join(',');
    const track = ['-map', `0:a:${sound.trackIndex}`, '-filter:a', filters];
    return [...track, '-t', String(stopSeconds), '-f', 'null', '-'];
  });
  const meters = readMeters();
  await runFfmpeg(
    [
      // The meters say what they measured as information, at the end.
      ...['-nostdin', '-v', 'info', '-hide_banner', '-progress', 'pipe:1', '-nostats'],
      ...[...UNTRUSTED_INPUT_OPTIONS, '-i', `file:${input}`, ...outputs],
    ],
    { signal, onSeconds, onMessage: meters.read },
  );
  return sounds.map((_, index) => {
    const result = meters.results.get(index);
    if (result === undefined) throw new Error(`no loudness was measured of track ${index + 1}`);
    return result;
  });
}

/** Lines of ffmpeg's meters. A master's own texts are among the lines as well, but before the end: the last word counts. */
function readMeters() {
  const results = new Map<number, MeasuredLoudness>();
  let current: number | undefined;
  const read = (line: string) => {
    const [, meter] = /^\[ebur128@s(\d+) @ [^\]]*\] Summary:/.exec(line) ?? [];
    if (meter !== undefined) current = Number(meter);
    if (current === undefined) return;
    const before = results.get(current) ?? { integratedLufs: SILENT, peakDbfs: SILENT };
    const [, name, text = ''] = /^\s+(I|Peak):\s+(\S+) (?:LUFS|dBFS)$/.exec(line) ?? [];
    if (name === undefined) return;
    const value = Number.isFinite(Number(text)) ? Number(text) : SILENT;
    results.set(current, { ...before, [name === 'I' ? 'integratedLufs' : 'peakDbfs']: value });
  };
  return { results, read };
}
