/** What viewers' browsers are told with every answer. */

import { type Block, blockOf, blocksOf, stringsOf } from '../../../aws/stack/blocks.ts';
import { at, type Judged, type Rule, reference, show, unless } from '../rule.ts';
import { eachBehaviour } from './cloudfront.ts';

const A_YEAR_IN_SECONDS = 31_536_000;
const POLICY = 'aws_cloudfront_response_headers_policy';

export const responseHeaderRules: readonly Rule[] = [
  {
    id: 'cf-response-headers',
    title: 'every behaviour answers with HSTS for a year and nosniff',
    why: 'one plain-http request exposes the cookies, and a browser that guesses content types may run an uploaded file as a script',
    checkov: ['CKV2_AWS_32'],
    check: ({ graph }) => [
      ...eachBehaviour(graph, ({ response_headers_policy_id: id }) =>
        unless(
          graph.target(id, POLICY, 'id') !== undefined,
          `response_headers_policy_id ${show(id)}`,
          reference(`${POLICY}.<name>.id`),
        ),
      ),
      ...graph
        .ofType(POLICY)
        .flatMap(({ address, block }) =>
          at(address, securityFindings(blockOf(block.security_headers_config))),
        ),
    ],
  },
  {
    id: 'cors-no-star',
    title: 'CloudFront’s CORS names methods and headers one by one',
    why: 'with credentials a browser reads * as a header with that name, so players fail; without credentials * allows everything',
    check: ({ graph }) =>
      graph.ofType(POLICY).flatMap(({ address, block }) =>
        blocksOf(block.cors_config).flatMap((cors) =>
          ['access_control_allow_headers', 'access_control_allow_methods', 'access_control_expose_headers']
            .filter((argument) =>
              stringsOf(blockOf(cors[argument]).items).some((item) => item === '*' || item === 'ALL'),
            )
            .map((argument) => ({
              address,
              part: { argument },
              found: `${argument} with everything`,
              wanted: 'names',
            })),
        ),
      ),
  },
];

function securityFindings(security: Block): Judged {
  const hsts = blockOf(security.strict_transport_security);
  const { access_control_max_age_sec: seconds } = hsts;
  return [
    ...unless(
      typeof seconds === 'number' && seconds >= A_YEAR_IN_SECONDS && hsts.override === true,
      `strict_transport_security for ${show(seconds)} s, override ${show(hsts.override)}`,
      `at least ${A_YEAR_IN_SECONDS} s, override true`,
      { argument: 'strict_transport_security' },
    ),
    ...unless(
      blockOf(security.content_type_options).override === true,
      'no content_type_options that override',
      'content_type_options with override true',
      { argument: 'content_type_options' },
    ),
  ];
}
