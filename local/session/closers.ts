/** What a run has started, to be ended in the opposite order, once. */

export class Closers {
  readonly #closers: (() => Promise<void>)[] = [];
  #closing: Promise<void> | null = null;

  add(close: () => Promise<void>): void {
    this.#closers.push(close);
  }

  /** Something whose start may still be under way when the run ends: it is waited for and ended then. */
  addStarting(starting: Promise<{ close(): Promise<void> }>): void {
    this.add(() =>
      starting.then(
        (started) => started.close(),
        () => {},
      ),
    );
  }

  /** Work that ends by itself or by the run's signal: waited for, so that what it uses ends after it. */
  addRunning(work: Promise<unknown>): void {
    this.add(() =>
      work.then(
        () => {},
        () => {},
      ),
    );
  }

  /** Ends everything, also what comes after a failure; rejects with the first failure. */
  closeAll(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const failures: unknown[] = [];
    for (const close of this.#closers.reverse()) {
      await close().catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }
}
