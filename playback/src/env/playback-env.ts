/** Settings from environment variables. Of the package, this file alone reads `process.env`. */

import { isObject, readOptions, refused } from '../arguments.ts';
import { PlaybackError } from '../errors.ts';
import { readSecrets } from '../tokens/secrets.ts';

/** By the customer's names. */
export type PlaybackVariable =
  | 'VIDEO_JWT_SECRET'
  | 'MASTER_ENCRYPTION_KEY'
  | 'NEXT_PUBLIC_API_URL'
  | 'NEXT_PUBLIC_APP_URL';

type DefaultNeeds = 'VIDEO_JWT_SECRET' | 'NEXT_PUBLIC_API_URL' | 'NEXT_PUBLIC_APP_URL';

export interface PlaybackEnvOptions<Needed extends PlaybackVariable = DefaultNeeds> {
  /**
   * The variables that must be set; the others may be.
   * @default all but `MASTER_ENCRYPTION_KEY`, which KMS replaces in production
   */
  readonly needs?: readonly Needed[] | undefined;
  /**
   * Where to look the variables up.
   * @default process.env
   */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}

type IfNeeded<Name extends PlaybackVariable, Needed, Value> = Name extends Needed ? Value : Value | undefined;

export interface PlaybackEnv<Needed extends PlaybackVariable = DefaultNeeds> {
  /** `VIDEO_JWT_SECRET`, and behind it `VIDEO_JWT_SECRET_PREVIOUS` where that is set: for `playbackTokens`. */
  readonly secrets: IfNeeded<'VIDEO_JWT_SECRET', Needed, readonly string[]>;
  /** `MASTER_ENCRYPTION_KEY`, 64 hexadecimal digits in lower case: for `masterKeyWrapper`. */
  readonly masterKey: IfNeeded<'MASTER_ENCRYPTION_KEY', Needed, string>;
  /** `NEXT_PUBLIC_API_URL`, without a `/` at its end; it may have a path. */
  readonly apiUrl: IfNeeded<'NEXT_PUBLIC_API_URL', Needed, string>;
  /** `NEXT_PUBLIC_APP_URL`, as the origin that browsers send: `https://app.example.com`. For `origins` of the handlers. */
  readonly appUrl: IfNeeded<'NEXT_PUBLIC_APP_URL', Needed, string>;
}

const OPTION_NAMES = ['needs', 'env'] as const;
const SECRET = 'VIDEO_JWT_SECRET';
const PREVIOUS = 'VIDEO_JWT_SECRET_PREVIOUS';
const MASTER_KEY = 'MASTER_ENCRYPTION_KEY';
const API_URL = 'NEXT_PUBLIC_API_URL';
const APP_URL = 'NEXT_PUBLIC_APP_URL';
const NAMES = [SECRET, PREVIOUS, MASTER_KEY, API_URL, APP_URL] as const;
const DEFAULT_NEEDS: readonly PlaybackVariable[] = [SECRET, API_URL, APP_URL];
/** Browsers count these as this machine. @see https://w3c.github.io/webappsec-secure-contexts/#is-origin-trustworthy */
const LOOPBACK = /^(?:(?:[a-z0-9-]+\.)*localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The settings in `VIDEO_JWT_SECRET`, `MASTER_ENCRYPTION_KEY`, `NEXT_PUBLIC_API_URL` and `NEXT_PUBLIC_APP_URL`. Quotes, spaces,
 * literal `\n` around a value and a `/` at the end of an address are taken off.
 *
 * @throws PlaybackError `ERR_ENV_MISSING`; `ERR_ENV_INVALID`; `ERR_ENV_RUN_TOGETHER` when a lost line break glued two variables into
 * one; `ERR_TOKEN_SECRET` for a secret that is too short or an example. No message holds a value.
 * @example
 * const { secrets, appUrl } = playbackEnv();
 * const tokens = playbackTokens({ secrets, audience: appUrl });
 */
export function playbackEnv<Needed extends PlaybackVariable = DefaultNeeds>(
  given: PlaybackEnvOptions<Needed> = {},
): PlaybackEnv<Needed> {
  const { needs = DEFAULT_NEEDS, env = process.env } = readOptions('playbackEnv', given, OPTION_NAMES);
  const isName = (name: unknown) => name !== PREVIOUS && (NAMES as readonly unknown[]).includes(name);
  if (!Array.isArray(needs) || !needs.every(isName)) {
    throw refused(`"needs" must be a list of ${NAMES.filter((name) => name !== PREVIOUS).join(', ')}`);
  }
  if (!isObject(env)) throw refused('"env" must be an object');
  const values = {
    secrets: readTokenSecrets(env),
    masterKey: readMasterKey(read(env, MASTER_KEY)),
    apiUrl: readAddress(API_URL, read(env, API_URL))?.replace(/\/+$/, ''),
    appUrl: readOrigin(read(env, APP_URL)),
  };
  const byName = {
    [SECRET]: values.secrets,
    [MASTER_KEY]: values.masterKey,
    [API_URL]: values.apiUrl,
    [APP_URL]: values.appUrl,
  };
  const missing = (needs as readonly PlaybackVariable[]).find((name) => byName[name] === undefined);
  if (missing !== undefined) {
    throw new PlaybackError('ERR_ENV_MISSING', `${missing} is not set; ${REMEDIES[missing]}`);
  }
  // What is needed is there; the compiler cannot follow the look-up.
  return Object.freeze(values) as PlaybackEnv<Needed>;
}

const REMEDIES: Readonly<Record<PlaybackVariable, string>> = {
  VIDEO_JWT_SECRET: 'make one with: openssl rand -base64 48',
  MASTER_ENCRYPTION_KEY: 'make one with: openssl rand -hex 32',
  NEXT_PUBLIC_API_URL: 'set it to the address of your API, such as https://api.example.com',
  NEXT_PUBLIC_APP_URL: 'set it to the address of your pages, such as https://app.example.com',
};

function readTokenSecrets(env: Environment): readonly string[] | undefined {
  const [secret, previous] = [read(env, SECRET), read(env, PREVIOUS)];
  if (secret !== undefined) readSecrets(SECRET, [secret]);
  if (previous !== undefined) readSecrets(PREVIOUS, [previous]);
  if (secret === undefined) return undefined;
  return previous === undefined ? [secret] : [secret, previous];
}

function readMasterKey(text: string | undefined): string | undefined {
  if (text !== undefined && !/^[0-9a-f]{64}$/i.test(text)) {
    throw invalid(
      MASTER_KEY,
      `must be 64 hexadecimal digits, got ${text.length} characters; ${REMEDIES[MASTER_KEY]}`,
    );
  }
  return text?.toLowerCase();
}

function readOrigin(text: string | undefined): string | undefined {
  const address = readAddress(APP_URL, text);
  if (address === undefined) return undefined;
  const { origin, pathname } = new URL(address);
  if (pathname !== '/') throw invalid(APP_URL, 'must have no path: browsers send the origin alone');
  return origin;
}

/** @returns the address as the URL parser writes it */
function readAddress(name: typeof API_URL | typeof APP_URL, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (!URL.canParse(text)) throw invalid(name, `must be a whole address; ${REMEDIES[name]}`);
  const { protocol, hostname, username, password, search, hash, href } = new URL(text);
  const isSafe = protocol === 'https:' || (protocol === 'http:' && LOOPBACK.test(hostname));
  if (!isSafe) throw invalid(name, 'must begin with https://; http:// is for this machine alone');
  if (`${username}${password}${search}${hash}` !== '') {
    throw invalid(name, 'must be without user, password, query and fragment');
  }
  return href;
}

/** @returns the value, repaired; `undefined` where the variable is not set, or holds nothing */
function read(env: Environment, name: (typeof NAMES)[number]): string | undefined {
  const value = repair(textOf(env, name));
  if (value === '') {
    const holder = Object.keys(env).find(
      (other) => other !== name && textOf(env, other).includes(`${name}=`),
    );
    if (holder !== undefined) throw runTogether(holder, name);
    return undefined;
  }
  const swallowed = NAMES.find((other) => value.includes(`${other}=`));
  if (swallowed !== undefined) throw runTogether(name, swallowed);
  return value;
}

function textOf(env: Environment, name: string): string {
  const value: unknown = env[name];
  return typeof value === 'string' ? value : '';
}

/** Blanks, literal `\n` and `\r`, and one pair of quotes, in any order of wrapping. */
function repair(text: string): string {
  const trimmed = text.replace(/^(?:\s|\\[nr])+|(?:\s|\\[nr])+$/g, '');
  const inner = /^(["'])(.*)\1$/s.exec(trimmed)?.[2];
  return inner === undefined ? trimmed : repair(inner);
}

function invalid(name: string, problem: string): PlaybackError {
  return new PlaybackError('ERR_ENV_INVALID', `${name} ${problem}`);
}

function runTogether(holder: string, swallowed: string): PlaybackError {
  return new PlaybackError(
    'ERR_ENV_RUN_TOGETHER',
    `the value of ${holder} also holds "${swallowed}="; a line break is missing before ${swallowed}`,
  );
}
