/** Stacks and their events. A change is worked out whole before anything is touched, so a failed one leaves no half. */
import { randomUUID } from 'node:crypto';
import { AwsError } from '../aws-error.ts';
import type { Account } from '../mediaconvert/account.ts';
import { objectField } from '../mediaconvert/fields.ts';
import type { JobTemplates } from '../mediaconvert/job-templates.ts';
import { type PlannedResource, planChange, type StackOutputs, type StackResource } from './change.ts';
import { parameterValues, parseTemplate, validationError } from './template.ts';

export interface StackInput {
  readonly templateBody: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
}

interface StackEvent {
  readonly id: string;
  readonly at: Date;
  readonly logicalId: string;
  readonly physicalId: string;
  readonly type: string;
  readonly status: string;
  readonly reason: string | undefined;
}

export interface Stack {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
  readonly status: string;
  readonly statusReason: string | undefined;
  readonly input: StackInput;
  readonly parameters: Readonly<Record<string, string>>;
  readonly resources: readonly StackResource[];
  readonly outputs: StackOutputs;
  /** Newest first. */
  readonly events: readonly StackEvent[];
}

const NEVER_UPDATED = new Set(['ROLLBACK_COMPLETE', 'DELETE_COMPLETE']);

export class Stacks {
  /** By id; a deleted stack stays to be described. */
  readonly #byId = new Map<string, Stack>();
  readonly #account: Account;
  readonly #templates: JobTemplates;

  constructor(account: Account, templates: JobTemplates) {
    this.#account = account;
    this.#templates = templates;
  }

  create(name: string, input: StackInput): Stack {
    if (this.list().some((stack) => stack.name === name)) {
      throw new AwsError(400, 'AlreadyExistsException', `stack [${name}] already exists`);
    }
    const id = `arn:aws:cloudformation:${this.#account.region}:${this.#account.accountId}:stack/${name}/${randomUUID()}`;
    const empty: Stack = {
      id,
      name,
      createdAt: new Date(),
      status: 'CREATE_IN_PROGRESS',
      statusReason: undefined,
      input,
      parameters: {},
      resources: [],
      outputs: {},
      events: [],
    };
    return this.#change(empty, input, { done: 'CREATE_COMPLETE', undone: 'ROLLBACK_COMPLETE' });
  }

  update(nameOrId: string, input: StackInput): Stack {
    const stack = this.get(nameOrId);
    if (NEVER_UPDATED.has(stack.status)) {
      throw validationError(`Stack:${stack.id} is in ${stack.status} state and can not be updated.`);
    }
    if (sameInput(stack.input, input)) throw validationError('No updates are to be performed.');
    return this.#change(stack, input, { done: 'UPDATE_COMPLETE', undone: 'UPDATE_ROLLBACK_COMPLETE' });
  }

  /** Deleting a stack that is not there succeeds, as on AWS. */
  delete(nameOrId: string): void {
    const stack = this.#find(nameOrId);
    if (stack === undefined || stack.status === 'DELETE_COMPLETE') return;
    for (const { physicalId } of stack.resources) {
      if (this.#templates.has(physicalId)) this.#templates.delete(physicalId);
    }
    this.#save({ ...stack, resources: [], outputs: {} }, 'DELETE_COMPLETE');
  }

  /** By id, or by name unless it is deleted. */
  get(nameOrId: string): Stack {
    const stack = this.#find(nameOrId);
    if (stack === undefined) throw validationError(`Stack with id ${nameOrId} does not exist`);
    return stack;
  }

  /** All that are not deleted. */
  list(): readonly Stack[] {
    return [...this.#byId.values()].filter(({ status }) => status !== 'DELETE_COMPLETE');
  }

  #find(nameOrId: string): Stack | undefined {
    return this.#byId.get(nameOrId) ?? this.list().find(({ name }) => name === nameOrId);
  }

  #change(stack: Stack, input: StackInput, outcome: { done: string; undone: string }): Stack {
    // A faulty template is the caller's error; a resource that cannot be made is the stack's failure.
    const template = parseTemplate(input.templateBody);
    const parameters = parameterValues(template, input.parameters);
    try {
      const isTaken = (templateName: string) => this.#templates.has(templateName);
      const { planned, outputs } = planChange({
        account: this.#account,
        stack,
        template,
        parameters,
        isTaken,
      });
      this.#apply(stack, planned, input.tags);
      const resources = planned.map(({ body, ...resource }) => resource);
      return this.#save({ ...stack, input, parameters, resources, outputs }, outcome.done);
    } catch (error) {
      if (!(error instanceof AwsError) || error.status === 501) throw error;
      return this.#save(stack, outcome.undone, error.message);
    }
  }

  /**
   * A resource gets the stack's tags in addition to its own, which take precedence.
   *
   * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-console-add-tags.html
   */
  #apply(stack: Stack, planned: readonly PlannedResource[], stackTags: StackInput['tags']): void {
    for (const { physicalId, body } of planned) {
      // Created again, so that a property removed from the template is gone.
      if (this.#templates.has(physicalId)) this.#templates.delete(physicalId);
      const tags = { ...stackTags, ...objectField(body, 'tags') };
      this.#templates.create({ ...body, tags });
    }
    for (const { physicalId } of stack.resources) {
      const isKept = planned.some((resource) => resource.physicalId === physicalId);
      if (!isKept && this.#templates.has(physicalId)) this.#templates.delete(physicalId);
    }
  }

  /** Records the stack's new status, with an event for each resource and for the stack itself. */
  #save(stack: Stack, status: string, statusReason?: string): Stack {
    const event = (logicalId: string, physicalId: string, type: string, reason?: string): StackEvent => ({
      id: randomUUID(),
      at: new Date(),
      logicalId,
      physicalId,
      type,
      status: reason === undefined || type === 'AWS::CloudFormation::Stack' ? status : 'CREATE_FAILED',
      reason,
    });
    const ofResources =
      statusReason === undefined
        ? stack.resources.map(({ logicalId, physicalId, type }) => event(logicalId, physicalId, type))
        : [event('JobTemplate', '', 'AWS::MediaConvert::JobTemplate', statusReason)];
    const ofStack = event(stack.name, stack.id, 'AWS::CloudFormation::Stack', statusReason);
    const saved = { ...stack, status, statusReason, events: [ofStack, ...ofResources, ...stack.events] };
    this.#byId.set(stack.id, saved);
    return saved;
  }
}

function sameInput(before: StackInput, after: StackInput): boolean {
  return JSON.stringify(before) === JSON.stringify(after);
}
