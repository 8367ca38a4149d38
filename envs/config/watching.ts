/** Who is told of what happens, and of what it costs. */
import { EMAIL_ADDRESS } from '../../aws/values/names.ts';
import { field, type Values } from './field.ts';
import { flag, text, whole } from './kinds.ts';
import { type Rule, rulesAbout, when } from './rule.ts';

export const watching = {
  /** Whether there is a CloudWatch dashboard, which costs 3 US dollars a month. */
  dashboard: field(flag(), { devAndProd: 'may differ' }),
  /** Who is told of alarms; null for no alarms. */
  alarmEmail: field(text(EMAIL_ADDRESS, 'an e-mail address, or null').nullable(), {
    devAndProd: 'may differ',
  }),
  /** Told to `alarmEmail` before it is spent; null for no budget. */
  monthlyBudgetUsd: field(whole(1, 1_000_000, 'of US dollars').nullable(), { devAndProd: 'may differ' }),
};

const rule = rulesAbout<Values<typeof watching>>();

export const watchingRules: readonly Rule[] = [
  rule(['monthlyBudgetUsd', 'alarmEmail'], ({ monthlyBudgetUsd, alarmEmail }) =>
    when(
      monthlyBudgetUsd !== null && alarmEmail === null,
      'alarmEmail',
      'an e-mail address for monthlyBudgetUsd',
      alarmEmail,
    ),
  ),
];
