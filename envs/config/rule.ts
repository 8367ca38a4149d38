/** A rule between fields. It judges only fields that are valid on their own, so that nothing is reported twice. */
import { accountIn } from '../../aws/values/arns.ts';
import { describeSafely, type Violation } from '../config-error.ts';

/** A row in the table of its group. */
export interface Rule {
  /** It is omitted while one of these fields is invalid. */
  readonly reads: readonly string[];
  readonly find: (config: never) => readonly Violation[];
}

/** Makes rules about the fields of `Config`: TypeScript refuses one that reads a field that it does not name. */
export function rulesAbout<Config>() {
  return <const Name extends keyof Config & string>(
    reads: readonly Name[],
    find: (config: Pick<Config, Name>) => readonly Violation[],
  ): Rule => ({ reads, find });
}

/** The violation, if it is one. */
export function when(broken: boolean, path: string, wanted: string, value: unknown): Violation[] {
  return broken ? [{ path, wanted, got: describeSafely(value) }] : [];
}

/** An ARN of what AWS only takes from the account that the environment is in. */
export function ofAnotherAccount(
  [accountId = '']: readonly string[],
  path: string,
  arn: string | null | undefined,
): Violation[] {
  if (arn === null || arn === undefined || accountIn(arn) === accountId) return [];
  return [
    {
      path,
      wanted: `an ARN of account ${accountId}, where this environment is`,
      got: `one of account ${accountIn(arn)}`,
    },
  ];
}
