/**
 * `EXT-X-DEFINE`: what a playlist's `{$name}` stand for, as far as that can be known without its player.
 *
 * @see https://datatracker.ietf.org/doc/html/draft-pantos-hls-rfc8216bis#section-4.4.2.3
 */

import { ownProperties, wrongType } from '../arguments.ts';
import { MAX_URL_BYTES } from '../policy/resource.ts';
import { QUERY_NAMES } from '../wire.ts';
import type { Attribute } from './attribute-list.ts';

/** The names of signing parameters, which `preparePlaylist` defines as variables; nobody else may use them. */
export const SIGNING_NAMES: ReadonlySet<string> = new Set(Object.values(QUERY_NAMES));

const REFERENCE = /\{\$([A-Za-z0-9_-]+)\}/g;
const SIGNING_REFERENCE = new RegExp(`\\{\\$(?:${[...SIGNING_NAMES].join('|')})\\}`);

export type Definitions = ReadonlyMap<string, string>;

/**
 * What a caller says that the master defines: names and values, for `EXT-X-DEFINE:IMPORT`.
 *
 * @throws SignerTypeError for what is not a plain object of strings
 */
export function readDefinitions(definitions: unknown): Definitions {
  if (definitions === undefined) return new Map();
  const given = Object.entries(ownProperties('"definitions"', definitions as Record<string, unknown>));
  return new Map(
    given.map(([name, value]) => {
      if (typeof value !== 'string') throw wrongType('a value in "definitions"', 'a string', value);
      return [name, value];
    }),
  );
}

export class Variables {
  readonly #values = new Map<string, string>();
  readonly #imported: Definitions;

  /** @param imported what the master defines, as far as the caller knows it */
  constructor(imported: Definitions) {
    this.#imported = imported;
  }

  /** Of `QUERYPARAM`, and of `IMPORT` where nobody said what the master defines, only the player learns the value. */
  define(attributes: readonly Attribute[]): void {
    const importedName = attributeValue(attributes, 'IMPORT');
    const name = importedName ?? attributeValue(attributes, 'NAME');
    const value =
      importedName === undefined ? attributeValue(attributes, 'VALUE') : this.#imported.get(importedName);
    if (name !== undefined && value !== undefined && !this.#values.has(name)) this.#values.set(name, value);
  }

  /**
   * References to what is not known stay as they are. Stops, and cuts the text off, one character behind the longest
   * URL that CloudFront takes: a few lines can refer to gigabytes. What is cut off is too long to be signed, and its
   * beginning still says where it leads.
   */
  substitute(text: string): string {
    if (this.#values.size === 0 || !text.includes('{$')) return text;
    let substituted = '';
    let copied = 0;
    for (const reference of text.matchAll(REFERENCE)) {
      const value = this.#values.get(reference[1] ?? '');
      if (value === undefined) continue;
      substituted += text.slice(copied, reference.index) + value;
      copied = reference.index + reference[0].length;
      if (substituted.length > MAX_URL_BYTES) return substituted.slice(0, MAX_URL_BYTES + 1);
    }
    return substituted + text.slice(copied);
  }
}

export function hasReference(text: string): boolean {
  return text.includes('{$') && text.search(REFERENCE) !== -1;
}

/** Whether a player would put a part of the viewer's signature here. */
export function hasSigningReference(text: string): boolean {
  return text.includes('{$') && SIGNING_REFERENCE.test(text);
}

function attributeValue(attributes: readonly Attribute[], name: string): string | undefined {
  return attributes.find((attribute) => attribute.name === name)?.value;
}
