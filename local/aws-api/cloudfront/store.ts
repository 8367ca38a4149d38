/** What the CloudFront control plane remembers, in memory. */
import { randomInt, randomUUID } from 'node:crypto';
import { AwsError } from '../aws-error.ts';
import type { XmlNode } from '../xml.ts';
import { Invalidations } from './invalidations.ts';
import type { ResourceType } from './resource-types.ts';

/** A configuration as submitted and as read. */
export interface SubmittedConfig {
  /** What stood inside the configuration element, to be echoed verbatim: any other spelling is drift to Terraform. */
  readonly xml: string;
  readonly parsed: XmlNode;
}

export interface Resource {
  readonly type: ResourceType;
  readonly id: string;
  /** Changes with every update. */
  readonly etag: string;
  readonly config: SubmittedConfig;
  readonly createdAt: Date;
  readonly modifiedAt: Date;
}

const ID_ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';

export class Store {
  /** In order of creation. */
  readonly #byId = new Map<string, Resource>();
  readonly invalidations = new Invalidations();

  list(type: ResourceType): readonly Resource[] {
    return [...this.#byId.values()].filter((resource) => resource.type === type);
  }

  has(type: ResourceType, id: string): boolean {
    return this.#byId.get(id)?.type === type;
  }

  /** @throws AwsError the type's `NoSuch…` */
  get(type: ResourceType, id: string): Resource {
    const resource = this.#byId.get(id);
    if (resource?.type !== type) {
      throw new AwsError(404, type.noSuchCode, `the specified ${type.segment} does not exist`);
    }
    return resource;
  }

  add(type: ResourceType, config: SubmittedConfig): Resource {
    const now = new Date();
    const resource = { type, id: newId(type), etag: randomId('E'), config, createdAt: now, modifiedAt: now };
    this.#byId.set(resource.id, resource);
    return resource;
  }

  replace(resource: Resource, config: SubmittedConfig): Resource {
    const updated = { ...resource, etag: randomId('E'), config, modifiedAt: new Date() };
    this.#byId.set(resource.id, updated);
    return updated;
  }

  remove(resource: Resource): void {
    this.#byId.delete(resource.id);
    this.invalidations.forget(resource.id);
  }
}

function newId(type: ResourceType): string {
  if (type.idForm === 'uuid') return randomUUID();
  return randomId(type.idForm === 'key' ? 'K' : 'E');
}

function randomId(prefix: string): string {
  return prefix + Array.from({ length: 13 }, () => ID_ALPHABET[randomInt(ID_ALPHABET.length)]).join('');
}
