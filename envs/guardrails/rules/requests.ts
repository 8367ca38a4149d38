/** What stands between a viewer and the signature check: no code, and a firewall that stops something. */

import { type Block, blockOf, blocksOf, stringsOf } from '../../../aws/stack/blocks.ts';
import { nameOf } from '../part.ts';
import { at, type Judged, type Rule, reference, show, unless } from '../rule.ts';
import { eachBehaviour } from './cloudfront.ts';

const REQUEST_POLICY = 'aws_cloudfront_origin_request_policy';
/** Arguments of a behaviour that hand requests to somebody. */
const HANDS_ON = ['lambda_function_association', 'function_association', 'realtime_log_config_arn'];

/** Headers in which a playback token travels to the key endpoint. */
const TOKEN_HEADERS = /^(?:x-video-token|authorization|cookie)$/i;

export const requestRules: readonly Rule[] = [
  {
    id: 'cf-token-unseen',
    title:
      'CloudFront forwards nothing of a viewer’s request that could be a playback token, and invites no page to send one',
    why: 'a token opens content keys: it belongs to your API, and in CloudFront it would reach the origin, the logs and a cache key',
    check: ({ graph }) => [
      ...eachBehaviour(graph, ({ origin_request_policy_id: id }) =>
        unless(
          !isGiven(id) || graph.target(id, REQUEST_POLICY, 'id') !== undefined,
          `origin_request_policy_id ${show(id)}`,
          `none, or ${reference(`${REQUEST_POLICY}.<name>.id`)}`,
        ),
      ),
      ...graph.ofType(REQUEST_POLICY).flatMap(({ address, block }) => at(address, forwardedFindings(block))),
      ...graph.ofType('aws_cloudfront_response_headers_policy').flatMap(({ address, block }) =>
        at(
          address,
          blocksOf(block.cors_config)
            .flatMap(({ access_control_allow_headers: allowed }) => stringsOf(blockOf(allowed).items))
            .filter((header) => TOKEN_HEADERS.test(header))
            .map((header) => ({
              part: { argument: 'access_control_allow_headers', value: nameOf(header) },
              found: `access_control_allow_headers with ${show(header)}`,
              wanted: 'headers that carry no token: players send it to the key endpoint alone',
            })),
        ),
      ),
    ],
  },
  {
    id: 'cf-no-functions',
    title: 'no behaviour runs code or streams its requests',
    why: 'a function sees every cookie and may drop or forge one; a real-time log contains query strings, and signatures with them',
    check: ({ graph }) =>
      eachBehaviour(graph, (behaviour) =>
        HANDS_ON.filter((argument) => isGiven(behaviour[argument])).flatMap((argument) =>
          receiversIn(behaviour[argument]).map((value) => ({
            part: { argument, value },
            found: argument,
            wanted: 'none: CloudFront itself checks signatures',
          })),
        ),
      ),
  },
  {
    id: 'cf-web-acl-blocks',
    title: 'a web ACL has rules that block, and at least one of its managed groups does more than count',
    why: 'a web ACL that only counts costs money and looks safe in an audit, but protects nothing',
    check: ({ graph }) =>
      graph.ofType('aws_wafv2_web_acl').flatMap(({ address, block }) => {
        const rules = blocksOf(block.rule);
        const groups = rules.filter(isGroup);
        return at(address, [
          ...unless(
            isGiven(blockOf(block.default_action).block) || rules.some(blocks),
            rules.length === 0 ? 'no rules' : 'rules that block nothing',
            'a rule with action block, or a managed group without an override',
          ),
          ...unless(
            groups.length === 0 || groups.some(blocks),
            `${show(groups.length)} managed groups that only count`,
            'override_action none',
            { argument: 'override_action' },
          ),
        ]);
      }),
  },
];

/** Cookies and query strings carry tokens as well as headers do: `?t=` is how a player without headers sends one. */
function forwardedFindings(block: Block): Judged {
  const { headers_config: headers, cookies_config: cookies, query_strings_config: query } = block;
  const { header_behavior: behaviour, headers: listed } = blockOf(headers);
  const names = stringsOf(blockOf(listed).items);
  return [
    ...unless(
      behaviour === 'none' || (behaviour === 'whitelist' && !names.some((name) => TOKEN_HEADERS.test(name))),
      `header_behavior ${show(behaviour)}${names.length === 0 ? '' : ` of ${show(names)}`}`,
      '"none", or "whitelist" of headers that carry no token',
      { argument: 'header_behavior' },
    ),
    ...Object.entries({
      cookie_behavior: blockOf(cookies).cookie_behavior,
      query_string_behavior: blockOf(query).query_string_behavior,
    })
      .filter(([, value]) => value !== 'none')
      .map(([argument, value]) => ({
        part: { argument },
        found: `${argument} ${show(value)}`,
        wanted: '"none"',
      })),
  ];
}

/** Who gets a behaviour's requests: a function by event and ARN, a stream by its ARN. */
function receiversIn(value: unknown): (string | null)[] {
  const functions = blocksOf(value).map(({ event_type: event, function_arn: own, lambda_arn: lambda }) => {
    const name = nameOf(own ?? lambda);
    return name === null ? null : `${String(event)} ${name}`;
  });
  return functions.length > 0 ? functions : [nameOf(value)];
}

function isGiven(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== null && value !== '';
}

function isGroup({ statement }: Block): boolean {
  const { managed_rule_group_statement: managed, rule_group_reference_statement: own } = blockOf(statement);
  return isGiven(managed) || isGiven(own);
}

function blocks(rule: Block): boolean {
  if (isGroup(rule)) return !isGiven(blockOf(rule.override_action).count);
  const { block, captcha, challenge } = blockOf(rule.action);
  return [block, captcha, challenge].some(isGiven);
}
