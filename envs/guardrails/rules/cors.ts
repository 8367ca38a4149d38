/** Which pages may upload and play: one rule, over the bucket's CORS and the distribution's. */

import { blockOf, blocksOf, stringsOf } from '../../../aws/stack/blocks.ts';
import { isSafeOrigin } from '../../../aws/values/origins.ts';
import { nameOf } from '../part.ts';
import { type Finding, type GuardedStack, type Rule, show } from '../rule.ts';

/** Browsers may upload from, and play on, these exact origins. */
export const corsRule: Rule = {
  id: 'cors-exact-origins',
  title: 'CORS names exact https origins, or http origins on this machine',
  why: 'a pattern lets any web page use a viewer’s cookies or a stolen upload form, and browsers refuse * with credentials',
  check: ({ graph }: GuardedStack) => [
    ...graph.ofType('aws_s3_bucket_cors_configuration').flatMap(({ address, block }) =>
      // By what it lets an origin do: a rule need not have an id.
      blocksOf(block.cors_rule).flatMap((rule) =>
        (rule.allowed_methods === undefined ? [undefined] : namesIn(rule.allowed_methods)).flatMap((method) =>
          openOrigins(address, rule.allowed_origins, method),
        ),
      ),
    ),
    ...graph
      .ofType('aws_cloudfront_response_headers_policy')
      .flatMap(({ address, block }) =>
        blocksOf(block.cors_config).flatMap((cors) =>
          openOrigins(address, blockOf(cors.access_control_allow_origins).items),
        ),
      ),
  ],
};

/** What one list names, each once. */
function namesIn(list: unknown): string[] {
  return [...new Set(stringsOf(list))];
}

function openOrigins(address: string, origins: unknown, method?: string): Finding[] {
  return namesIn(origins)
    .filter((origin) => !isSafeOrigin(origin))
    .map((origin) => ({
      address,
      part: { ...(method !== undefined && { action: nameOf(method) }), value: nameOf(origin) },
      found: `the origin ${show(origin)}${method === undefined ? '' : ` for ${show(method)}`}`,
      wanted: 'https://host, or http:// with localhost, 127.0.0.1 or [::1]',
    }));
}
