/** CloudFormation's query API: form in, XML out. */
import { randomUUID } from 'node:crypto';
import type { ApiAnswer, ApiRequest } from '../api-request.ts';
import { AwsError, notImplemented } from '../aws-error.ts';
import { ownValue } from '../own.ts';
import { element } from '../xml.ts';
import type { Stack, StackInput, Stacks } from './stacks.ts';
import { validationError } from './template.ts';

const NAMESPACE = 'http://cloudformation.amazonaws.com/doc/2010-05-15/';

/** Answers one call. */
export function handleCloudFormation(stacks: Stacks, request: ApiRequest): ApiAnswer {
  const form = new URLSearchParams(request.body);
  const action = form.get('Action') ?? '';
  const result = resultXml(stacks, action, form);
  const metadata = `<ResponseMetadata>${element('RequestId', randomUUID())}</ResponseMetadata>`;
  return {
    status: 200,
    headers: { 'content-type': 'text/xml' },
    body: `<${action}Response xmlns="${NAMESPACE}"><${action}Result>${result}</${action}Result>${metadata}</${action}Response>`,
  };
}

function resultXml(stacks: Stacks, action: string, form: URLSearchParams): string {
  const stackName = form.get('StackName') ?? '';
  switch (action) {
    case 'CreateStack':
      return element('StackId', stacks.create(requireName(stackName), readInput(form)).id);
    case 'UpdateStack':
      return element(
        'StackId',
        stacks.update(requireName(stackName), readInput(form, stacks.get(stackName))).id,
      );
    case 'DeleteStack':
      stacks.delete(requireName(stackName));
      return '';
    case 'DescribeStacks': {
      const found = stackName === '' ? stacks.list() : [stacks.get(stackName)];
      return `<Stacks>${found.map(stackXml).join('')}</Stacks>`;
    }
    case 'DescribeStackEvents':
      return eventsXml(stacks.get(requireName(stackName)));
    case 'DescribeStackResources':
      return resourcesXml(stacks.get(requireName(stackName)));
    case 'GetTemplate': {
      const { templateBody } = stacks.get(requireName(stackName)).input;
      return `${element('TemplateBody', templateBody)}<StagesAvailable>${element('member', 'Original')}</StagesAvailable>`;
    }
    default:
      throw notImplemented(`CloudFormation ${action}`);
  }
}

function requireName(name: string): string {
  if (name === '') throw validationError('StackName is required');
  return name;
}

function readInput(form: URLSearchParams, before?: Stack): StackInput {
  if (form.has('TemplateURL')) throw notImplemented('CloudFormation TemplateURL');
  const usesPrevious = form.get('UsePreviousTemplate') === 'true' && before !== undefined;
  const templateBody = usesPrevious ? before.input.templateBody : form.get('TemplateBody');
  if (templateBody === null) throw new AwsError(400, 'ValidationError', 'TemplateBody is required');
  return {
    templateBody,
    parameters: readPairs(form, 'Parameters', 'ParameterKey', 'ParameterValue', before?.parameters),
    tags: form.has('Tags.member.1.Key')
      ? readPairs(form, 'Tags', 'Key', 'Value')
      : (before?.input.tags ?? {}),
  };
}

/** `<list>.member.<n>.<key>` and its value, as the query protocol writes a list of pairs. */
function readPairs(
  form: URLSearchParams,
  list: string,
  keyName: string,
  valueName: string,
  previous: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const pairs = new Map<string, string>();
  for (let index = 1; ; index++) {
    const member = `${list}.member.${index}`;
    const key = form.get(`${member}.${keyName}`);
    if (key === null) return Object.fromEntries(pairs);
    const keepsPrevious = form.get(`${member}.UsePreviousValue`) === 'true';
    const value = keepsPrevious ? ownValue(previous, key) : form.get(`${member}.${valueName}`);
    pairs.set(key, value ?? '');
  }
}

function stackXml(stack: Stack): string {
  const parameters = Object.entries(stack.parameters).map(([key, value]) =>
    pair('ParameterKey', key, 'ParameterValue', value),
  );
  const tags = Object.entries(stack.input.tags).map(([key, value]) => pair('Key', key, 'Value', value));
  const outputs = Object.entries(stack.outputs).map(([key, { value, description }]) =>
    pair(
      'OutputKey',
      key,
      'OutputValue',
      value,
      description === undefined ? '' : element('Description', description),
    ),
  );
  return member(
    element('StackId', stack.id),
    element('StackName', stack.name),
    element('CreationTime', stack.createdAt.toISOString()),
    element('StackStatus', stack.status),
    stack.statusReason === undefined ? '' : element('StackStatusReason', stack.statusReason),
    element('DisableRollback', 'false'),
    `<Parameters>${parameters.join('')}</Parameters><Outputs>${outputs.join('')}</Outputs><Tags>${tags.join('')}</Tags>`,
  );
}

function eventsXml(stack: Stack): string {
  const events = stack.events.map((event) =>
    member(
      element('StackId', stack.id),
      element('StackName', stack.name),
      element('EventId', event.id),
      element('LogicalResourceId', event.logicalId),
      element('PhysicalResourceId', event.physicalId),
      element('ResourceType', event.type),
      element('Timestamp', event.at.toISOString()),
      element('ResourceStatus', event.status),
      event.reason === undefined ? '' : element('ResourceStatusReason', event.reason),
    ),
  );
  return `<StackEvents>${events.join('')}</StackEvents>`;
}

function resourcesXml(stack: Stack): string {
  const resources = stack.resources.map(({ logicalId, physicalId, type }) =>
    member(
      element('StackId', stack.id),
      element('StackName', stack.name),
      element('LogicalResourceId', logicalId),
      element('PhysicalResourceId', physicalId),
      element('ResourceType', type),
      element('Timestamp', stack.createdAt.toISOString()),
      element('ResourceStatus', stack.status),
    ),
  );
  return `<StackResources>${resources.join('')}</StackResources>`;
}

function pair(keyName: string, key: string, valueName: string, value: string, more = ''): string {
  return member(element(keyName, key), element(valueName, value), more);
}

function member(...children: string[]): string {
  return `<member>${children.join('')}</member>`;
}
