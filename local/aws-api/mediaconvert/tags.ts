/** Tags by ARN, for queues, job templates and jobs alike. */
import { notFound } from './errors.ts';

export class Tags {
  readonly #byArn = new Map<string, Record<string, string>>();

  start(arn: string, tags: Record<string, string>): void {
    this.#byArn.set(arn, { ...tags });
  }

  get(arn: string): Record<string, string> {
    const tags = this.#byArn.get(arn);
    if (tags === undefined) throw notFound(`no resource has the ARN ${arn}`);
    return tags;
  }

  add(arn: string, tags: Record<string, string>): void {
    this.#byArn.set(arn, { ...this.get(arn), ...tags });
  }

  remove(arn: string, keys: readonly string[]): void {
    const kept = Object.entries(this.get(arn)).filter(([key]) => !keys.includes(key));
    this.#byArn.set(arn, Object.fromEntries(kept));
  }

  end(arn: string): void {
    this.#byArn.delete(arn);
  }
}
