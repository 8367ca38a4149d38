/** CloudFront's control plane: create, read, update, delete and list, with the API's own rules of integrity. */
import type { ApiAnswer, ApiRequest } from '../api-request.ts';
import { AwsError, notImplemented } from '../aws-error.ts';
import { childrenOf, parseXml, textOf } from '../xml.ts';
import { invalidationListXml, invalidationXml, readInvalidationBatch } from './invalidation-calls.ts';
import { MANAGED_POLICIES } from './managed-policies.ts';
import { withKeptSpelling } from './public-key-spelling.ts';
import { requireReferences, requireUnused } from './references.ts';
import { configXml, distributionArn, listXml, resourceXml, xmlDocument } from './representation.ts';
import { DISTRIBUTION, PUBLIC_KEY, RESOURCE_TYPES, type ResourceType } from './resource-types.ts';
import { type Resource, Store, type SubmittedConfig } from './store.ts';
import { Tags } from './tags.ts';
import { requireSameKeyMaterial, validateConfig } from './validation.ts';

const API_VERSION = '2020-05-31';
const XML = { 'content-type': 'text/xml' };
const MAX_ITEMS = 100;

export class CloudFrontControlPlane {
  readonly #store = new Store();
  readonly #tags = new Tags();
  readonly #accountId: string;

  constructor(options: { accountId: string }) {
    this.#accountId = options.accountId;
  }

  /** Answers one call of the REST-XML API. */
  handle(request: ApiRequest): ApiAnswer {
    const [version, segment, id, tail, ...rest] = request.path.split('/').slice(1);
    if (version !== API_VERSION) throw unknownCall(request);
    if (segment === DISTRIBUTION.segment && id !== undefined && tail === 'invalidation' && rest.length < 2) {
      return this.#invalidation(id, rest[0], request);
    }
    if (rest.length > 0) throw unknownCall(request);
    if (segment === 'tagging' && id === undefined) return this.#tagging(request);
    const type = RESOURCE_TYPES.find((each) => each.segment === segment);
    if (type === undefined) throw unknownCall(request);
    if (id === undefined) {
      if (request.method === 'GET') return this.#list(type, request.query);
      if (request.method === 'POST') return this.#create(type, request);
      throw unknownCall(request);
    }
    return this.#one(type, id, tail, request);
  }

  #one(type: ResourceType, id: string, tail: string | undefined, request: ApiRequest): ApiAnswer {
    if (tail !== undefined && tail !== 'config') throw unknownCall(request);
    if (MANAGED_POLICIES.has(id)) {
      throw notImplemented(`${request.method} of the AWS-managed policy ${MANAGED_POLICIES.get(id)}`);
    }
    if (request.method === 'GET') return this.#get(type, id, tail);
    if (request.method === 'PUT' && tail === (type.updatePath === 'config' ? 'config' : undefined)) {
      return this.#update(type, id, request);
    }
    if (request.method === 'DELETE' && tail === undefined) return this.#delete(type, id, request);
    throw unknownCall(request);
  }

  #create(type: ResourceType, request: ApiRequest): ApiAnswer {
    const withTags = type === DISTRIBUTION && request.query.has('WithTags');
    const config = readConfig(
      type,
      request.body,
      withTags ? 'DistributionConfigWithTags' : type.configElement,
    );
    requireReferences(this.#store, type, config.parsed);
    validateConfig(this.#store, type, config.parsed);
    const resource = this.#store.add(type, type === PUBLIC_KEY ? withKeptSpelling(config) : config);
    if (type === DISTRIBUTION) {
      const tags = childrenOf(parseXml(request.body).DistributionConfigWithTags, 'Tags')[0];
      this.#tags.start(distributionArn(this.#accountId, resource.id), tags);
    }
    const location = `https://cloudfront.amazonaws.com/${API_VERSION}/${type.segment}/${resource.id}`;
    return this.#answer(201, resource, { location });
  }

  #get(type: ResourceType, id: string, tail: string | undefined): ApiAnswer {
    const resource = this.#store.get(type, id);
    if (tail === undefined) return this.#answer(200, resource);
    return {
      status: 200,
      headers: { ...XML, etag: resource.etag },
      body: xmlDocument(type.configElement, configXml(resource)),
    };
  }

  #update(type: ResourceType, id: string, request: ApiRequest): ApiAnswer {
    const resource = this.#store.get(type, id);
    requireMatch(resource, request);
    const config = readConfig(type, request.body, type.configElement);
    if (type === PUBLIC_KEY) requireSameKeyMaterial(resource.config.parsed, config.parsed);
    requireReferences(this.#store, type, config.parsed);
    validateConfig(this.#store, type, config.parsed, resource);
    const kept = type === PUBLIC_KEY ? withKeptSpelling(config) : config;
    return this.#answer(200, this.#store.replace(resource, kept));
  }

  #delete(type: ResourceType, id: string, request: ApiRequest): ApiAnswer {
    const resource = this.#store.get(type, id);
    requireMatch(resource, request);
    if (type === DISTRIBUTION && textOf(resource.config.parsed, 'Enabled') === 'true') {
      throw new AwsError(
        409,
        'DistributionNotDisabled',
        'the distribution must be disabled before it is deleted',
      );
    }
    requireUnused(this.#store, resource);
    this.#store.remove(resource);
    if (type === DISTRIBUTION) this.#tags.end(distributionArn(this.#accountId, id));
    return { status: 204 };
  }

  #list(type: ResourceType, query: URLSearchParams): ApiAnswer {
    if (query.get('Type') === 'managed')
      throw notImplemented(`a list of AWS-managed policies (${type.segment})`);
    const marker = query.get('Marker') ?? '';
    const maxItems = Math.min(Number(query.get('MaxItems') ?? MAX_ITEMS) || MAX_ITEMS, MAX_ITEMS);
    const all = this.#store.list(type);
    const start = marker === '' ? 0 : all.findIndex(({ id }) => id === marker) + 1;
    if (start === 0 && marker !== '')
      throw new AwsError(400, 'InvalidArgument', 'Marker names nothing in the list');
    const items = all.slice(start, start + maxItems);
    const page = {
      items,
      marker,
      nextMarker: start + maxItems < all.length ? (items.at(-1)?.id ?? null) : null,
      maxItems,
    };
    return { status: 200, headers: XML, body: listXml(this.#store, this.#accountId, type, page) };
  }

  #invalidation(distributionId: string, id: string | undefined, request: ApiRequest): ApiAnswer {
    const { method, query, body } = request;
    const { invalidations } = this.#store;
    if (method === 'POST' && id === undefined) {
      this.#store.get(DISTRIBUTION, distributionId);
      const invalidation = invalidations.create(distributionId, readInvalidationBatch(body));
      const location = `https://cloudfront.amazonaws.com/${API_VERSION}/${DISTRIBUTION.segment}/${distributionId}/invalidation/${invalidation.id}`;
      return {
        status: 201,
        headers: { ...XML, location },
        body: xmlDocument('Invalidation', invalidationXml(invalidations, invalidation)),
      };
    }
    if (method !== 'GET') throw unknownCall(request);
    this.#store.get(DISTRIBUTION, distributionId);
    const answer =
      id === undefined
        ? xmlDocument('InvalidationList', invalidationListXml(invalidations, distributionId, query))
        : xmlDocument('Invalidation', invalidationXml(invalidations, invalidations.get(distributionId, id)));
    return { status: 200, headers: XML, body: answer };
  }

  #tagging(request: ApiRequest): ApiAnswer {
    const arn = request.query.get('Resource') ?? '';
    const operation = request.query.get('Operation');
    if (request.method === 'GET') {
      return { status: 200, headers: XML, body: xmlDocument('Tags', this.#tags.itemsXml(arn)) };
    }
    if (request.method !== 'POST') throw unknownCall(request);
    const body = parseXml(request.body);
    if (operation === 'Tag') this.#tags.add(arn, childrenOf(body, 'Tags')[0]);
    else if (operation === 'Untag') this.#tags.remove(arn, childrenOf(body, 'TagKeys')[0]);
    else throw unknownCall(request);
    return { status: 204 };
  }

  #answer(status: number, resource: Resource, headers: Record<string, string> = {}): ApiAnswer {
    return {
      status,
      headers: { ...XML, ...headers, etag: resource.etag },
      body: xmlDocument(resource.type.element, resourceXml(this.#store, this.#accountId, resource)),
    };
  }
}

/** Takes the configuration's own XML out of the body untouched. */
function readConfig(type: ResourceType, body: string, root: string): SubmittedConfig {
  const parsed = childrenOf(
    parseXml(body),
    root,
    ...(root === type.configElement ? [] : [type.configElement]),
  )[0];
  const start = body.search(new RegExp(`<${type.configElement}[\\s>]`));
  const end = body.lastIndexOf(`</${type.configElement}>`);
  if (parsed === undefined || start === -1 || end === -1) {
    throw new AwsError(400, 'MalformedXML', `expected a ${root} element`);
  }
  return { xml: body.slice(body.indexOf('>', start) + 1, end), parsed };
}

function requireMatch(resource: Resource, request: ApiRequest): void {
  const given = request.headers['if-match'];
  if (given === undefined || given === '') {
    throw new AwsError(
      400,
      'InvalidIfMatchVersion',
      'the If-Match version is missing or not valid for the resource',
    );
  }
  if (given.replace(/^"|"$/g, '') === resource.etag) return;
  throw new AwsError(412, 'PreconditionFailed', 'the If-Match version is not the current one');
}

/** Names the call as the API reference does, as far as method and path tell it. */
function unknownCall(request: ApiRequest): AwsError {
  const [, segment = '', id, sub] = request.path.split('/').slice(1);
  const noun = (sub === undefined || sub === 'config' ? segment : sub).replace(
    /(^|-)([a-z])/g,
    (_, __, letter: string) => letter.toUpperCase(),
  );
  const onOne = id !== undefined && sub === undefined;
  const verbs: Record<string, string> = {
    POST: 'Create',
    PUT: 'Update',
    DELETE: 'Delete',
    GET: onOne ? 'Get' : 'List',
  };
  return notImplemented(
    `CloudFront ${verbs[request.method] ?? request.method}${noun} (${request.method} ${request.path})`,
  );
}
