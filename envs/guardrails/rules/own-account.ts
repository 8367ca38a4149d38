/** A service that must name the environment's own account as the one that it acts for. */
import type { StackGraph } from '../../../aws/stack/stack-graph.ts';
import { nameOf } from '../part.ts';
import { exactValues, type Statement } from '../policies.ts';
import { boundTo, type Judged, show, within } from '../rule.ts';

/** What a statement lets a service do for accounts that are not the environment's, by `aws:SourceAccount`. */
export function ownAccountFindings(graph: StackGraph, statement: Statement, service: string): Judged {
  const accounts = exactValues(statement, 'aws:SourceAccount');
  const strangers = boundTo('aws:SourceAccount', accounts, (account) => graph.accounts.has(account));
  return within(
    { principal: nameOf(service) },
    strangers.map(({ part, found }) => ({
      part,
      found: `${show(service)} for ${found}`,
      wanted: 'StringEquals aws:SourceAccount, the environment’s own account',
    })),
  );
}
