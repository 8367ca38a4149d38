/** A monthly cost limit that sends a mail before it is exceeded. */
import { BudgetsBudget } from '@cdktf/provider-aws/lib/budgets-budget/index.js';
import { Fn, Token } from 'cdktf';
import { Construct } from 'constructs';
import { EMAIL_ADDRESS } from '../../aws/values/names.ts';
import { requireMatch, requireWholeNumber } from '../checks.ts';

/** A tag by which AWS groups costs, once it has been activated in the Billing console. */
export interface CostAllocationTag {
  /** The tag's key, `environment`. */
  readonly key: string;
  /** The tag's value, `dev`. */
  readonly value: string;
}

export interface MonthlyBudgetProps {
  /** Name of the budget, unique in the account: 1 to 100 characters without ":" and "\". */
  readonly name: string;
  /** Whole US dollars a month, 1 to 1,000,000. */
  readonly limitUsd: number;
  /** Address that gets the mails; it needs no confirmation. */
  readonly email: string;
  /**
   * Tag whose resources are counted. It counts only after the account that pays has activated it in Billing; until then
   * the budget stays at zero.
   * @default - none: the whole account is counted
   */
  readonly costAllocationTag?: CostAllocationTag;
}

/** Percent of the limit, of what is spent and of what the month is forecast to come to. */
const NOTICES = [
  { notificationType: 'ACTUAL', threshold: 80 },
  { notificationType: 'FORECASTED', threshold: 100 },
];

/**
 * A monthly cost budget with a mail at 80 % spent and at 100 % forecast. It stops nothing.
 *
 * @throws TypeError for a name, amount or address that AWS Budgets does not accept
 * @see https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-managing-costs.html
 */
export class MonthlyBudget extends Construct {
  /** The budget as Terraform's resource, for a setting that no input has. */
  readonly resource: BudgetsBudget;

  constructor(scope: Construct, id: string, props: MonthlyBudgetProps) {
    super(scope, id);
    requireMatch('name', props.name, /[^:\\]{1,100}/, '1 to 100 characters without ":" and "\\"');
    requireMatch('email', props.email, EMAIL_ADDRESS, 'an e-mail address');
    requireWholeNumber('limitUsd', props.limitUsd, { least: 1, most: 1_000_000, unit: 'US dollars' });
    this.resource = new BudgetsBudget(this, 'budget', {
      name: props.name,
      budgetType: 'COST',
      timeUnit: 'MONTHLY',
      limitAmount: Token.isUnresolved(props.limitUsd)
        ? Token.asString(props.limitUsd)
        : String(props.limitUsd),
      limitUnit: 'USD',
      ...(props.costAllocationTag && {
        costFilter: [{ name: 'TagKeyValue', values: [tagFilter(props.costAllocationTag)] }],
      }),
      notification: NOTICES.map((notice) => ({
        ...notice,
        comparisonOperator: 'GREATER_THAN',
        thresholdType: 'PERCENTAGE',
        subscriberEmailAddresses: [props.email],
      })),
    });
  }

  /** Name of the budget. */
  get name(): string {
    return this.resource.name;
  }
}

/** `user:environment$dev`; before a reference, a lone `$` would escape it. */
function tagFilter({ key, value }: CostAllocationTag): string {
  return Token.isUnresolved(value) ? Fn.join('$', [`user:${key}`, value]) : `user:${key}$${value}`;
}
