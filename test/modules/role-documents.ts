/** The policies that a deploy role carries, as a synthesized stack has them. */
interface Resources {
  readonly resource: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
}

/** Every document of `plan`, `apply` or `rotate`: its inline ones, and those attached to it. */
export function documentsOf({ resource }: Resources, role: string): unknown[] {
  const inline = Object.entries(resource.aws_iam_role_policy ?? {})
    .filter(([address]) => address.startsWith(`deploy_${role}_`))
    .map(([, { policy }]) => policy);
  const attached = Object.entries(resource.aws_iam_role_policy_attachment ?? {})
    .filter(([address]) => address.startsWith(`deploy_${role}_`))
    .map(([, { policy_arn }]) => /aws_iam_policy\.(\w+)\.arn/.exec(String(policy_arn))?.[1] ?? '')
    .map((address) => resource.aws_iam_policy?.[address]?.policy);
  return [...attached, ...inline];
}
