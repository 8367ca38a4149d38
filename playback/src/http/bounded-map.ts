/** A map with bounds: so many entries, each for so long. The entry that was not used for the longest time goes first. */

interface Entry<Value> {
  readonly value: Value;
  readonly expiresAtMs: number;
}

export class BoundedMap<Value> {
  readonly #entries = new Map<string, Entry<Value>>();
  readonly #most: number;

  /** @param most entries, 1 or more */
  constructor(most: number) {
    this.#most = most;
  }

  /** @returns `undefined` for an entry that is not there or has expired */
  get(key: string, nowMs: number): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    if (nowMs >= entry.expiresAtMs) return undefined;
    this.#entries.set(key, entry);
    return entry.value;
  }

  set(key: string, value: Value, expiresAtMs: number): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, expiresAtMs });
    if (this.#entries.size <= this.#most) return;
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  get size(): number {
    return this.#entries.size;
  }
}
