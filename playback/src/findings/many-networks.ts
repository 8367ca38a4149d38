/** One account in many places at the same time. */

import { networkOf } from '../access/address.ts';
import { accessesWithin, type Rule } from './rule.ts';

export interface ManyNetworksOptions {
  /**
   * Networks from which a finding is made.
   * @default 5
   */
  readonly networks?: number | undefined;
  /** @default 3600 */
  readonly seconds?: number | undefined;
}

const SHOWN = 10;

/**
 * `many_networks`: plays from many networks within an hour. A network is the /24 of an IPv4 address or the /48 of an IPv6 address,
 * so the computers of an office, a home with privacy addresses and the addresses of one provider's gateway are one. IPv4 and
 * IPv6 are counted apart, and the larger number counts, because one place has often both.
 *
 * It does not find: a way from home over the mobile network to work; a household whose members play on the way.
 */
export function manyNetworks({ networks = 5, seconds = 3_600 }: ManyNetworksOptions = {}): Rule {
  return {
    activityType: 'many_networks',
    lookBackSeconds: seconds,
    find(history) {
      const found = accessesWithin(history, seconds).flatMap(({ ipAddress }) => networkOf(ipAddress) ?? []);
      const byFamily = ([4, 6] as const).map((family) => [
        ...new Set(found.flatMap((network) => (network.family === family ? [network.cidr] : []))),
      ]);
      const [most = []] = byFamily.sort((one, other) => other.length - one.length);
      if (most.length < networks) return undefined;
      return { details: { count: most.length, seconds, networks: most.sort().slice(0, SHOWN) } };
    },
  };
}
