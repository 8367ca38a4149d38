/** Jobs whose buckets are folders of this machine: no S3 is started for what only ffmpeg decides. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TranscodeOutcome } from '../../../local/transcoder/contract.ts';
import { transcode } from '../../../local/transcoder/index.ts';
import type { HlsJobOptions } from '../../../modules/mediaconvert/hls-jobs/src/index.ts';
import { type WireSettings, wireSettings } from './settings.ts';

export interface FolderJob extends Partial<Omit<HlsJobOptions, 'input' | 'destination'>> {
  /** Name of the master in `<directory>/masters`. */
  readonly master: string;
  /** Name of the title: its files are in `<directory>/hls/<title>`. */
  readonly title: string;
}

/**
 * @param change - what the builder has no option for
 * @returns the outcome, and the folder of the title
 */
export async function runInFolders(
  directory: string,
  { master, title, ...options }: FolderJob,
  change: (settings: WireSettings) => void = () => undefined,
): Promise<{ readonly outcome: TranscodeOutcome; readonly folder: string }> {
  const folders = { masters: join(directory, 'masters'), hls: join(directory, 'hls') };
  for (const folder of Object.values(folders)) await mkdir(folder, { recursive: true });
  const settings = wireSettings({
    ...{ ladder: [{ shortSidePixels: 120, maxBitrateBps: 200_000 }], segmentSeconds: 2, ...options },
    ...{ input: `s3://masters/${master}`, destination: `s3://hls/${title}/index` },
  });
  change(settings);
  const { signal } = new AbortController();
  const outcome = await transcode(
    { id: '1700000000000-test', settings },
    { environment: {}, folders, signal, onProgress: () => undefined },
  );
  return { outcome, folder: join(folders.hls, title) };
}
