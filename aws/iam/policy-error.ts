/** What is wrong with a policy. */

/** `malformed`: AWS refuses it as well. `unsupported`: AWS takes it, and it is not evaluated here. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
  readonly kind: 'malformed' | 'unsupported';

  constructor(kind: PolicyError['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}

export function malformed(message: string): PolicyError {
  return new PolicyError('malformed', message);
}

export function unsupported(what: string): PolicyError {
  return new PolicyError('unsupported', what);
}
