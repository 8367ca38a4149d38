/** Bunny's settings from environment variables. */

import { readOptions } from '../arguments.ts';
import { SignerError } from '../errors.ts';
import { type Environment, runTogether, swallowerOf, textOf } from '../keys/environment.ts';
import { normaliseDomain, parseNamedOrigin, unquote } from '../policy/domain.ts';
import { parseSeconds } from '../policy/time-window.ts';
import { parseEndpoint } from './endpoint.ts';
import { assertKey, parseLibraryId } from './keys.ts';
import { ZONE_SUFFIX } from './wire.ts';

const PULL_ZONE = 'BUNNY_PULL_ZONE';
const TOKEN_KEY = 'BUNNY_TOKEN_KEY';
const EMBED_TOKEN_KEY = 'BUNNY_EMBED_TOKEN_KEY';
const EMBED_TOKEN_TTL = 'BUNNY_EMBED_TOKEN_TTL';
/** These two by the names of Bunny's own examples. */
const LIBRARY_ID = 'BUNNY_STREAM_LIBRARY_ID';
const API_KEY = 'BUNNY_STREAM_API_KEY';
const ENDPOINT = 'BUNNY_STREAM_ENDPOINT';
/** For `verifyBunnyWebhook`; not read here, but a lost line break can glue it to what is. */
const READ_ONLY_API_KEY = 'BUNNY_STREAM_READ_ONLY_API_KEY';
const NAMES = [
  ...[PULL_ZONE, TOKEN_KEY, EMBED_TOKEN_KEY, EMBED_TOKEN_TTL],
  ...[LIBRARY_ID, API_KEY, ENDPOINT, READ_ONLY_API_KEY],
] as const;

export interface BunnyEnvOptions {
  /**
   * Where to look the variables up.
   * @default process.env
   */
  readonly env?: Environment | undefined;
}

/** Options for `createBunnySigner`, as far as the environment has them. */
export interface BunnyEnv {
  /** `BUNNY_PULL_ZONE` */
  readonly pullZoneHost: string;
  /** `BUNNY_TOKEN_KEY` */
  readonly tokenKey: string;
  /** `BUNNY_EMBED_TOKEN_KEY`; - `undefined` where it is not set */
  readonly embedTokenKey: string | undefined;
  /** `BUNNY_EMBED_TOKEN_TTL`, in seconds; - `undefined` where it is not set */
  readonly defaultEmbedExpiresIn: number | undefined;
  /** `BUNNY_STREAM_LIBRARY_ID`; - `undefined` where it is not set */
  readonly libraryId: string | undefined;
  /** `BUNNY_STREAM_API_KEY`; - `undefined` where it is not set */
  readonly apiKey: string | undefined;
  /** `BUNNY_STREAM_ENDPOINT`; - `undefined` where it is not set */
  readonly streamEndpoint: string | undefined;
}

/**
 * The signer's options from `BUNNY_PULL_ZONE`, `BUNNY_TOKEN_KEY` and, where they are set, `BUNNY_EMBED_TOKEN_KEY`,
 * `BUNNY_EMBED_TOKEN_TTL` (seconds), `BUNNY_STREAM_LIBRARY_ID`, `BUNNY_STREAM_API_KEY` and `BUNNY_STREAM_ENDPOINT`.
 * `BUNNY_PULL_ZONE` may be a zone's name (`vz-1234abcd-567`), its host or the URL of its host. Quotes and spaces around a
 * value are taken off.
 *
 * @throws SignerError `ERR_ENV_MISSING`; `ERR_ENV_RUN_TOGETHER` when a lost line break glued two variables into one;
 * `ERR_DOMAIN_INVALID`, `ERR_BUNNY_KEY`, `ERR_BUNNY_LIBRARY_ID`, `ERR_EXPIRY_INVALID`; SignerTypeError `ERR_ARGUMENT_TYPE`
 * for an invalid endpoint
 * @example
 * const signer = createBunnySigner({ ...bunnyEnv(), maxExpiresIn: '1d' });
 */
export function bunnyEnv(options: BunnyEnvOptions = Object.create(null)): BunnyEnv {
  const env = environmentOf('bunnyEnv', options);
  const embedTokenKey = readKey(env, EMBED_TOKEN_KEY);
  const embedTtl = read(env, EMBED_TOKEN_TTL);
  const libraryId = read(env, LIBRARY_ID);
  return Object.freeze({
    pullZoneHost: readHost(env),
    tokenKey: required(TOKEN_KEY, readKey(env, TOKEN_KEY)),
    embedTokenKey,
    defaultEmbedExpiresIn: embedTtl === undefined ? undefined : parseTtl(embedTtl),
    libraryId: libraryId === undefined ? undefined : parseLibraryId(libraryId),
    apiKey: readKey(env, API_KEY),
    streamEndpoint: readEndpoint(env),
  });
}

/**
 * What `bunnyStream` needs, from `BUNNY_STREAM_LIBRARY_ID`, `BUNNY_STREAM_API_KEY` and, where it is set,
 * `BUNNY_STREAM_ENDPOINT`.
 *
 * @throws SignerError as `bunnyEnv`
 */
export function bunnyStreamEnv(options: BunnyEnvOptions = Object.create(null)): {
  readonly libraryId: string;
  readonly apiKey: string;
  /** - `undefined` where it is not set: Bunny's own */
  readonly endpoint: string | undefined;
} {
  const env = environmentOf('bunnyStreamEnv', options);
  return Object.freeze({
    libraryId: parseLibraryId(required(LIBRARY_ID, read(env, LIBRARY_ID))),
    apiKey: required(API_KEY, readKey(env, API_KEY)),
    endpoint: readEndpoint(env),
  });
}

function readEndpoint(env: Environment): string | undefined {
  const endpoint = read(env, ENDPOINT);
  return endpoint === undefined ? undefined : parseEndpoint(ENDPOINT, endpoint);
}

function environmentOf(where: string, options: BunnyEnvOptions): Environment {
  return readOptions(where, options, ['env']).env ?? process.env;
}

function readHost(env: Environment): string {
  const given = normaliseDomain(required(PULL_ZONE, read(env, PULL_ZONE)));
  // One label alone is a zone's name, as the dashboard lists it.
  const host = /^[a-z0-9-]+$/.test(given) ? `${given}${ZONE_SUFFIX}` : given;
  parseNamedOrigin(PULL_ZONE, host, `vz-1234abcd-567${ZONE_SUFFIX}`);
  return host;
}

/** `.env` files hold digits; a unit may be there as well. */
function parseTtl(text: string): number {
  return parseSeconds(EMBED_TOKEN_TTL, /^\d{1,9}$/.test(text) ? Number(text) : text);
}

function readKey(env: Environment, name: string): string | undefined {
  const key = read(env, name);
  if (key !== undefined) assertKey(name, key);
  return key;
}

function read(env: Environment, name: string): string | undefined {
  const value = textOf(env, name)?.trim();
  if (!value) {
    const swallowedBy = swallowerOf(env, name);
    if (swallowedBy !== undefined) throw runTogether(swallowedBy, name);
    return undefined;
  }
  const swallowed = NAMES.find((other) => value.includes(`${other}=`));
  if (swallowed !== undefined) throw runTogether(name, swallowed);
  return unquote(value);
}

function required(name: string, value: string | undefined): string {
  if (value) return value;
  throw new SignerError(
    'ERR_ENV_MISSING',
    `${name} is not set; set it to the value that Bunny's dashboard shows`,
  );
}
