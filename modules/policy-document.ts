/** IAM and bucket policies as plain objects: readable in code, and parsed again by tests without a provider. */

type OneOrMany = string | readonly string[];

/** One statement of a policy document, in AWS's own spelling. */
export interface PolicyStatement {
  /** What the statement is for, in letters and digits. */
  readonly Sid: string;
  readonly Effect: 'Allow' | 'Deny';
  /** @default - none: an identity policy, whose principal is whoever carries it */
  readonly Principal?: '*' | { readonly Service: string };
  readonly Action: OneOrMany;
  /** @default - none: a trust policy, whose resource is the role itself */
  readonly Resource?: OneOrMany;
  /** @default - none */
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, OneOrMany>>>>;
}

/** The JSON of a policy document; Terraform references inside it are resolved at synth. */
export function policyDocument(statements: readonly PolicyStatement[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}
