/** What decides the output of a job, as a hash: the same master with the same hash is the same work. Pure. */
import { createHash } from 'node:crypto';
import type { EnvironmentConfig } from '../../envs/config.ts';
import { jobTemplate } from '../../envs/stack-props.ts';

/** Captions of a title, by what they contain. */
export interface CaptionsContent {
  readonly languageCode: string;
  readonly label: string;
  /** Hex, of the file. */
  readonly sha256: string;
}

/**
 * Hex SHA-256 of everything that the job template is made of but the job's rank in its queue, of the captions, and of
 * whether it is encrypted; not of the key, so that the same master again is the same work. The title and the poster are not in it: they can be changed without a new encode.
 *
 * A field that is added to `jobTemplate` and is absent by default leaves the hashes of existing work as they are. A field
 * that is always there changes all of them, and every master that is sent again is then encoded again.
 */
export function settingsHash(
  config: EnvironmentConfig,
  captions: readonly CaptionsContent[],
  { encrypted = false }: { readonly encrypted?: boolean } = {},
): string {
  const { priority: _priority, hop: _hop, ladder, ...settings } = jobTemplate(config);
  // A job has its rungs in rising order, however they are listed.
  const rungs = [...ladder].sort((a, b) => a.shortSidePixels - b.shortSidePixels);
  const tracks = captions.map(({ languageCode: language, label, sha256 }) => ({ language, label, sha256 }));
  return createHash('sha256')
    .update(canonicalJson({ ...settings, ladder: rungs, captions: tracks, ...(encrypted && { encrypted }) }))
    .digest('hex');
}

/** With the names of every object in order, and without those that are undefined. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
