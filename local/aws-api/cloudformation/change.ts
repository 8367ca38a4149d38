/** Works out what a template makes of a stack: its resources under their names, and its outputs. Touches nothing. */
import { randomBytes } from 'node:crypto';
import { AwsError } from '../aws-error.ts';
import { type Account, mediaConvertArn } from '../mediaconvert/account.ts';
import { isObject } from '../mediaconvert/fields.ts';
import type { JsonObject } from '../mediaconvert/wire-case.ts';
import { ownValue } from '../own.ts';
import { jobTemplateBody } from './job-template-resource.ts';
import { type Names, resolve, type Template, validationError } from './template.ts';

export interface StackResource {
  readonly logicalId: string;
  readonly type: string;
  /** The job template's name. */
  readonly physicalId: string;
}

export interface PlannedResource extends StackResource {
  /** Body of CreateJobTemplate. */
  readonly body: JsonObject;
}

export type StackOutputs = Readonly<Record<string, { value: string; description: string | undefined }>>;

export interface ChangeInput {
  readonly account: Account;
  /** The stack as it is. */
  readonly stack: {
    readonly id: string;
    readonly name: string;
    readonly resources: readonly StackResource[];
  };
  readonly template: Template;
  readonly parameters: Readonly<Record<string, string>>;
  /** Whether a job template of this name exists. */
  readonly isTaken: (name: string) => boolean;
}

/** @throws AwsError for the first resource or output that cannot be made */
export function planChange(input: ChangeInput): {
  planned: readonly PlannedResource[];
  outputs: StackOutputs;
} {
  const planned: PlannedResource[] = [];
  for (const [logicalId, { type, properties }] of Object.entries(input.template.resources)) {
    const resolved = resolve(properties, namesOf(input, planned));
    const body = jobTemplateBody(
      isObject(resolved) ? resolved : {},
      defaultName(input, logicalId, properties),
    );
    const physicalId = String(body.name);
    const isOwn = input.stack.resources.some((resource) => resource.physicalId === physicalId);
    const isTwice = planned.some((resource) => resource.physicalId === physicalId);
    if (isTwice || (input.isTaken(physicalId) && !isOwn)) {
      throw new AwsError(
        409,
        'AlreadyExists',
        `${logicalId}: a job template named ${physicalId} already exists`,
      );
    }
    planned.push({ logicalId, type, physicalId, body });
  }
  return { planned, outputs: outputsOf(input, planned) };
}

/** The name of a resource that has none of its own: generated once, then kept for life. */
function defaultName({ stack }: ChangeInput, logicalId: string, properties: JsonObject): string {
  const before = stack.resources.find((resource) => resource.logicalId === logicalId);
  if (before !== undefined && properties.Name === undefined) return before.physicalId;
  return `${stack.name}-${logicalId}-${randomBytes(6).toString('hex')}`;
}

function outputsOf(input: ChangeInput, planned: readonly PlannedResource[]): StackOutputs {
  const names = namesOf(input, planned);
  return Object.fromEntries(
    Object.entries(input.template.outputs).map(([key, output]) => {
      const value = isObject(output) && output.Value !== undefined ? resolve(output.Value, names) : undefined;
      if (typeof value !== 'string') throw validationError(`output ${key} must have a string Value`);
      const description =
        isObject(output) && typeof output.Description === 'string' ? output.Description : undefined;
      return [key, { value, description }];
    }),
  );
}

/** What Ref and Fn::GetAtt give: parameters, pseudo parameters, and the resources planned so far. */
function namesOf({ account, stack, parameters }: ChangeInput, resources: readonly StackResource[]): Names {
  const physicalId = (logicalId: string) =>
    resources.find((each) => each.logicalId === logicalId)?.physicalId;
  const pseudo: Readonly<Record<string, string>> = {
    'AWS::AccountId': account.accountId,
    'AWS::Partition': 'aws',
    'AWS::Region': account.region,
    'AWS::StackId': stack.id,
    'AWS::StackName': stack.name,
  };
  return {
    ref: (name) => ownValue(parameters, name) ?? ownValue(pseudo, name) ?? physicalId(name),
    getAtt: (logicalId, attribute) => {
      const name = physicalId(logicalId);
      if (name === undefined) return undefined;
      if (attribute === 'Name') return name;
      return attribute === 'Arn' ? mediaConvertArn(account, 'jobTemplates', name) : undefined;
    },
  };
}
