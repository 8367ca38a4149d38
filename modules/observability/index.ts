export { type CostAllocationTag, MonthlyBudget, type MonthlyBudgetProps } from './monthly-budget.ts';
export { type AlarmThresholds, OperationsAlarms, type OperationsAlarmsProps } from './operations-alarms.ts';
export { OperationsDashboard, type OperationsDashboardProps } from './operations-dashboard.ts';
