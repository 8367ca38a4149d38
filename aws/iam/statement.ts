/** What a statement says by its words, whatever the request. Pure. */
import { isDeepStrictEqual } from 'node:util';
import type { Condition } from './conditions.ts';
import type { PolicyPrincipal, Statement } from './document.ts';
import { coversAction } from './evaluate.ts';

/** Whether a statement speaks of everybody, whatever its conditions. */
export function isPublic({ principals, notPrincipals }: Statement): boolean {
  return notPrincipals !== null || principals.some(isAnybody);
}

/** Whether a statement's actions, patterns included, cover an action. */
export function covers({ actions }: Pick<Statement, 'actions'>, action: string): boolean {
  return coversAction(actions, action);
}

/** `NotAction`, `NotResource`, `NotPrincipal`, where a statement is about everything but a list. */
export function invertedIn({ notActions, notResources, notPrincipals }: Statement): string[] {
  return Object.entries({ NotAction: notActions, NotResource: notResources, NotPrincipal: notPrincipals })
    .filter(([, list]) => list !== null)
    .map(([element]) => element);
}

/** The service that a statement allows, by the names of those that it allows. */
export function servicesOf({ principals }: Statement): string[] {
  return principals.filter(({ kind }) => kind === 'Service').map(({ id }) => id);
}

/** Whether a statement's conditions are these and no others: a further one narrows a denial. */
export function hasExactly(
  { conditions }: Statement,
  ...wanted: readonly (readonly [operator: string, key: string, value: string])[]
): boolean {
  const written = ({ operator, key, values }: Condition) => JSON.stringify([operator, key, values]);
  const expected = wanted.map(([operator, key, value]) =>
    written({ operator, key: key.toLowerCase(), values: [value] }),
  );
  return isDeepStrictEqual(conditions.map(written).toSorted(), expected.toSorted());
}

/** Whether a statement denies everybody these actions without TLS, on each of these resources. */
export function deniesPlainHttp(
  statement: Statement,
  actions: readonly string[],
  resources: readonly string[],
): boolean {
  return (
    deniesEverybody(statement) &&
    statement.actions.some((action) => actions.includes(action)) &&
    resources.every((resource) => statement.resources.includes(resource)) &&
    hasExactly(statement, ['Bool', 'aws:SecureTransport', 'false'])
  );
}

/** Whether a statement denies something to everybody, and not to everybody but a few. */
export function deniesEverybody(statement: Statement): boolean {
  return (
    statement.effect === 'Deny' && invertedIn(statement).length === 0 && statement.principals.some(isAnybody)
  );
}

/** Values that a condition demands exactly: no patterns, and not only if the key is there. */
export function exactValues({ conditions }: Statement, key: string): string[] {
  return conditions
    .filter((condition) => condition.key === key.toLowerCase() && isExact(condition))
    .flatMap(({ values }) => values);
}

/** ArnEquals does the same as ArnLike, so a `*` in it is a pattern; in StringEquals it is a star, which matches nobody. */
function isExact({ operator, values }: Condition): boolean {
  if (operator === 'StringEquals') return true;
  return operator === 'ArnEquals' && values.every((value) => !/[*?]/.test(value));
}

function isAnybody({ kind, id }: PolicyPrincipal): boolean {
  return kind !== 'Service' && id === '*';
}
