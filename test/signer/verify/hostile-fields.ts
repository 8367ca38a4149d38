/**
 * Fields of requests that nobody sends by mistake: an honest request's values moved, joined and broken by everything
 * that could separate one value from another.
 */
import fc from 'fast-check';
import { QUERY_NAMES } from '../../../signer/src/wire.ts';

export const FIELD_NAMES = Object.values(QUERY_NAMES);
export type FieldName = (typeof FIELD_NAMES)[number];

export type Fields = Readonly<Partial<Record<FieldName, string>>>;

export interface HonestRequest {
  readonly url: string;
  readonly fields: Fields;
}

/** What may separate values: in a header, in a query, in JSON, in a key that a program builds of them. */
const JOINTS = ['\t', '\0', '=', '&', ';', '\n', ',', '","', ':', '|', ''];
const joint = fc.oneof(fc.constant(' '), fc.constantFrom(...JOINTS));

/** An honest request's fields after one to three changes. */
export function hostileFields(requests: readonly HonestRequest[]): fc.Arbitrary<Fields> {
  const everyValue = requests.flatMap(({ url, fields }) => [url, ...valuesOf(fields)]);
  return fc
    .constantFrom(...requests)
    .chain(({ url, fields }) =>
      fc
        .array(changeOf(['SHA1', url, ...valuesOf(fields)], everyValue), { minLength: 1, maxLength: 3 })
        .map((changes) => changes.reduce((changed, change) => change(changed), fields)),
    );
}

function valuesOf(fields: Fields): string[] {
  return Object.values(fields).filter((value) => value !== undefined);
}

type Change = (fields: Fields) => Fields;

function changeOf(own: readonly string[], everyValue: readonly string[]): fc.Arbitrary<Change> {
  const name = fc.constantFrom(...FIELD_NAMES);
  const put = (target: FieldName, value: string): Change => {
    return (fields) => ({ ...fields, [target]: value });
  };
  // Several values in one field, as a key that joins them would have them; the fields that they came from may be gone.
  const join = fc
    .record({
      target: name,
      parts: fc.array(fc.constantFrom(...own), { minLength: 2, maxLength: 3 }),
      joint,
      isMoved: fc.boolean(),
    })
    .map(({ target, parts, joint: between, isMoved }): Change => {
      return (fields) => {
        const left = Object.entries(fields).filter(([, value]) => !(isMoved && parts.includes(value)));
        return { ...Object.fromEntries(left), [target]: parts.join(between) };
      };
    });
  return fc.oneof(
    { arbitrary: join, weight: 4 },
    {
      arbitrary: fc.tuple(name, fc.constantFrom(...everyValue)).map(([target, value]) => put(target, value)),
      weight: 2,
    },
    {
      arbitrary: fc
        .tuple(name, joint, fc.constantFrom(...everyValue), joint)
        .map(([target, ...parts]) => put(target, parts.join(''))),
      weight: 1,
    },
    {
      arbitrary: name.map(
        (gone): Change =>
          ({ [gone]: _, ...rest }) =>
            rest,
      ),
      weight: 1,
    },
  );
}
