/** What `reuse` keeps: signatures, and the resources that were parsed on the way to them. */

import type { SigningKey } from './keys/key-source.ts';

export interface SignatureCache<Signed extends object> {
  /**
   * What is kept for `request`, or what `sign` gives, which is then kept. One `sign` at a time for equal
   * requests; a failed one is not kept. Everything made by another key object is forgotten: a rotated key
   * never answers with its predecessor's signature.
   */
  get(key: SigningKey, request: string, sign: () => Signed | Promise<Signed>): Signed | Promise<Signed>;
}

/** The least recently used goes first. */
export function createSignatureCache<Signed extends object>(maxEntries: number): SignatureCache<Signed> {
  const kept = new Map<string, Signed | Promise<Signed>>();
  let owner: SigningKey | undefined;
  let newest: string | undefined;

  function keep(request: string, signed: Signed | Promise<Signed>): void {
    kept.set(request, signed);
    newest = request;
    if (kept.size > maxEntries) kept.delete(kept.keys().next().value as string);
  }

  function start(key: SigningKey, request: string, pending: Promise<Signed>): Promise<Signed> {
    keep(request, pending);
    // The entry may have been evicted, or belong to a newer key, by the time the signature is there.
    const isStillKept = () => owner === key && kept.get(request) === pending;
    pending.then(
      (signed) => {
        if (isStillKept()) kept.set(request, signed);
      },
      () => {
        if (isStillKept()) kept.delete(request);
      },
    );
    return pending;
  }

  return {
    get(key, request, sign) {
      if (key !== owner) {
        kept.clear();
        owner = key;
        newest = undefined;
      }
      const known = kept.get(request);
      if (known !== undefined) {
        // A Map is ordered by insertion: taken out and put back, an entry is the newest.
        if (request !== newest) {
          kept.delete(request);
          keep(request, known);
        }
        return known;
      }
      const signed = sign();
      if (signed instanceof Promise) return start(key, request, signed);
      keep(request, signed);
      return signed;
    },
  };
}

/** Remembers what `parse` gave for the last `maxEntries` strings; what it refuses it is asked again. */
export function remember<Input, Parsed>(
  parse: (input: Input) => Parsed,
  maxEntries: number,
): (input: Input) => Parsed {
  const known = new Map<string, Parsed>();
  return (input) => {
    // An object is another one at every call.
    if (typeof input !== 'string') return parse(input);
    const remembered = known.get(input);
    if (remembered !== undefined) return remembered;
    const parsed = parse(input);
    known.set(input, parsed);
    if (known.size > maxEntries) known.delete(known.keys().next().value as string);
    return parsed;
  };
}
