/** Who is told of errors, of jobs that fail and of money: each as the environment wants it. */
import type { TerraformProvider } from 'cdktf';
import type { Construct } from 'constructs';
import {
  MonthlyBudget,
  OperationsAlarms,
  type OperationsAlarmsProps,
  OperationsDashboard,
  type OperationsDashboardProps,
} from '../modules/observability/index.ts';
import type { EnvironmentConfig } from './config.ts';
import { accountOf, definedProps } from './stack-props.ts';

/** What is watched of an environment. */
export interface Watched
  extends Omit<OperationsDashboardProps, 'region'>,
    Pick<OperationsAlarmsProps, 'eventsQueueName'> {
  readonly secretArn: string;
  readonly usEast1: TerraformProvider;
}

/** The alarms, which others may subscribe to; undefined without `alarmEmail`. */
export function watch(
  scope: Construct,
  config: EnvironmentConfig,
  { secretArn, usEast1, eventsQueueName, ...watched }: Watched,
): OperationsAlarms | undefined {
  const { awsRegion: region, alarmEmail: email, monthlyBudgetUsd: limitUsd, environment } = config;
  const { name } = watched;
  if (config.dashboard) new OperationsDashboard(scope, 'dashboard', { ...watched, region });
  if (email === null) return undefined;
  const alarms = new OperationsAlarms(scope, 'alarms', {
    ...watched,
    region,
    accountId: accountOf(config),
    email,
    secretArn,
    usEast1,
    encrypted: config.encryption === 'kms',
    ...definedProps({ eventsQueueName }),
  });
  if (limitUsd !== null) {
    const costAllocationTag = { key: 'environment', value: environment };
    new MonthlyBudget(scope, 'budget', { name, email, limitUsd, costAllocationTag });
  }
  return alarms;
}
