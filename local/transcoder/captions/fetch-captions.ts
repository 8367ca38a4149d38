/** The captions of a job, read before anything is encoded. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { SupportedSettings } from '../supported-settings.ts';
import { CaptionsRefusedError, type Cue } from './cue.ts';
import { readCaptions } from './read-captions.ts';

/** An evening of captions is 200 KB. */
const MOST_BYTES = 10 * 2 ** 20;

/**
 * Cues by the name of their selector.
 *
 * @param download - copies an object of S3 into a file
 * @throws CaptionsRefusedError; what `download` throws
 */
export async function fetchCaptions(
  { input, outputGroups }: SupportedSettings,
  { directory, download }: { directory: string; download: (address: string, path: string) => Promise<void> },
): Promise<ReadonlyMap<string, readonly Cue[]>> {
  const used = new Set(
    outputGroups.flatMap((group) =>
      'packaging' in group ? group.captions.map(({ description }) => description.captionSelectorName) : [],
    ),
  );
  const cues = new Map<string, readonly Cue[]>();
  for (const name of used) {
    const source = input.captionSelectors[name]?.sourceSettings;
    if (source === undefined) continue;
    const { sourceFile } = source.fileSourceSettings;
    const path = join(directory, `captions-${cues.size}`);
    await download(sourceFile, path);
    if ((await stat(path)).size > MOST_BYTES) {
      throw new CaptionsRefusedError(`captions [${sourceFile}]: expected at most ${MOST_BYTES} bytes`);
    }
    cues.set(name, readCaptions(await readFile(path), source.sourceType, sourceFile));
  }
  return cues;
}
