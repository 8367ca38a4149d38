/** Where the edge of this machine is, for commands that send signatures to it. Pure. */
import { isLocalAws, isLoopbackHost } from '../../aws/values/loopback.ts';
import type { EnvironmentConfig } from '../../envs/config.ts';
import { optionError, UsageError } from '../terraform/targets.ts';

/**
 * The origin of an edge on this machine: what is signed goes to nobody else.
 *
 * @throws UsageError for any other address
 */
export function requireLocalEdge(given: string): string {
  if (URL.canParse(given) && isLoopbackHost(new URL(given).hostname)) return new URL(given).origin;
  throw optionError(
    '--edge, STORYTIME_EDGE_URL',
    'expected the address of an edge on this machine, http://127.0.0.1:<port>',
  );
}

/**
 * Where requests of an environment's viewers go: null for CloudFront, and for the environment of this machine its edge,
 * `STORYTIME_EDGE_URL` or else the port of the configuration. Credentials go nowhere else.
 *
 * @throws UsageError for `local` without the local AWS API, and for an edge on another machine
 */
export function edgeOf(
  { environment, localPorts }: Pick<EnvironmentConfig, 'environment' | 'localPorts'>,
  env: NodeJS.ProcessEnv,
): string | null {
  if (localPorts === null) return null;
  if (!isLocalAws(env)) {
    throw new UsageError(
      `"${environment}" exists on this machine only, but AWS_ENDPOINT_URL is ${env.AWS_ENDPOINT_URL ? 'not a loopback address' : 'not set'}; npm start prints the right one`,
    );
  }
  const { STORYTIME_EDGE_URL: given } = env;
  return given === undefined ? `http://127.0.0.1:${localPorts.edgePort}` : requireLocalEdge(given);
}
