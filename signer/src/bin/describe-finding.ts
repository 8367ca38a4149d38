/** A finding as people read it: the cause first, then the facts, then what to do. */

import type { ExplainRequest } from '../verify/explain-request.ts';
import { hideTokens } from '../verify/hide-tokens.ts';
import type { DecodedPolicy } from '../verify/verdict.ts';
import { spellDistance, spellInstant } from './instant.ts';
import { type Finding, type SignedParts, spellVia } from './investigate.ts';
import { showInvisible } from './show-invisible.ts';

const TITLES: Readonly<Record<Finding['outcome'], string>> = {
  allowed: 'Allowed',
  denied: 'Denied',
  inconclusive: 'Inconclusive',
};

const LABEL_WIDTH = 'key pair id'.length;

/**
 * Query strings are omitted: they contain signatures and other things that do not belong in a ticket or a chat. What a request carries is a
 * stranger's text, so every value is kept on its own line: a policy's resource must not write an "Allowed:" of its own.
 */
export function describeFinding(finding: Finding, request: ExplainRequest): string {
  const { policy, signed, denial } = finding;
  const now = request.now ?? new Date();
  const rows: (readonly [string, string])[] = [];
  if (denial) rows.push(['CloudFront', describeAnswer(finding)]);
  if (denial?.reason !== 'malformed-url') rows.push(['requested', withoutQuery(request.url)]);
  if (policy) rows.push(['signed for', withoutQuery(policy.resource)]);
  if (policy) rows.push(...describeConditions(policy, now));
  if (signed?.keyPairId !== undefined) rows.push(['key pair id', signed.keyPairId]);
  if (signed) rows.push(['carried in', describeParts(signed, policy)]);
  return formatFinding(finding, rows);
}

/** @param rows what is known, each with its label; the signature's and the remedy's come behind them */
export function formatFinding(
  { outcome, cause, signature, remedy }: Pick<Finding, 'outcome' | 'cause' | 'signature' | 'remedy'>,
  rows: readonly (readonly [label: string, text: string])[],
): string {
  const table = [
    ...rows,
    ['signature', signature] as const,
    ...(remedy === undefined ? [] : [['what to do', remedy] as const]),
  ]
    .map(([label, text]) => `  ${label.padEnd(LABEL_WIDTH)}  ${showInvisible(hideTokens(text))}\n`)
    .join('');
  return `${TITLES[outcome]}: ${showInvisible(hideTokens(cause))}\n\n${table}`;
}

function describeAnswer({ denial, signature }: Finding): string {
  const answer = `403 ${denial?.errorCode} (${denial?.message})`;
  return signature === 'not checked' && denial?.policy
    ? `${answer}, or another 403 if the key or the signature is wrong as well`
    : answer;
}

function describeConditions(policy: DecodedPolicy, now: Date): (readonly [string, string])[] {
  const spelt = (instant: Date) => `${spellInstant(instant)} (${spellDistance(instant, now)})`;
  const rows: (readonly [string, string])[] = [];
  // The policy names the last second that is still too early.
  if (policy.notBefore) rows.push(['starts', spelt(new Date(policy.notBefore.getTime() + 1000))]);
  rows.push(['expires', spelt(policy.expiresAt)]);
  rows.push(['viewer', policy.ipAddress === undefined ? 'at any address' : `at ${policy.ipAddress}`]);
  return rows;
}

function describeParts({ via, missing }: SignedParts, policy: DecodedPolicy | undefined): string {
  return [
    `the ${spellVia(via)}`,
    ...(policy ? [`${policy.kind} policy`] : []),
    ...(missing.length === 0 ? [] : [`missing: ${missing.join(', ')}`]),
  ].join(', ');
}

/** A `?` in a policy's resource may also be a wildcard; a query string has a `=` behind it. */
function withoutQuery(url: string): string {
  const [bare = '', query] = url.replace(/#.*$/s, '').split(/\\?\?(?=[^?]*=)(.*)/s);
  return query === undefined ? bare : `${bare} (query string omitted)`;
}
