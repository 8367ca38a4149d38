/** Job templates, made through the REST API or by CloudFormation. */
import { type Account, mediaConvertArn } from './account.ts';
import { badRequest, conflict, notFound } from './errors.ts';
import { epochSeconds, objectField, requiredString, stringMap } from './fields.ts';
import type { Tags } from './tags.ts';
import { type JsonObject, misspelledName } from './wire-case.ts';

export interface JobTemplate {
  readonly arn: string;
  readonly name: string;
  /** `settings`, `description`, `queue`, …: what was submitted, in the wire's camelCase. */
  readonly properties: JsonObject;
  readonly createdAt: Date;
  readonly lastUpdated: Date;
}

const PROPERTIES = [
  'accelerationSettings',
  'category',
  'description',
  'hopDestinations',
  'priority',
  'queue',
  'settings',
  'statusUpdateInterval',
] as const;

export class JobTemplates {
  readonly #byName = new Map<string, JobTemplate>();
  readonly #account: Account;
  readonly #tags: Tags;

  constructor(account: Account, tags: Tags) {
    this.#account = account;
    this.#tags = tags;
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }

  create(body: JsonObject): JobTemplate {
    const name = requiredString(body, 'name');
    if (this.has(name)) throw conflict(`job template ${name} exists already`);
    const now = new Date();
    const arn = mediaConvertArn(this.#account, 'jobTemplates', name);
    const template = { arn, name, properties: readProperties(body), createdAt: now, lastUpdated: now };
    this.#tags.start(arn, stringMap(body, 'tags'));
    this.#byName.set(name, template);
    return template;
  }

  /** By name or ARN. */
  get(nameOrArn: string): JobTemplate {
    const template = this.#byName.get(nameOrArn) ?? this.list().find(({ arn }) => arn === nameOrArn);
    if (template === undefined) throw notFound(`job template ${nameOrArn} does not exist`);
    return template;
  }

  list(): readonly JobTemplate[] {
    return [...this.#byName.values()];
  }

  /** Omitted properties stay as they are, as in the REST API. */
  update(name: string, body: JsonObject): JobTemplate {
    const template = this.get(name);
    const properties = readProperties({ ...template.properties, ...body });
    const updated = { ...template, properties, lastUpdated: new Date() };
    this.#byName.set(template.name, updated);
    return updated;
  }

  delete(name: string): void {
    const template = this.get(name);
    this.#byName.delete(template.name);
    this.#tags.end(template.arn);
  }
}

/** A job template as the REST API spells it. */
export function jobTemplateJson(template: JobTemplate) {
  return {
    ...template.properties,
    arn: template.arn,
    name: template.name,
    type: 'CUSTOM',
    createdAt: epochSeconds(template.createdAt),
    lastUpdated: epochSeconds(template.lastUpdated),
  };
}

function readProperties(body: JsonObject): JsonObject {
  if (body.settings === undefined) throw badRequest('/settings: required');
  const wrong = misspelledName(objectField(body, 'settings'), 'camelCase', '/settings');
  if (wrong !== null) throw badRequest(`${wrong}: expected camelCase, as the REST API spells it`);
  return Object.fromEntries(
    PROPERTIES.flatMap((name) => (body[name] === undefined ? [] : [[name, body[name]]])),
  );
}
