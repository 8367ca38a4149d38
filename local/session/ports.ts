/** The ports of a run, as its command line names them. Pure. */
import type { LocalPorts } from '../../envs/local-ports.ts';
import { portOption } from '../../ops/edge/port-option.ts';
import { optionError } from '../../ops/terraform/targets.ts';

/** The option that chooses each port, for messages and for the command line. */
export const PORT_OPTIONS = {
  demoPort: '--port',
  edgePort: '--edge-port',
  edgeHttpPort: '--edge-http-port',
} as const satisfies Record<keyof LocalPorts, string>;

export const PORT_NAMES = Object.keys(PORT_OPTIONS) as readonly (keyof LocalPorts)[];

/** As commander gives them: undefined for what was not asked for. */
export interface PortFlags {
  readonly port?: string | undefined;
  readonly edgePort?: string | undefined;
  readonly edgeHttpPort?: string | undefined;
}

/**
 * The ports of a run: those that were asked for, and `defaults` for the rest.
 *
 * @throws UsageError for an invalid port, and for two listeners with the same port
 */
export function portsFrom(flags: PortFlags, defaults: LocalPorts): LocalPorts {
  const asked = { demoPort: flags.port, edgePort: flags.edgePort, edgeHttpPort: flags.edgeHttpPort };
  const portOf = (name: keyof LocalPorts): number =>
    asked[name] === undefined ? defaults[name] : portOption(PORT_OPTIONS[name], asked[name], { lowest: 1 });
  const ports = {
    demoPort: portOf('demoPort'),
    edgePort: portOf('edgePort'),
    edgeHttpPort: portOf('edgeHttpPort'),
  };
  refuseShared(ports);
  return ports;
}

function refuseShared(ports: LocalPorts): void {
  for (const [index, name] of PORT_NAMES.entries()) {
    const other = PORT_NAMES.slice(0, index).find((earlier) => ports[earlier] === ports[name]);
    if (other === undefined) continue;
    throw optionError(
      `${PORT_OPTIONS[other]} and ${PORT_OPTIONS[name]}`,
      `expected two different ports, got ${ports[name]} for both`,
    );
  }
}
