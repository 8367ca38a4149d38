/** What stands between a viewer and the signature check: no code, and a firewall that stops something. */

import { type Block, blockOf, blocksOf } from '../../../aws/stack/blocks.ts';
import { nameOf } from '../part.ts';
import { at, type Rule, show, unless } from '../rule.ts';
import { eachBehaviour } from './cloudfront.ts';

/** Arguments of a behaviour that hand requests to somebody. */
const HANDS_ON = ['lambda_function_association', 'function_association', 'realtime_log_config_arn'];

export const requestRules: readonly Rule[] = [
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
