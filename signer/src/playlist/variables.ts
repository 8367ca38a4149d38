/**
 * `EXT-X-DEFINE`: what a playlist's `{$name}` stand for, as far as that can be known without its player.
 *
 * @see https://datatracker.ietf.org/doc/html/draft-pantos-hls-rfc8216bis#section-4.4.2.3
 */

import type { Attribute } from './attribute-list.ts';

const REFERENCE = /\{\$([A-Za-z0-9_-]+)\}/g;

export class Variables {
  readonly #values = new Map<string, string>();

  /** `QUERYPARAM` and `IMPORT` are left out: only the player learns their values. */
  define(attributes: readonly Attribute[]): void {
    const name = attributeValue(attributes, 'NAME');
    const value = attributeValue(attributes, 'VALUE');
    if (name !== undefined && value !== undefined && !this.#values.has(name)) this.#values.set(name, value);
  }

  /** References to what is not known stay as they are. */
  substitute(text: string): string {
    if (this.#values.size === 0 || !text.includes('{$')) return text;
    return text.replace(REFERENCE, (reference, name: string) => this.#values.get(name) ?? reference);
  }
}

export function hasReference(text: string): boolean {
  return text.includes('{$') && text.search(REFERENCE) !== -1;
}

export function attributeValue(attributes: readonly Attribute[], name: string): string | undefined {
  return attributes.find((attribute) => attribute.name === name)?.value;
}
