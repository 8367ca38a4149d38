/** Values as DynamoDB's attributes, and back. Instants are milliseconds, because a whole number is exact and compares. */

import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { PlaybackError } from '../errors.ts';

export type Item = Readonly<Record<string, AttributeValue>>;

export function text(value: string): AttributeValue {
  return { S: value };
}

/** Exact: DynamoDB keeps 38 digits, and JavaScript writes the 17 that a number has at most. */
export function number(value: number): AttributeValue {
  return { N: String(value) };
}

export function instant(value: Date): AttributeValue {
  return number(value.getTime());
}

/** For `expires_at`, which DynamoDB wants in seconds: never before the instant. */
export function expiry(value: Date): AttributeValue {
  return number(Math.ceil(value.getTime() / 1000));
}

/** What `expires_at` is compared with. */
export function expiredBy(now: Date): AttributeValue {
  return number(now.getTime() / 1000);
}

export function bytes(value: Uint8Array): AttributeValue {
  return { B: value };
}

export function texts(values: readonly string[]): AttributeValue {
  return { L: values.map(text) };
}

export function readText(item: Item, name: string): string {
  return item[name]?.S ?? missing(name);
}

export function readNumber(item: Item, name: string): number {
  return Number(item[name]?.N ?? missing(name));
}

export function readInstant(item: Item, name: string): Date {
  return new Date(readNumber(item, name));
}

export function readMap(item: Item, name: string): Item {
  return item[name]?.M ?? missing(name);
}

export function readBytes(item: Item, name: string): Uint8Array {
  return Uint8Array.from(item[name]?.B ?? missing(name));
}

export function readTexts(item: Item, name: string): readonly string[] {
  return (item[name]?.L ?? missing(name)).map(({ S }) => S ?? missing(name));
}

/** Only names of ours are told: what the item holds is about a person. */
function missing(name: string): never {
  throw new PlaybackError(
    'ERR_STORE_CALL',
    `an item of the table has no "${name}", so it was not written by this store; give the store a table of its own`,
  );
}
