/** Starts the edge that the command line asks for, and keeps it up until it is interrupted. */
import { once } from 'node:events';
import { isLocalAws } from '../../aws/values/loopback.ts';
import { type Edge, type RunOptions, startEdge, startEdgeFromStack } from '../../edge/index.ts';
import { exampleGenerations } from '../../envs/example-keys.ts';
import { readOutputs } from '../env/read-outputs.ts';
import { outdir } from '../terraform/command-line.ts';
import { environmentNamed, optionError, UsageError } from '../terraform/targets.ts';
import { withRemedy } from './failures.ts';
import {
  type FileOptions,
  fromCallersFolder,
  type ListenerOptions,
  mainListener,
  type Surroundings,
} from './listener.ts';
import { portOption } from './port-option.ts';
import { readPublicKeys } from './public-keys.ts';
import { keysFor, synthesizedStack } from './synthesized.ts';

export interface EdgeCommandOptions extends ListenerOptions, FileOptions {
  readonly distribution?: string;
  readonly fromSynth?: string;
  readonly s3Endpoint?: string;
  readonly bucket?: string;
  readonly domain?: string;
  readonly httpPort: string;
  readonly cache: boolean;
}

const HOST_NAME = /^(?=.{1,253}$)[a-z\d]([a-z\d-]*[a-z\d])?(\.[a-z\d]([a-z\d-]*[a-z\d])?)*$/i;

/** @throws UsageError for options that do not go together */
export async function runEdgeCommand(
  environment: string | undefined,
  given: EdgeCommandOptions,
  surroundings: Surroundings,
): Promise<void> {
  const { say, signal, env } = surroundings;
  const options = fromCallersFolder(given, env);
  const run: RunOptions & { readonly httpPort: number } = {
    ...mainListener(options, say),
    httpPort: portOption('--http-port', options.httpPort, { lowest: 0 }),
    cache: options.cache,
  };
  const starting =
    options.fromSynth === undefined
      ? startApplied(environment, options, run, surroundings)
      : startSynthesized(environment, options.fromSynth, options, run, surroundings);
  const edge = await starting.catch((error: unknown) => {
    throw withRemedy(error, { port: run.httpPort, option: '--http-port' }, env);
  });
  try {
    for (const line of listeningLines(edge, options)) say(line);
    if (!signal.aborted) await once(signal, 'abort');
  } finally {
    await edge.close();
  }
}

async function startSynthesized(
  environment: string | undefined,
  name: string,
  options: EdgeCommandOptions,
  run: RunOptions,
  { env }: Surroundings,
): Promise<Edge> {
  if (environment !== undefined) {
    throw new UsageError(
      `expected an applied environment or --from-synth, got both (${environment}, ${name})`,
    );
  }
  if (options.distribution !== undefined) {
    throw new UsageError('--distribution cannot be used with --from-synth');
  }
  const { config } = environmentNamed(name);
  if (options.domain !== undefined && !HOST_NAME.test(options.domain)) {
    throw optionError(
      '--domain',
      `expected a host name, as in d111111abcdef8.cloudfront.net, got ${JSON.stringify(options.domain)}`,
    );
  }
  const given = readPublicKeys(options.publicKey);
  const origin = originOf(options, env);
  const keys = keysFor(config, given);
  for (const generation of exampleGenerations(keys)) {
    process.stderr.write(
      `warning: ${generation} is the example key, whose private key nobody has, so every signature is denied: ` +
        `--public-key K2TESTKEY=<file.pem> trusts a key of your own\n`,
    );
  }
  const stack = synthesizedStack(config, keys);
  return startEdgeFromStack({
    ...run,
    stack,
    origin,
    ...(options.domain !== undefined && { domainName: options.domain }),
  });
}

function originOf(options: EdgeCommandOptions, env: NodeJS.ProcessEnv) {
  const { directory, s3Endpoint, bucket } = options;
  if (directory !== undefined && s3Endpoint !== undefined) {
    throw new UsageError('expected --directory or --s3-endpoint, got both');
  }
  if (directory !== undefined) {
    if (bucket !== undefined) throw new UsageError('--bucket needs --s3-endpoint');
    return { directory };
  }
  if (s3Endpoint === undefined)
    throw new UsageError('expected --directory <folder> or --s3-endpoint <url>, got neither');
  return { endpoint: s3Endpoint, environment: env, ...(bucket !== undefined && { bucket }) };
}

async function startApplied(
  environment: string | undefined,
  options: EdgeCommandOptions,
  run: RunOptions,
  { env, signal }: Surroundings,
): Promise<Edge> {
  const target = environmentNamed(environment);
  const misplaced = (['directory', 's3Endpoint', 'bucket', 'domain'] as const).find(
    (name) => options[name] !== undefined,
  );
  if (misplaced !== undefined || options.publicKey.length > 0) {
    const option = misplaced === 's3Endpoint' ? 's3-endpoint' : (misplaced ?? 'public-key');
    throw new UsageError(
      `--${option} needs --from-synth, because an applied environment already has this value`,
    );
  }
  if (!isLocalAws(env)) {
    throw new UsageError(
      `AWS_ENDPOINT_URL is not set to an AWS API on this machine. Run npm start first, or use --from-synth ${target.name}, which needs none`,
    );
  }
  const distributionId =
    options.distribution ??
    textOf((await readOutputs(target, { outdir, signal })).cloudfront_distribution_id) ??
    refuseUnapplied(target.name);
  const { domainName } = target.config;
  return startEdge({
    ...run,
    distributionId,
    environment: definedIn(env),
    ...(domainName !== null && { loopbackAlias: domainName }),
  });
}

function listeningLines(edge: Edge, options: EdgeCommandOptions): string[] {
  const { url, httpUrl, domain, keyPairIds } = edge;
  if (options.json) return [JSON.stringify({ event: 'listening', url, httpUrl, domain, keyPairIds })];
  return [
    `${url}  stands for https://${domain}`,
    `${httpUrl}  stands for http://${domain}`,
    `trusted key pair ids: ${keyPairIds.join(', ') || 'none'}`,
  ];
}

function refuseUnapplied(name: string): never {
  throw new UsageError(`"${name}" has no output cloudfront_distribution_id: npm run apply -- ${name}`);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function definedIn(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
