/** IAM and bucket policies as plain objects: readable in code, and parsed again by tests without a provider. */

type OneOrMany = string | readonly string[];

/** The principal of a trust or resource policy: everybody, an AWS service, accounts, roles and users, or an identity provider. */
export type Principal =
  | '*'
  | { readonly Service: OneOrMany }
  | { readonly AWS: OneOrMany }
  | { readonly Federated: string };

/** Operator (`StringEquals`) to condition key to values. */
export type Conditions = Readonly<Record<string, Readonly<Record<string, OneOrMany>>>>;

/** One statement of a policy document, in AWS's own spelling. */
export interface PolicyStatement {
  /** What the statement is for, in letters and digits. */
  readonly Sid: string;
  readonly Effect: 'Allow' | 'Deny';
  /** @default - none: an identity policy, whose principal is the role or user that it is attached to */
  readonly Principal?: Principal;
  readonly Action: OneOrMany;
  /** @default - none: a trust policy, whose resource is the role itself */
  readonly Resource?: OneOrMany;
  /**
   * Everything but these; never beside `Resource`.
   * @default - none
   */
  readonly NotResource?: OneOrMany;
  /** @default - none */
  readonly Condition?: Conditions;
}

/** The JSON of a policy document; Terraform references inside it are resolved at synth. */
export function policyDocument(statements: readonly PolicyStatement[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}
