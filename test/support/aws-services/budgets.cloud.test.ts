import { describe, expect, it } from 'vitest';
import { callJsonApi } from '../../local/aws-api/json-api.ts';
import { ACCOUNT_ID, useLocalCloud } from '../../local/aws-api/start.ts';
import { AWS_SERVICES } from './index.ts';

const cloud = useLocalCloud({ services: AWS_SERVICES });
const budgets = (operation: string, input: object) =>
  callJsonApi(cloud(), 'budgets', operation, { AccountId: ACCOUNT_ID, ...input });

const budget = (BudgetName: string, Amount = '50') => ({
  BudgetName,
  BudgetType: 'COST',
  TimeUnit: 'MONTHLY',
  BudgetLimit: { Amount, Unit: 'USD' },
  CostFilters: { TagKeyValue: ['user:environment$dev'] },
});
const actual = { NotificationType: 'ACTUAL', ComparisonOperator: 'GREATER_THAN', Threshold: 80 };
const forecast = { ...actual, NotificationType: 'FORECASTED', Threshold: 100 };
const mail = { SubscriptionType: 'EMAIL', Address: 'ops@storytime.example' };

async function create(BudgetName: string): Promise<void> {
  const NotificationsWithSubscribers = [{ Notification: actual, Subscribers: [mail] }];
  const ResourceTags = [{ Key: 'environment', Value: 'dev' }];
  const input = { Budget: budget(BudgetName), NotificationsWithSubscribers, ResourceTags };
  expect((await budgets('CreateBudget', input)).status).toBe(200);
}
const notificationsOf = async (BudgetName: string) =>
  (await budgets('DescribeNotificationsForBudget', { BudgetName })).output.Notifications;
const subscribersOf = async (BudgetName: string, Notification: object) =>
  (await budgets('DescribeSubscribersForNotification', { BudgetName, Notification })).output.Subscribers;

describe('a budget', () => {
  it('is answered as it was created, nothing of it spent', async () => {
    await create('answered');
    const { Budget } = (await budgets('DescribeBudget', { BudgetName: 'answered' })).output;
    expect(Budget).toMatchObject({
      ...budget('answered'),
      CostTypes: { IncludeTax: true, UseBlended: false },
    });
    expect(Budget.CalculatedSpend.ActualSpend).toEqual({ Amount: '0', Unit: 'USD' });
    expect(await notificationsOf('answered')).toEqual([{ ...actual, ThresholdType: 'PERCENTAGE' }]);
    expect(await subscribersOf('answered', actual)).toEqual([mail]);
  });

  it('is updated with its notifications, subscribers and tags', async () => {
    await create('updated');
    await budgets('UpdateBudget', { NewBudget: budget('updated', '75') });
    const named = { BudgetName: 'updated' };
    await budgets('CreateNotification', { ...named, Notification: forecast, Subscribers: [mail] });
    await budgets('DeleteNotification', { ...named, Notification: actual });
    const other = { ...mail, Address: 'finance@storytime.example' };
    await budgets('CreateSubscriber', { ...named, Notification: forecast, Subscriber: other });
    await budgets('DeleteSubscriber', { ...named, Notification: forecast, Subscriber: mail });
    const ResourceARN = `arn:aws:budgets::${ACCOUNT_ID}:budget/updated`;
    await budgets('TagResource', { ResourceARN, ResourceTags: [{ Key: 'project', Value: 'storytime' }] });
    await budgets('UntagResource', { ResourceARN, ResourceTagKeys: ['environment'] });

    const { Budget } = (await budgets('DescribeBudget', named)).output;
    expect(Budget.BudgetLimit.Amount).toBe('75');
    expect(await notificationsOf('updated')).toEqual([{ ...forecast, ThresholdType: 'PERCENTAGE' }]);
    expect(await subscribersOf('updated', forecast)).toEqual([other]);
    const { ResourceTags } = (await budgets('ListTagsForResource', { ResourceARN })).output;
    expect(ResourceTags).toEqual([{ Key: 'project', Value: 'storytime' }]);
  });

  it('is not found after it was deleted, and not created twice', async () => {
    await create('brief');
    const again = await budgets('CreateBudget', { Budget: budget('brief') });
    expect([again.status, again.output.__type]).toEqual([400, 'DuplicateRecordException']);
    await budgets('DeleteBudget', { BudgetName: 'brief' });
    const gone = await budgets('DescribeBudget', { BudgetName: 'brief' });
    expect([gone.status, gone.output.__type]).toEqual([400, 'NotFoundException']);
  });

  it('is refused without a limit, and without anybody to notify', async () => {
    const unlimited = await budgets('CreateBudget', { Budget: { BudgetName: 'x', BudgetType: 'COST' } });
    expect(unlimited.output.__type).toBe('InvalidParameterException');
    const NotificationsWithSubscribers = [{ Notification: actual, Subscribers: [] }];
    const unheard = await budgets('CreateBudget', { Budget: budget('x'), NotificationsWithSubscribers });
    expect(unheard.output.__type).toBe('InvalidParameterException');
  });
});

describe('a call that budgets do not have here', () => {
  it('is answered 501 with its name', async () => {
    await create('acted-upon');
    const answer = await budgets('CreateBudgetAction', { BudgetName: 'acted-upon', Notification: actual });
    expect([answer.status, answer.output.message]).toEqual([
      501,
      'the local AWS API does not support Budgets CreateBudgetAction (local/aws-api/README.md)',
    ]);
  });
});
