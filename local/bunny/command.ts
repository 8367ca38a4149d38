/** `npm run edge -- --bunny`: the local Bunny for a folder, kept up until it is interrupted. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withRemedy } from '../../ops/edge/failures.ts';
import {
  type FileOptions,
  fromCallersFolder,
  type ListenerOptions,
  mainListener,
  type Surroundings,
} from '../../ops/edge/listener.ts';
import { portOption } from '../../ops/edge/port-option.ts';
import { type EdgeCommandOptions, runEdgeCommand } from '../../ops/edge/start.ts';
import { dotenv } from '../../ops/env/dotenv.ts';
import { optionError, UsageError } from '../../ops/terraform/targets.ts';
import { type Bunny, type BunnyOptions, bunnyKeys, KEY_VARIABLES, startBunny } from './index.ts';

export interface BunnyCommandOptions extends ListenerOptions, FileOptions {
  readonly bunny?: boolean;
  readonly zone?: string;
  readonly library?: string;
  readonly apiPort?: string;
  readonly country?: string;
  readonly webhook?: string;
}

const HOST_NAME = /^(?=.{1,253}$)[a-z\d]([a-z\d-]*[a-z\d])?(\.[a-z\d]([a-z\d-]*[a-z\d])?)+$/;
const LOOPBACK_ORIGIN = /^https?:\/\/(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?\/?$/i;
/** The options that only `--bunny` has, by their names on the command line. */
const OWN_OPTIONS = {
  zone: 'zone',
  library: 'library',
  apiPort: 'api-port',
  country: 'country',
  webhook: 'webhook',
} as const;

/** `npm run edge`: CloudFront's edge, or with `--bunny` Bunny's. */
export async function runEitherEdge(
  environment: string | undefined,
  options: EdgeCommandOptions & BunnyCommandOptions,
  surroundings: Surroundings,
): Promise<void> {
  if (options.bunny) return runBunnyCommand(environment, options, surroundings);
  refuseBunnyOptions(options);
  return runEdgeCommand(environment, options, surroundings);
}

/** @throws UsageError for an option of `--bunny` without it */
function refuseBunnyOptions(options: object): void {
  const [, name] = Object.entries(OWN_OPTIONS).find(([key]) => key in options) ?? [];
  if (name !== undefined) throw new UsageError(`--${name} needs --bunny`);
}

/** @throws UsageError for an invalid option, or for one that says where CloudFront's edge gets its objects */
async function runBunnyCommand(
  environment: string | undefined,
  given: BunnyCommandOptions & EdgeCommandOptions,
  surroundings: Surroundings,
): Promise<void> {
  const options = fromCallersFolder(given, surroundings.env);
  const listener = mainListener(options, surroundings.say);
  const isMisplaced = (['fromSynth', 'distribution', 's3Endpoint', 'bucket', 'domain'] as const).some(
    (name) => options[name] !== undefined,
  );
  if (environment !== undefined || isMisplaced || options.publicKey.length > 0) {
    throw new UsageError(
      '--bunny serves a folder behind tokens; omit the environment, distribution, bucket, domain and public key',
    );
  }
  let apiPort: number | undefined;
  try {
    const asked = bunnyOptionsOf(options, surroundings.env);
    apiPort = asked.apiPort;
    await runBunny({ ...asked, ...listener }, { ...surroundings, json: options.json });
  } catch (error) {
    throw withRemedy(error, { port: apiPort, option: '--api-port' }, surroundings.env);
  }
}

/** @throws UsageError for an invalid option */
function bunnyOptionsOf(
  options: BunnyCommandOptions,
  env: NodeJS.ProcessEnv,
): Pick<
  BunnyOptions,
  'directory' | 'keys' | 'zoneHost' | 'libraryId' | 'apiPort' | 'country' | 'webhookUrl'
> {
  const { directory, webhook, country } = options;
  if (directory === undefined)
    throw new UsageError('--bunny needs --directory <folder>; the folder may be empty');
  const zoneHost = options.zone ?? zoneNamedBy(env);
  if (zoneHost !== undefined && !HOST_NAME.test(zoneHost)) {
    throw optionError('--zone', 'expected a host name in lower case, as in vz-1234abcd-567.b-cdn.net');
  }
  const library = options.library ?? (env.BUNNY_STREAM_LIBRARY_ID || '1');
  if (!/^[1-9]\d{0,8}$/.test(library))
    throw optionError('--library', "expected a library's number, as in 759");
  if (country !== undefined && !/^[a-z]{2}$/i.test(country)) {
    throw optionError('--country', 'expected two letters of ISO 3166-1, as in DE');
  }
  if (webhook !== undefined && !/^https?:$/.test(URL.canParse(webhook) ? new URL(webhook).protocol : '')) {
    throw optionError('--webhook', 'expected an http or https URL');
  }
  return {
    directory,
    keys: bunnyKeys(env),
    libraryId: Number(library),
    apiPort: portOption('--api-port', options.apiPort ?? '4481', { lowest: 0 }),
    ...(zoneHost !== undefined && { zoneHost }),
    ...(country !== undefined && { country }),
    ...(webhook !== undefined && { webhookUrl: webhook }),
  };
}

/** A backend's own settings may already name this edge, by its origin: which is not a zone's host. */
function zoneNamedBy({ BUNNY_PULL_ZONE: zone }: NodeJS.ProcessEnv): string | undefined {
  return !zone || LOOPBACK_ORIGIN.test(zone) ? undefined : zone;
}

/** Runs until `signal` aborts. */
async function runBunny(
  options: BunnyOptions,
  { say, signal, env, json = false }: Surroundings & { readonly json?: boolean | undefined },
): Promise<void> {
  const bunny = await startBunny(options);
  // Nobody else may read it, and no terminal's history keeps what it holds.
  const folder = mkdtempSync(join(tmpdir(), 'storytime-bunny-'));
  const keysFile = join(folder, 'bunny.env');
  try {
    writeFileSync(keysFile, `${dotenv(runVariables(options, bunny, env))}\n`, { mode: 0o600 });
    for (const line of listeningLines(bunny, { keysFile, json })) say(line);
    if (!signal.aborted) await once(signal, 'abort');
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await bunny.close();
  }
}

/** What a backend needs that the caller's environment does not have. If it names no zone, its URLs lead here. */
function runVariables(
  { keys, zoneHost }: BunnyOptions,
  bunny: Bunny,
  env: NodeJS.ProcessEnv,
): Record<string, string> {
  const made = Object.entries(KEY_VARIABLES).flatMap(([name, variable]) =>
    env[variable] ? [] : [[variable, keys[name as keyof typeof KEY_VARIABLES]] as const],
  );
  return {
    BUNNY_PULL_ZONE: zoneHost ?? bunny.url,
    BUNNY_STREAM_ENDPOINT: bunny.apiUrl,
    BUNNY_STREAM_LIBRARY_ID: String(bunny.libraryId),
    ...Object.fromEntries(made),
  };
}

function listeningLines(
  { url, apiUrl, zoneHost, libraryId }: Bunny,
  { keysFile, json }: { readonly keysFile: string; readonly json: boolean },
): string[] {
  if (json) return [JSON.stringify({ event: 'listening', url, apiUrl, zoneHost, libraryId, keysFile })];
  return [
    `${url}  stands for https://${zoneHost}, and for https://player.mediadelivery.net at /embed and /play`,
    `${apiUrl}  stands for https://video.bunnycdn.com, with library ${libraryId}`,
    `to load the keys of this run and the other settings of a backend: set -a; . '${keysFile}'; set +a`,
  ];
}
