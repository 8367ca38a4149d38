/** Starts the edge that the command line asks for, and keeps it up until it is interrupted. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createSecureContext } from 'node:tls';
import { CloudFrontServiceException } from '@aws-sdk/client-cloudfront';
import { exampleGenerations } from '../../envs/example-keys.ts';
import { isLocalAws } from '../../envs/loopback.ts';
import type { BunnyOptions } from '../../local/edge/bunny/index.ts';
import {
  type Edge,
  type RunOptions,
  startEdge,
  startEdgeFromStack,
  UnsupportedDistributionError,
} from '../../local/edge/index.ts';
import { readOutputs } from '../env/read-outputs.ts';
import { complain, outdir, sayInColour } from '../terraform/command-line.ts';
import { environmentNamed, UsageError } from '../terraform/targets.ts';
import { type BunnyCommandOptions, bunnyOptionsOf, refuseBunnyOptions, runBunny } from './bunny.ts';
import { humanLine, jsonLine, type LoggedRequest } from './log.ts';
import { portOption } from './port-option.ts';
import { readPublicKeys } from './public-keys.ts';
import { keysFor, synthesizedStack } from './synthesized.ts';

export interface EdgeCommandOptions extends BunnyCommandOptions {
  readonly distribution?: string;
  readonly fromSynth?: string;
  readonly directory?: string;
  readonly s3Endpoint?: string;
  readonly bucket?: string;
  readonly publicKey: readonly string[];
  readonly domain?: string;
  readonly port: string;
  readonly httpPort: string;
  readonly https?: boolean;
  readonly cert?: string;
  readonly key?: string;
  readonly explain?: boolean;
  readonly cache: boolean;
  readonly json?: boolean;
}

interface Surroundings {
  readonly say: (line: string) => void;
  /** Ends the edge. */
  readonly signal: AbortSignal;
  readonly env: NodeJS.ProcessEnv;
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
  const colour = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;
  const onRequest = (entry: LoggedRequest) =>
    options.json ? say(jsonLine(entry)) : (colour ? sayInColour : say)(humanLine(entry, { colour }));
  const listener = {
    port: portOption('--port', options.port, { lowest: 0 }),
    ...httpsOf(options),
    ...(options.explain && { explain: true }),
    onRequest,
    onWarning: (message: string) => complain(`warning: ${message}`),
  };
  if (options.bunny) return startForBunny(environment, options, listener, surroundings);
  refuseBunnyOptions(options);
  const run: RunOptions & { readonly httpPort: number } = {
    ...listener,
    httpPort: portOption('--http-port', options.httpPort, { lowest: 0 }),
    cache: options.cache,
  };
  const starting =
    options.fromSynth === undefined
      ? startApplied(environment, options, run, surroundings)
      : startSynthesized(environment, options.fromSynth, options, run, surroundings);
  const edge = await starting.catch((error: unknown) => {
    const other = { port: run.httpPort, option: '--http-port' };
    throw isOfTheWorld(error) ? new UsageError(withRemedy(error, other), { cause: error }) : error;
  });
  try {
    for (const line of listeningLines(edge, options)) say(line);
    if (!signal.aborted) await once(signal, 'abort');
  } finally {
    await edge.close();
  }
}

async function startForBunny(
  environment: string | undefined,
  options: EdgeCommandOptions,
  listener: Pick<BunnyOptions, 'port' | 'https' | 'explain' | 'onRequest' | 'onWarning'>,
  { say, signal, env }: Surroundings,
): Promise<void> {
  const isMisplaced = (['fromSynth', 'distribution', 's3Endpoint', 'bucket', 'domain'] as const).some(
    (name) => options[name] !== undefined,
  );
  if (environment !== undefined || isMisplaced || options.publicKey.length > 0) {
    throw new UsageError(
      '--bunny serves a folder behind tokens: no environment, distribution, bucket, domain or public key goes with it',
    );
  }
  let apiPort: number | undefined;
  try {
    const asked = bunnyOptionsOf(options, env);
    apiPort = asked.apiPort;
    await runBunny({ ...asked, ...listener }, { say, signal, env, json: options.json });
  } catch (error) {
    const other = { port: apiPort, option: '--api-port' };
    throw isOfTheWorld(error) ? new UsageError(withRemedy(error, other), { cause: error }) : error;
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
    throw new UsageError(`wanted an applied environment or --from-synth, got both (${environment}, ${name})`);
  }
  if (options.distribution !== undefined) {
    throw new UsageError('--distribution goes with an applied environment: --from-synth makes its own up');
  }
  const { config } = environmentNamed(name);
  if (options.domain !== undefined && !HOST_NAME.test(options.domain)) {
    throw new UsageError(
      `--domain: wanted a host name, as in d111111abcdef8.cloudfront.net, got ${JSON.stringify(options.domain)}`,
    );
  }
  const given = readPublicKeys(options.publicKey);
  const origin = originOf(options, env);
  const keys = keysFor(config, given);
  for (const generation of exampleGenerations(keys)) {
    process.stderr.write(
      `warning: ${generation} is the example key, and nobody holds its private half, so every signature is refused: ` +
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

/** `npm --prefix` runs us in this repository: files are where the caller is, which npm says in `INIT_CWD`. */
function fromCallersFolder(options: EdgeCommandOptions, { INIT_CWD }: NodeJS.ProcessEnv): EdgeCommandOptions {
  if (!INIT_CWD) return options;
  const { directory, cert, key, publicKey } = options;
  return {
    ...options,
    publicKey: publicKey.map((text) =>
      text.replace(/^([^=]*=)(.+)$/, (_, id, file) => id + resolve(INIT_CWD, file)),
    ),
    ...(directory !== undefined && { directory: resolve(INIT_CWD, directory) }),
    ...(cert !== undefined && { cert: resolve(INIT_CWD, cert) }),
    ...(key !== undefined && { key: resolve(INIT_CWD, key) }),
  };
}

function originOf(options: EdgeCommandOptions, env: NodeJS.ProcessEnv) {
  const { directory, s3Endpoint, bucket } = options;
  if (directory !== undefined && s3Endpoint !== undefined) {
    throw new UsageError('wanted --directory or --s3-endpoint, got both');
  }
  if (directory !== undefined) {
    if (bucket !== undefined)
      throw new UsageError('--bucket goes with --s3-endpoint: a folder is one bucket');
    return { directory };
  }
  if (s3Endpoint === undefined) throw new UsageError('no objects: wanted --directory or --s3-endpoint');
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
    throw new UsageError(`--${option} goes with --from-synth: what was applied says it otherwise`);
  }
  if (!isLocalAws(env)) {
    throw new UsageError(
      `AWS_ENDPOINT_URL names no AWS API on this machine: the edge stands for a distribution there; without one: --from-synth ${target.name}`,
    );
  }
  const distributionId =
    options.distribution ??
    textOf((await readOutputs(target, { outdir, signal })).cloudfront_distribution_id) ??
    refuseUnapplied(target.name);
  return startEdge({ ...run, distributionId, environment: definedIn(env) });
}

function httpsOf({ https, cert, key }: EdgeCommandOptions): Pick<RunOptions, 'https'> {
  if (cert === undefined && key === undefined) return https ? { https: 'self-signed' } : {};
  if (!https) throw new UsageError('--cert and --key go with --https');
  if (cert === undefined || key === undefined) throw new UsageError('--cert and --key go together, got one');
  const pair = { cert: readPem('--cert', cert), key: readPem('--key', key) };
  try {
    createSecureContext(pair);
  } catch (cause) {
    throw new UsageError(
      '--cert and --key: wanted a PEM certificate and the private key that belongs to it',
      {
        cause,
      },
    );
  }
  return { https: pair };
}

function readPem(option: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new UsageError(`${option}: ${file} cannot be read`, { cause });
  }
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

/** A distribution, a folder, a port or an API that is not as it must be: a line, and not a stack trace. */
function isOfTheWorld(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  return (
    error instanceof UnsupportedDistributionError ||
    error instanceof CloudFrontServiceException ||
    ['EADDRINUSE', 'EACCES', 'ECONNREFUSED'].includes(systemErrorOf(error)?.code ?? '') ||
    (error instanceof TypeError && /^("|the S3 endpoint)/.test(error.message))
  );
}

/** `other` is the second listener's port. */
function withRemedy(
  error: Error,
  other: { readonly port: number | undefined; readonly option: string },
): string {
  const { code, port } = systemErrorOf(error) ?? {};
  const option = port === other.port ? other.option : '--port';
  switch (code) {
    case 'EADDRINUSE':
      return `${error.message} with ${option}`;
    case 'EACCES':
      return `${option} ${port}: this account may not listen there, wanted 1024 or more`;
    case 'ECONNREFUSED':
      return `nothing answers at AWS_ENDPOINT_URL (port ${port}): npm start runs an AWS API; without one: --from-synth <environment>`;
    default:
      return error.message;
  }
}

/** What the system said, in the error or behind it. */
function systemErrorOf(error: Error): (NodeJS.ErrnoException & { readonly port?: number }) | undefined {
  return [error, error.cause].find((each) => each instanceof Error && 'code' in each) as
    | NodeJS.ErrnoException
    | undefined;
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
