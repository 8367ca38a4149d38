/** CreateJob: everything MediaConvert checks before it takes a job. */
import { createHash } from 'node:crypto';
import { ROLE_ARN } from '../../../aws/values/arns.ts';
import { AwsError } from '../aws-error.ts';
import type { MotoClient } from '../moto-client.ts';
import { parseXml, textOf } from '../xml.ts';
import { type Account, mediaConvertArn } from './account.ts';
import { badRequest, conflict } from './errors.ts';
import { isObject, listField, objectField, optionalString, requiredString, stringMap } from './fields.ts';
import { mergeTemplate, requireRunnable } from './job-settings.ts';
import type { JobTemplates } from './job-templates.ts';
import { type Job, type Jobs, newJobId } from './jobs.ts';
import type { Queues } from './queues.ts';
import type { Tags } from './tags.ts';
import type { Json, JsonObject } from './wire-case.ts';

/** Taken over into the job as they are. */
const ECHOED = ['billingTagsSource', 'clientRequestToken'];
/** The same, from the job's template where the job itself says nothing. */
const INHERITED = ['accelerationSettings', 'hopDestinations', 'priority', 'statusUpdateInterval'];

const MAX_TOKEN_CHARACTERS = 64;
/**
 * How long MediaConvert knows a client request token: a request that comes later makes another job.
 *
 * @see https://docs.aws.amazon.com/mediaconvert/latest/apireference/idempotency.html
 */
const TOKEN_LIFE_MS = 60 * 1000;
const MAX_METADATA = 10;
const ACCELERATION_MODES = ['DISABLED', 'ENABLED', 'PREFERRED'];

interface JobCreationParts {
  readonly account: Account;
  readonly moto: MotoClient;
  readonly queues: Queues;
  readonly templates: JobTemplates;
  readonly jobs: Jobs;
  readonly tags: Tags;
  /** What the age of a client request token is measured by. */
  readonly now: () => Date;
}

/** A request that a client request token stands for. */
interface TokenUse {
  readonly digest: string;
  readonly job: Promise<Job>;
  /** Undefined while the job is being made. */
  madeAt: Date | undefined;
}

export class JobCreation {
  /** What a client request token has made or is making, so that a retry that comes meanwhile meets it. */
  readonly #byToken = new Map<string, TokenUse>();
  readonly #parts: JobCreationParts;

  constructor(parts: JobCreationParts) {
    this.#parts = parts;
  }

  async create(body: JsonObject): Promise<Job> {
    const token = optionalString(body, 'clientRequestToken');
    if (token !== undefined && token.length > MAX_TOKEN_CHARACTERS) {
      throw badRequest(`/clientRequestToken: expected up to ${MAX_TOKEN_CHARACTERS} characters`);
    }
    if (token === undefined) return this.#submit(body);
    const digest = createHash('sha256').update(JSON.stringify(body)).digest('hex');
    const before = this.#byToken.get(token);
    if (before === undefined || this.#isForgotten(before)) {
      const use: TokenUse = { digest, job: this.#submit(body), madeAt: undefined };
      this.#byToken.set(token, use);
      use.job.then(
        () => {
          use.madeAt = this.#parts.now();
        },
        // A refused request uses no token up.
        () => this.#byToken.delete(token),
      );
      return use.job;
    }
    if (before.digest !== digest) throw conflict('clientRequestToken was used for another request');
    return before.job;
  }

  #isForgotten({ madeAt }: TokenUse): boolean {
    return madeAt !== undefined && this.#parts.now().getTime() - madeAt.getTime() >= TOKEN_LIFE_MS;
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
    const given = {
      ...pick(template?.properties ?? {}, INHERITED),
      ...pick(body, [...INHERITED, ...ECHOED]),
    };
    requirePriority(given, '');
    requireAcceleration(given);
    for (const [index, hop] of listField(given, 'hopDestinations').entries()) {
      this.#requireHop(hop, `/hopDestinations/${index}`, queue);
    }
    const userMetadata = stringMap(body, 'userMetadata');
    if (Object.keys(userMetadata).length > MAX_METADATA) {
      throw badRequest(`/userMetadata: expected up to ${MAX_METADATA} pairs`);
    }
    await this.#requireRole(role);
    const id = newJobId();
    const arn = mediaConvertArn(account, 'jobs', id);
    tags.start(arn, stringMap(body, 'tags'));
    return jobs.submit({
      id,
      arn,
      queue,
      settings,
      echoed: {
        ...given,
        role,
        userMetadata,
        ...(template ? { jobTemplate: template.arn } : {}),
      },
    });
  }

  /** Hopping is checked and shown; here no job waits long enough to hop. */
  #requireHop(hop: Json, path: string, queue: string): void {
    if (!isObject(hop)) throw badRequest(`${path}: expected an object`);
    const to = this.#parts.queues.get(optionalString(hop, 'queue') ?? 'Default').arn;
    if (to === queue) throw badRequest(`${path}/queue: expected another queue than the job's own`);
    const minutes = hop.waitMinutes;
    if (typeof minutes !== 'number' || !Number.isInteger(minutes) || minutes < 1 || minutes > 4320) {
      throw badRequest(`${path}/waitMinutes: expected a whole number from 1 to 4320`);
    }
    requirePriority(hop, path);
  }

  /** The role must exist in moto's IAM and trust MediaConvert. */
  async #requireRole(roleArn: string): Promise<void> {
    const name = ROLE_ARN.test(roleArn) ? roleArn.split('/').at(-1) : undefined;
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

function requirePriority(body: JsonObject, path: string): void {
  const { priority } = body;
  if (priority === undefined || priority === null) return;
  if (typeof priority === 'number' && Number.isInteger(priority) && Math.abs(priority) <= 50) return;
  throw badRequest(`${path}/priority: expected a whole number from -50 to 50`);
}

/** Checked and shown; a job is encoded here as without it. */
function requireAcceleration(body: JsonObject): void {
  const { accelerationSettings: settings } = body;
  if (settings === undefined || settings === null) return;
  const mode = isObject(settings) ? settings.mode : undefined;
  if (typeof mode === 'string' && ACCELERATION_MODES.includes(mode)) return;
  throw badRequest(`/accelerationSettings/mode: expected one of ${ACCELERATION_MODES.join(', ')}`);
}

function pick(body: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(
    names.flatMap((name) => (body[name] === undefined ? [] : [[name, body[name]]])),
  ) as JsonObject;
}
