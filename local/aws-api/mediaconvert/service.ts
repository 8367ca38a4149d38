/** MediaConvert's REST-JSON API. */
import type { ApiAnswer, ApiRequest } from '../api-request.ts';
import { notImplemented } from '../aws-error.ts';
import type { MotoClient } from '../moto-client.ts';
import type { Account } from './account.ts';
import { JobCreation } from './create-job.ts';
import { badRequest } from './errors.ts';
import { isObject, listField, requiredString, stringMap } from './fields.ts';
import { inputFileOf, pageOfJobs } from './job-pages.ts';
import { type JobTemplates, jobTemplateJson } from './job-templates.ts';
import { type Job, Jobs, type JobsOptions, jobJson } from './jobs.ts';
import { type Queue, Queues, queueJson } from './queues.ts';
import type { Tags } from './tags.ts';
import type { Json, JsonObject } from './wire-case.ts';

const API_VERSION = '2017-08-29';

export interface MediaConvertOptions extends Omit<JobsOptions, 'queue'> {
  readonly account: Account;
  readonly moto: MotoClient;
  readonly templates: JobTemplates;
  readonly tags: Tags;
  /** Own address, which DescribeEndpoints answers. */
  readonly endpoint: () => string;
  /** What the age of a client request token is measured by. */
  readonly now: () => Date;
}

export class MediaConvertService {
  readonly #options: MediaConvertOptions;
  readonly #queues: Queues;
  readonly #jobs: Jobs;
  readonly #creation: JobCreation;

  constructor(options: MediaConvertOptions) {
    this.#options = options;
    const { account, tags, templates, moto, now } = options;
    this.#queues = new Queues(account, tags);
    this.#jobs = new Jobs({ ...options, queue: (arn) => this.#queues.get(arn) });
    this.#creation = new JobCreation({
      account,
      moto,
      tags,
      now,
      templates,
      queues: this.#queues,
      jobs: this.#jobs,
    });
  }

  /** Answers one call. */
  async handle(request: ApiRequest): Promise<ApiAnswer> {
    const [version, collection, encodedId, ...rest] = request.path.split('/').slice(1);
    const id = encodedId === undefined ? undefined : decodeURIComponent(encodedId);
    if (version !== API_VERSION || rest.length > 0) throw unknownCall(request);
    if (collection === 'queues') return this.#queueCall(id, request);
    if (collection === 'jobTemplates') return this.#templateCall(id, request);
    if (collection === 'jobs') return this.#jobCall(id, request);
    if (collection === 'search' && id === undefined && request.method === 'GET') {
      return this.#jobPage(request.query, inputFileOf(request.query));
    }
    if (collection === 'tags') return this.#tagCall(id, request);
    if (collection === 'endpoints' && request.method === 'POST') {
      return json(200, { endpoints: [{ url: this.#options.endpoint() }] });
    }
    throw unknownCall(request);
  }

  close(): Promise<void> {
    return this.#jobs.close();
  }

  #queueCall(name: string | undefined, request: ApiRequest): ApiAnswer {
    const answer = (status: number, queue: Queue) => json(status, { queue: this.#queueJson(queue) });
    if (name === undefined) {
      if (request.method === 'POST') return answer(201, this.#queues.create(bodyOf(request)));
      if (request.method !== 'GET') throw unknownCall(request);
      return json(200, { queues: this.#queues.list().map((queue) => this.#queueJson(queue)) });
    }
    if (request.method === 'GET') return answer(200, this.#queues.get(name));
    if (request.method === 'PUT') {
      const queue = this.#queues.update(name, bodyOf(request));
      this.#jobs.startNext(queue.arn);
      return answer(200, queue);
    }
    if (request.method !== 'DELETE') throw unknownCall(request);
    const busy = this.#jobs
      .list()
      .some((job) => job.queue === this.#queues.get(name).arn && isUnfinished(job));
    if (busy) throw badRequest(`queue ${name} has jobs that are not finished`);
    this.#queues.delete(name);
    return json(202, {});
  }

  #queueJson(queue: Queue) {
    const jobs = this.#jobs.list().filter((job) => job.queue === queue.arn);
    const count = (status: Job['status']) => jobs.filter((job) => job.status === status).length;
    return queueJson(queue, { progressing: count('PROGRESSING'), submitted: count('SUBMITTED') });
  }

  #templateCall(name: string | undefined, request: ApiRequest): ApiAnswer {
    const { templates } = this.#options;
    if (name === undefined) {
      if (request.method === 'GET') return json(200, { jobTemplates: templates.list().map(jobTemplateJson) });
      if (request.method !== 'POST') throw unknownCall(request);
      return json(201, { jobTemplate: jobTemplateJson(templates.create(bodyOf(request))) });
    }
    if (request.method === 'GET') return json(200, { jobTemplate: jobTemplateJson(templates.get(name)) });
    if (request.method === 'PUT') {
      return json(200, { jobTemplate: jobTemplateJson(templates.update(name, bodyOf(request))) });
    }
    if (request.method !== 'DELETE') throw unknownCall(request);
    templates.delete(name);
    return json(202, {});
  }

  async #jobCall(id: string | undefined, request: ApiRequest): Promise<ApiAnswer> {
    if (id === undefined) {
      if (request.method === 'POST')
        return json(201, { job: jobJson(await this.#creation.create(bodyOf(request))) });
      if (request.method === 'GET') return this.#jobPage(request.query, null);
      throw unknownCall(request);
    }
    if (request.method === 'GET') return json(200, { job: jobJson(this.#jobs.get(id)) });
    if (request.method !== 'DELETE') throw unknownCall(request);
    this.#jobs.cancel(id);
    return json(202, {});
  }

  #jobPage(query: URLSearchParams, inputFile: string | null): ApiAnswer {
    const queue = query.get('queue');
    const page = pageOfJobs(this.#jobs.list(), query, {
      queueArn: queue === null ? null : this.#queues.get(queue).arn,
      inputFile,
    });
    return json(200, { ...page, jobs: page.jobs.map(jobJson) });
  }

  #tagCall(arn: string | undefined, request: ApiRequest): ApiAnswer {
    const { tags } = this.#options;
    if (arn === undefined) {
      if (request.method !== 'POST') throw unknownCall(request);
      const body = bodyOf(request);
      tags.add(requiredString(body, 'arn'), stringMap(body, 'tags'));
      return json(200, {});
    }
    if (request.method === 'GET') return json(200, { resourceTags: { arn, tags: tags.get(arn) } });
    if (request.method !== 'PUT') throw unknownCall(request);
    tags.remove(arn, listField(bodyOf(request), 'tagKeys').map(String));
    return json(200, {});
  }
}

function isUnfinished(job: Job): boolean {
  return job.status === 'SUBMITTED' || job.status === 'PROGRESSING';
}

function bodyOf(request: ApiRequest): JsonObject {
  let body: Json;
  try {
    body = JSON.parse(request.body === '' ? '{}' : request.body) as Json;
  } catch {
    // The parser's own message would quote the body.
    throw badRequest('the body is not JSON');
  }
  if (!isObject(body)) throw badRequest('expected a JSON object');
  return body;
}

function json(status: number, body: object): ApiAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

function unknownCall(request: ApiRequest) {
  return notImplemented(`MediaConvert ${request.method} ${request.path}`);
}
