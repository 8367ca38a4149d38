/** One item changed by a pure function, however many others change it at the same time. */

import { type Item, number, readNumber } from './attributes.ts';
import type { Condition, Key, TableCall } from './table-call.ts';

/** How a value is an item's attributes. */
export interface ItemForm<Value, Kept extends Value = Value> {
  /** @param item undefined where there is none */
  read(item: Item | undefined): Value;
  write(value: Kept): Item;
}

/**
 * Every write of such an item raises its `revision`, and a change is kept only on the revision that it was made from. An attempt
 * fails only because another one succeeded, so somebody always gets on.
 *
 * @param change pure; called again for what is there after a failed attempt. Nothing is written where `next` is what it was given
 * @param seen the item, where it is known already
 */
export async function compareAndSet<Value, Kept extends Value, Outcome>(
  call: TableCall,
  key: Key,
  form: ItemForm<Value, Kept>,
  change: (current: Value) => { readonly next: Kept; readonly outcome: Outcome },
  seen?: { readonly item: Item | undefined },
): Promise<Outcome> {
  let item = seen === undefined ? await call.get(key) : seen.item;
  for (let attempt = 0; ; attempt++) {
    const current = form.read(item);
    const { next, outcome } = change(current);
    if (next === current) return outcome;
    const revision = item === undefined ? 0 : readNumber(item, 'revision');
    const kept = await call.put(
      key,
      atRevision(revision + 1, form.write(next)),
      item === undefined ? NO_ITEM : unchangedSince(revision),
    );
    if (kept.isMet) return outcome;
    item = kept.item;
    await call.pause(attempt);
  }
}

export const NO_ITEM: Condition = { expression: 'attribute_not_exists(pk)' };

export function atRevision(revision: number, attributes: Item): Item {
  return { ...attributes, revision: number(revision) };
}

function unchangedSince(revision: number): Condition {
  return {
    expression: '#revision = :revision',
    names: { '#revision': 'revision' },
    values: { ':revision': number(revision) },
  };
}
