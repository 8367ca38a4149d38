/** What `explain` is asked. */

import type { KeyObject } from 'node:crypto';

/** A request as CloudFront sees it, and the keys it would judge it by. */
export interface ExplainRequest {
  /** `https://<domain>/path?query`, as sent: neither decoded nor normalised. */
  readonly url: string;
  /**
   * The raw `Cookie` header.
   * @default - no cookies
   */
  readonly cookies?: string | undefined;
  /**
   * The viewer's address. IPv6 is never inside a policy's range.
   * @default - unknown, so that a policy that names an address denies
   */
  readonly ip?: string | undefined;
  /**
   * When the request starts; CloudFront judges in whole seconds.
   * @default - the current time
   */
  readonly now?: Date | undefined;
  /** Key pair id to public key, the keys of the behaviour's trusted key group: SPKI PEM or parsed. */
  readonly trustedKeys: ReadonlyMap<string, KeyObject | string>;
}
