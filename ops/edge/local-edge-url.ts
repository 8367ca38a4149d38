/** Where the edge of this machine is, for commands that send signatures to it. Pure. */
import { isLoopbackHost } from '../../aws/values/loopback.ts';
import { UsageError } from '../terraform/targets.ts';

/**
 * The origin of an edge on this machine: what is signed goes to nobody else.
 *
 * @throws UsageError for any other address
 */
export function requireLocalEdge(given: string): string {
  if (URL.canParse(given) && isLoopbackHost(new URL(given).hostname)) return new URL(given).origin;
  throw new UsageError(
    '--edge, STORYTIME_EDGE_URL: expected the address of an edge on this machine, http://127.0.0.1:<port>',
  );
}
