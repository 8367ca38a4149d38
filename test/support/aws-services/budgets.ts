/**
 * AWS Budgets, all of it that Terraform calls: moto knows no subscribers, no updates and no tags. Nothing is spent here,
 * so nothing is ever notified.
 *
 * @see https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_Operations_AWS_Budgets.html
 */
import { isDeepStrictEqual } from 'node:util';
import type { ApiAnswer, ApiRequest } from '../../../local/aws-api/api-request.ts';
import { AwsError, notImplemented } from '../../../local/aws-api/aws-error.ts';
import {
  type JsonObject,
  jsonAnswer,
  jsonCallOf,
  objectAt,
  objectsAt,
  textAt,
} from '../../../local/aws-api/json-call.ts';

interface Alert {
  readonly notification: JsonObject;
  subscribers: readonly JsonObject[];
}

interface Budget {
  settings: JsonObject;
  alerts: readonly Alert[];
  tags: ReadonlyMap<string, string>;
}

const NOTHING_SPENT = {
  ActualSpend: { Amount: '0', Unit: 'USD' },
  ForecastedSpend: { Amount: '0', Unit: 'USD' },
};
/** What AWS counts unless told otherwise. */
const DEFAULT_COST_TYPES = {
  IncludeCredit: true,
  IncludeDiscount: true,
  IncludeOtherSubscription: true,
  IncludeRecurring: true,
  IncludeRefund: true,
  IncludeSubscription: true,
  IncludeSupport: true,
  IncludeTax: true,
  IncludeUpfront: true,
  UseAmortized: false,
  UseBlended: false,
};
/** Epoch seconds of 2087-06-15, AWS's own default end of a budget. */
const DEFAULT_END = 3_706_473_600;
const MAX_ALERTS = 10;
const MAX_SUBSCRIBERS = 11;

export class BudgetsService {
  readonly #byName = new Map<string, Budget>();
  readonly #accountId: string;

  constructor(options: { accountId: string }) {
    this.#accountId = options.accountId;
  }

  /** Answers one call. */
  handle(request: ApiRequest): ApiAnswer {
    const { operation, input } = jsonCallOf(request);
    const answer = this.#tagging(operation, input) ?? this.#budget(operation, input);
    return jsonAnswer(answer ?? this.#alert(operation, input));
  }

  #budget(operation: string, input: JsonObject): JsonObject | undefined {
    switch (operation) {
      case 'CreateBudget':
        return this.#create(input);
      case 'DescribeBudgets':
        return { Budgets: [...this.#byName.values()].map(({ settings }) => settings) };
      case 'DescribeBudget':
        return { Budget: this.#get(textAt(input, 'BudgetName')).settings };
      case 'UpdateBudget': {
        const settings = withDefaults(objectAt(input, 'NewBudget'));
        this.#get(textAt(settings, 'BudgetName')).settings = settings;
        return {};
      }
      case 'DeleteBudget':
        this.#get(textAt(input, 'BudgetName'));
        this.#byName.delete(textAt(input, 'BudgetName'));
        return {};
      default:
        return undefined;
    }
  }

  #create(input: JsonObject): JsonObject {
    const settings = withDefaults(objectAt(input, 'Budget'));
    const name = textAt(settings, 'BudgetName');
    if (this.#byName.has(name)) throw duplicate(`the budget ${name} already exists`);
    const alerts = objectsAt(input, 'NotificationsWithSubscribers').map((each) => newAlert(each));
    requireAtMost(MAX_ALERTS, alerts, 'notifications');
    const tags = objectsAt(input, 'ResourceTags').map(
      (tag) => [textAt(tag, 'Key'), textAt(tag, 'Value')] as const,
    );
    this.#byName.set(name, { settings, alerts, tags: new Map(tags) });
    return {};
  }

  #alert(operation: string, input: JsonObject): JsonObject {
    const budget = this.#get(textAt(input, 'BudgetName'));
    if (operation === 'DescribeNotificationsForBudget') {
      return { Notifications: budget.alerts.map(({ notification }) => notification) };
    }
    const wanted = withThresholdType(
      objectAt(input, operation === 'UpdateNotification' ? 'OldNotification' : 'Notification'),
    );
    const alert = budget.alerts.find(({ notification }) => isDeepStrictEqual(notification, wanted));
    if (operation === 'CreateNotification') {
      if (alert !== undefined) throw duplicate('the notification already exists');
      budget.alerts = [...budget.alerts, newAlert(input)];
      requireAtMost(MAX_ALERTS, budget.alerts, 'notifications');
      return {};
    }
    if (alert === undefined) throw notFound('the notification does not exist');
    const others = budget.alerts.filter((each) => each !== alert);
    const subscriber = objectAt(input, 'Subscriber');
    switch (operation) {
      case 'DescribeSubscribersForNotification':
        return { Subscribers: alert.subscribers };
      case 'UpdateNotification':
        budget.alerts = [
          ...others,
          newAlert({ Notification: input.NewNotification, Subscribers: alert.subscribers }),
        ];
        return {};
      case 'DeleteNotification':
        budget.alerts = others;
        return {};
      case 'CreateSubscriber':
        alert.subscribers = [...alert.subscribers, subscriber];
        requireAtMost(MAX_SUBSCRIBERS, alert.subscribers, 'subscribers');
        return {};
      case 'DeleteSubscriber':
        alert.subscribers = alert.subscribers.filter((each) => !isDeepStrictEqual(each, subscriber));
        return {};
      default:
        throw notImplemented(`Budgets ${operation}`);
    }
  }

  #tagging(operation: string, input: JsonObject): JsonObject | undefined {
    if (!['ListTagsForResource', 'TagResource', 'UntagResource'].includes(operation)) return undefined;
    const arn = textAt(input, 'ResourceARN');
    const prefix = `arn:aws:budgets::${this.#accountId}:budget/`;
    if (!arn.startsWith(prefix)) throw notFound('the resource does not exist');
    const budget = this.#get(arn.slice(prefix.length));
    if (operation === 'TagResource') {
      const added = objectsAt(input, 'ResourceTags').map(
        (tag) => [textAt(tag, 'Key'), textAt(tag, 'Value')] as const,
      );
      budget.tags = new Map([...budget.tags, ...added]);
      return {};
    }
    if (operation === 'UntagResource') {
      const keys: unknown[] = Array.isArray(input.ResourceTagKeys) ? input.ResourceTagKeys : [];
      budget.tags = new Map([...budget.tags].filter(([key]) => !keys.includes(key)));
      return {};
    }
    return { ResourceTags: [...budget.tags].map(([Key, Value]) => ({ Key, Value })) };
  }

  #get(name: string): Budget {
    const budget = this.#byName.get(name);
    if (budget === undefined) throw notFound(`Unable to get budget: ${name} - the budget doesn't exist.`);
    return budget;
  }
}

function withDefaults(settings: JsonObject): JsonObject {
  if (settings.BudgetLimit === undefined && settings.PlannedBudgetLimits === undefined) {
    throw new AwsError(
      400,
      'InvalidParameterException',
      'Unable to create/update budget - please provide one of the followings: Budget Limit/ Planned Budget Limit/ Auto Adjust Data',
    );
  }
  const firstOfMonth = new Date(Date.UTC(new Date().getUTCFullYear(), new Date().getUTCMonth()));
  return {
    ...(settings.BudgetType === 'COST' && { CostTypes: DEFAULT_COST_TYPES }),
    ...settings,
    TimePeriod: {
      Start: firstOfMonth.getTime() / 1000,
      End: DEFAULT_END,
      ...objectAt(settings, 'TimePeriod'),
    },
    CalculatedSpend: NOTHING_SPENT,
    LastUpdatedTime: Math.floor(Date.now() / 1000),
  };
}

function newAlert(input: JsonObject): Alert {
  const subscribers = objectsAt(input, 'Subscribers');
  if (subscribers.length === 0)
    throw new AwsError(400, 'InvalidParameterException', 'expected at least one subscriber');
  requireAtMost(MAX_SUBSCRIBERS, subscribers, 'subscribers');
  return { notification: withThresholdType(objectAt(input, 'Notification')), subscribers };
}

function withThresholdType(notification: JsonObject): JsonObject {
  return { ThresholdType: 'PERCENTAGE', ...notification };
}

function requireAtMost(most: number, items: readonly unknown[], what: string): void {
  if (items.length > most)
    throw new AwsError(400, 'CreationLimitExceededException', `expected at most ${most} ${what}`);
}

function duplicate(message: string): AwsError {
  return new AwsError(400, 'DuplicateRecordException', message);
}

function notFound(message: string): AwsError {
  return new AwsError(400, 'NotFoundException', message);
}
