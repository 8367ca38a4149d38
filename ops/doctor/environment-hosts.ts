/** Which addresses belong to an environment: its distribution's names, and on this machine the ports of its edge. Pure. */
import type { DistributionSummary } from '../../aws/cloudfront/distribution.ts';
import { isServed } from '../../aws/cloudfront/judge.ts';
import { isLoopbackHost } from '../../aws/values/loopback.ts';
import type { EnvironmentConfig } from '../../envs/config.ts';
import type { ViewerUrl } from './viewer-url.ts';

export interface EnvironmentHosts {
  readonly environment: string;
  /** Aliases and the distribution's own name; an alias may be `*.example.com`. */
  readonly names: readonly string[];
  /** Ports of the edge on a loopback host; empty for an environment in an account. */
  readonly edgePorts: readonly string[];
}

/**
 * @param distribution - null when it could not be seen or does not exist: the configured names count then, and without one
 *   every name that CloudFront gives
 * @param edgeUrl - the edge that is asked; null for CloudFront
 */
export function environmentHosts(
  {
    environment,
    domainName,
    otherDomainNames,
    localPorts,
  }: Pick<EnvironmentConfig, 'environment' | 'domainName' | 'otherDomainNames' | 'localPorts'>,
  distribution: Pick<DistributionSummary, 'domainName' | 'aliases'> | null,
  edgeUrl: string | null,
): EnvironmentHosts {
  const names =
    distribution === null
      ? [domainName ?? '*.cloudfront.net', ...otherDomainNames]
      : [...distribution.aliases, distribution.domainName];
  const edgePorts =
    localPorts === null
      ? []
      : [
          ...(edgeUrl === null ? [] : [portOf(new URL(edgeUrl))]),
          String(localPorts.edgePort),
          String(localPorts.edgeHttpPort),
        ];
  return { environment, names, edgePorts: [...new Set(edgePorts)] };
}

/** Names of environments by each of their own domains, in lower case. */
export function environmentsByHost(
  configs: readonly Pick<EnvironmentConfig, 'environment' | 'domainName' | 'otherDomainNames'>[],
): ReadonlyMap<string, string> {
  return new Map(
    configs.flatMap(({ environment, domainName, otherDomainNames }) =>
      [...(domainName === null ? [] : [domainName]), ...otherDomainNames].map(
        (host) => [host.toLowerCase(), environment] as const,
      ),
    ),
  );
}

export function isOfEnvironment(url: ViewerUrl, { names, edgePorts }: EnvironmentHosts): boolean {
  const port = portOf(url);
  if (isLoopbackHost(url.host)) return edgePorts.includes(port);
  const [domainName = '', ...aliases] = names;
  return ['80', '443', ...edgePorts].includes(port) && isServed(url.host, { domainName, aliases });
}

/** `media.example.com, d111111abcdef8.cloudfront.net or 127.0.0.1:4443` */
export function hostsText({ names, edgePorts }: EnvironmentHosts): string {
  const all = [...edgePorts.map((port) => `127.0.0.1:${port}`), ...names];
  return [all.slice(0, -1).join(', '), ...all.slice(-1)].filter((part) => part !== '').join(' or ');
}

function portOf({ protocol, port }: { readonly protocol: string; readonly port: string }): string {
  return port || (/^http:?$/.test(protocol) ? '80' : '443');
}
