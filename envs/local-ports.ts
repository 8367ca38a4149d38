/** The ports of the environment `local`, and the values that follow from them. Pure. */
import type { EnvironmentConfig } from './config.ts';

export type LocalPorts = NonNullable<EnvironmentConfig['localPorts']>;

/**
 * The same environment on other ports: the demo page's origin changes wherever uploads and playback are allowed from it, and
 * where content keys are.
 *
 * @param config - unchanged where it has no ports, as an environment in an account
 */
export function withPorts(config: EnvironmentConfig, ports: LocalPorts): EnvironmentConfig {
  if (config.localPorts === null) return config;
  const before = demoOrigin(config.localPorts);
  const follow = (origins: readonly string[]) =>
    origins.map((origin) => (origin === before ? demoOrigin(ports) : origin));
  const { playback } = config;
  return {
    ...config,
    uploadOrigins: follow(config.uploadOrigins),
    playbackOrigins: follow(config.playbackOrigins),
    playback: playback && { ...playback, keyUrl: onDemoPort(playback.keyUrl, before, ports) },
    localPorts: ports,
  };
}

function onDemoPort(address: string, before: string, ports: LocalPorts): string {
  const { origin, pathname } = new URL(address);
  return origin === before ? `${demoOrigin(ports)}${pathname}` : address;
}

/** As a browser sends it: without port 80, and `localhost`, since cookies and CORS are made for this spelling. */
function demoOrigin({ demoPort }: LocalPorts): string {
  return new URL(`http://localhost:${demoPort}`).origin;
}
