/** Where the resources live: what their ARNs are made of. */
export interface Account {
  readonly accountId: string;
  readonly region: string;
}

export function mediaConvertArn(
  account: Account,
  kind: 'queues' | 'jobTemplates' | 'jobs',
  name: string,
): string {
  return `arn:aws:mediaconvert:${account.region}:${account.accountId}:${kind}/${name}`;
}
