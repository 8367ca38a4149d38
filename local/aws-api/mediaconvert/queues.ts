/** On-demand queues, `Default` among them from the start. */
import { notImplemented } from '../aws-error.ts';
import { type Account, mediaConvertArn } from './account.ts';
import { badRequest, conflict, notFound } from './errors.ts';
import { epochSeconds, optionalString, requiredString, stringMap } from './fields.ts';
import type { Tags } from './tags.ts';
import type { JsonObject } from './wire-case.ts';

export interface Queue {
  readonly arn: string;
  readonly name: string;
  readonly description: string | undefined;
  readonly status: 'ACTIVE' | 'PAUSED';
  readonly type: 'SYSTEM' | 'CUSTOM';
  readonly createdAt: Date;
  readonly lastUpdated: Date;
}

export class Queues {
  readonly #byName = new Map<string, Queue>();
  readonly #account: Account;
  readonly #tags: Tags;

  constructor(account: Account, tags: Tags) {
    this.#account = account;
    this.#tags = tags;
    this.#add({ name: 'Default', type: 'SYSTEM' });
  }

  create(body: JsonObject): Queue {
    const name = requiredString(body, 'name');
    requireOnDemand(body);
    if (this.#byName.has(name)) throw conflict(`queue ${name} exists already`);
    const queue = this.#add({
      name,
      type: 'CUSTOM',
      description: optionalString(body, 'description'),
      ...statusOf(body),
    });
    this.#tags.add(queue.arn, stringMap(body, 'tags'));
    return queue;
  }

  /** By name or ARN. */
  get(nameOrArn: string): Queue {
    const queue = this.#byName.get(nameOrArn) ?? this.list().find(({ arn }) => arn === nameOrArn);
    if (queue === undefined) throw notFound(`queue ${nameOrArn} does not exist`);
    return queue;
  }

  list(): readonly Queue[] {
    return [...this.#byName.values()];
  }

  update(name: string, body: JsonObject): Queue {
    const queue = this.get(name);
    requireOnDemand(body);
    const description = optionalString(body, 'description') ?? queue.description;
    const updated = { ...queue, description, ...statusOf(body), lastUpdated: new Date() };
    this.#byName.set(queue.name, updated);
    return updated;
  }

  delete(name: string): void {
    const queue = this.get(name);
    if (queue.type === 'SYSTEM') throw badRequest(`the system queue ${queue.name} cannot be deleted`);
    this.#byName.delete(queue.name);
    this.#tags.end(queue.arn);
  }

  #add(properties: Partial<Queue> & Pick<Queue, 'name' | 'type'>): Queue {
    const arn = mediaConvertArn(this.#account, 'queues', properties.name);
    const now = new Date();
    const queue: Queue = {
      arn,
      description: undefined,
      status: 'ACTIVE',
      createdAt: now,
      lastUpdated: now,
      ...properties,
    };
    this.#byName.set(queue.name, queue);
    this.#tags.start(arn, {});
    return queue;
  }
}

/** A queue as the REST API spells it. */
export function queueJson(queue: Queue, counts: { progressing: number; submitted: number }) {
  return {
    ...queue,
    pricingPlan: 'ON_DEMAND',
    createdAt: epochSeconds(queue.createdAt),
    lastUpdated: epochSeconds(queue.lastUpdated),
    progressingJobsCount: counts.progressing,
    submittedJobsCount: counts.submitted,
  };
}

function statusOf(body: JsonObject): { status: Queue['status'] } | undefined {
  const status = optionalString(body, 'status');
  if (status === undefined) return undefined;
  if (status !== 'ACTIVE' && status !== 'PAUSED') throw badRequest('/status: expected ACTIVE or PAUSED');
  return { status };
}

function requireOnDemand(body: JsonObject): void {
  if (optionalString(body, 'pricingPlan') === 'RESERVED')
    throw notImplemented('MediaConvert reserved queues');
}
