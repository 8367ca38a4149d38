/** One field of an environment: the schema of its value, and what else is true of the field. */
import type { z } from 'zod';

/** What a field has in addition to the form of its value. */
export interface Marks<Value> {
  /**
   * Whether dev and prod may have different values. What viewers and backends see is the `same`, so that dev tests it first;
   * unique names must `differ`; protection, money, accounts and hosts `may differ`.
   */
  readonly devAndProd: 'same' | 'differ' | 'may differ';
  /**
   * What prod requires: whether a value is careless, and what is expected, with the reason.
   *
   * @default - prod may have every value
   */
  readonly inProd?: { readonly careless: (value: Value) => boolean; readonly wanted: string };
}

/** Fields as a configuration holds them, each with the docstring of its schema. */
export type Values<Shape extends Readonly<Record<string, z.ZodType>>> = {
  readonly [Name in keyof Shape]: Frozen<z.output<Shape[Name]>>;
};

type Frozen<T> = T extends string | number | boolean | null
  ? T
  : { readonly [Key in keyof T]: Frozen<T[Key]> };

const marksBySchema = new WeakMap<z.ZodType, Marks<never>>();

/** The schema itself, marked. Every field has a schema of its own, so that no two fields share their marks. */
export function field<Schema extends z.ZodType>(schema: Schema, marks: Marks<z.output<Schema>>): Schema {
  marksBySchema.set(schema, marks);
  return schema;
}

/** @throws TypeError for a schema that is not one of `field` */
export function marksOf(schema: z.ZodType): Marks<never> {
  const marks = marksBySchema.get(schema);
  if (marks === undefined) throw new TypeError('expected a schema made by "field", got another');
  return marks;
}
