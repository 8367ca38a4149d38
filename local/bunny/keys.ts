/** The four secrets of a Stream library, as a local run has them. */

import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import { OptionError } from '../../aws/values/option-error.ts';

export interface BunnyKeys {
  /** The pull zone's "URL Token Authentication Key": signs playlists and files. */
  readonly tokenKey: string;
  /** The library's "Token authentication key": signs embed and play pages. */
  readonly embedTokenKey: string;
  /** The library's API key: `AccessKey`, and what TUS uploads are signed with. */
  readonly apiKey: string;
  /** The library's read-only API key: reads, and signs webhooks. */
  readonly readOnlyApiKey: string;
}

/** The names of docs/bunny.md. `bunnyEnv` of the signer reads all but the last one. */
export const KEY_VARIABLES = {
  tokenKey: 'BUNNY_TOKEN_KEY',
  embedTokenKey: 'BUNNY_EMBED_TOKEN_KEY',
  apiKey: 'BUNNY_STREAM_API_KEY',
  readOnlyApiKey: 'BUNNY_STREAM_READ_ONLY_API_KEY',
} as const satisfies Record<keyof BunnyKeys, string>;

/**
 * The keys that `env` holds; one that it does not hold is made for this run.
 *
 * Two equal keys are refused: an application that takes one for the other would work here and fail at Bunny.
 *
 * @throws OptionError naming the variables
 */
export function bunnyKeys(env: Readonly<Record<string, string | undefined>>): BunnyKeys {
  const names = Object.entries(KEY_VARIABLES) as [keyof BunnyKeys, string][];
  const holders = new Map<string, string>();
  const keys = names.map(([key, variable]) => {
    const value = env[variable] || randomUUID();
    const other = holders.get(value);
    if (other !== undefined) {
      throw new OptionError([other, variable], 'expected two different keys, got one twice');
    }
    holders.set(value, variable);
    return [key, value];
  });
  return Object.fromEntries(keys) as unknown as BunnyKeys;
}

/** Whether two texts are equal, in a time that says nothing of where they differ. */
export function isSameSecret(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
