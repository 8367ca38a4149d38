/** CreateJob: everything MediaConvert checks before it takes a job. */
import { createHash } from 'node:crypto';
import { AwsError } from '../aws-error.ts';
import type { MotoClient } from '../moto-client.ts';
import { parseXml, textOf } from '../xml.ts';
import { type Account, mediaConvertArn } from './account.ts';
import { badRequest, conflict } from './errors.ts';
import { objectField, optionalString, requiredString, stringMap } from './fields.ts';
import { mergeTemplate, requireRunnable } from './job-settings.ts';
import type { JobTemplates } from './job-templates.ts';
import { type Job, type Jobs, newJobId } from './jobs.ts';
import type { Queues } from './queues.ts';
import type { Tags } from './tags.ts';
import type { JsonObject } from './wire-case.ts';

/** Taken over into the job as they are. */
const ECHOED = [
  'accelerationSettings',
  'billingTagsSource',
  'clientRequestToken',
  'priority',
  'statusUpdateInterval',
];

interface JobCreationParts {
  readonly account: Account;
  readonly moto: MotoClient;
  readonly queues: Queues;
  readonly templates: JobTemplates;
  readonly jobs: Jobs;
  readonly tags: Tags;
}

export class JobCreation {
  /** What a client request token has made or is making, so that a retry that comes meanwhile meets it. */
  readonly #byToken = new Map<string, { digest: string; job: Promise<Job> }>();
  readonly #parts: JobCreationParts;

  constructor(parts: JobCreationParts) {
    this.#parts = parts;
  }

  async create(body: JsonObject): Promise<Job> {
    const token = optionalString(body, 'clientRequestToken');
    if (token === undefined) return this.#submit(body);
    const digest = createHash('sha256').update(JSON.stringify(body)).digest('hex');
    const before = this.#byToken.get(token);
    if (before === undefined) {
      const job = this.#submit(body);
      this.#byToken.set(token, { digest, job });
      // A refused request uses no token up.
      job.catch(() => this.#byToken.delete(token));
      return job;
    }
    if (before.digest !== digest) throw conflict('clientRequestToken was used for another request');
    return before.job;
  }

  async #submit(body: JsonObject): Promise<Job> {
    const { account, queues, templates, jobs, tags } = this.#parts;
    const role = requiredString(body, 'role');
    const templateName = optionalString(body, 'jobTemplate');
    const template = templateName === undefined ? undefined : templates.get(templateName);
    const submitted = objectField(body, 'settings');
    const settings = template
      ? mergeTemplate(objectField(template.properties, 'settings'), submitted)
      : submitted;
    requireRunnable(settings);
    // A job does not inherit its template's queue.
    const queue = queues.get(optionalString(body, 'queue') ?? 'Default').arn;
    await this.#requireRole(role);
    const id = newJobId();
    const arn = mediaConvertArn(account, 'jobs', id);
    const echoed = Object.fromEntries(
      ECHOED.flatMap((name) => (body[name] === undefined ? [] : [[name, body[name]]])),
    );
    tags.start(arn, stringMap(body, 'tags'));
    return jobs.submit({
      id,
      arn,
      queue,
      settings,
      echoed: {
        ...echoed,
        role,
        userMetadata: stringMap(body, 'userMetadata'),
        ...(template ? { jobTemplate: template.arn } : {}),
      },
    });
  }

  /** The role must exist in moto's IAM and trust MediaConvert. */
  async #requireRole(roleArn: string): Promise<void> {
    const name = /^arn:aws:iam::\d{12}:role\/(?:.*\/)?([\w+=,.@-]+)$/.exec(roleArn)?.[1];
    if (name === undefined) throw badRequest('/role: expected the ARN of an IAM role');
    const answer = await this.#parts.moto.call(
      {
        method: 'POST',
        target: '/',
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          authorization: this.#parts.moto.authorization('iam'),
        },
      },
      new URLSearchParams({ Action: 'GetRole', Version: '2010-05-08', RoleName: name }).toString(),
    );
    if (answer.status === 404) throw badRequest(`/role: the role ${name} does not exist`);
    if (answer.status !== 200) throw new AwsError(500, 'InternalServerErrorException', 'IAM did not answer');
    const found = parseXml(answer.body).GetRoleResponse;
    if (textOf(found, 'GetRoleResult', 'Role', 'Arn') !== roleArn)
      throw badRequest(`/role: no role has the ARN ${roleArn}`);
    const trust = decodeURIComponent(textOf(found, 'GetRoleResult', 'Role', 'AssumeRolePolicyDocument'));
    if (!trust.includes('"mediaconvert.amazonaws.com"')) {
      throw badRequest(
        `/role: MediaConvert cannot assume ${name}; its trust policy must name mediaconvert.amazonaws.com`,
      );
    }
  }
}
