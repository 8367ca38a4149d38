/** A CloudFormation template, as far as a stack of job templates needs one: JSON, parameters, Ref and Fn::GetAtt. */
import { AwsError, notImplemented } from '../aws-error.ts';
import { isObject } from '../mediaconvert/fields.ts';
import type { Json, JsonObject } from '../mediaconvert/wire-case.ts';
import { ownValue } from '../own.ts';

export interface Template {
  readonly parameters: JsonObject;
  /** By logical id. */
  readonly resources: Readonly<Record<string, { readonly type: string; readonly properties: JsonObject }>>;
  readonly outputs: JsonObject;
}

/** What `Ref` and `Fn::GetAtt` give. */
export interface Names {
  readonly ref: (name: string) => string | undefined;
  readonly getAtt: (logicalId: string, attribute: string) => string | undefined;
}

const SECTIONS = new Set([
  'AWSTemplateFormatVersion',
  'Description',
  'Metadata',
  'Parameters',
  'Resources',
  'Outputs',
]);

/** CloudFormation's word for every fault of a template or a call. */
export function validationError(message: string): AwsError {
  return new AwsError(400, 'ValidationError', message);
}

/** @throws AwsError ValidationError, or 501 for sections and resource types that are not done here */
export function parseTemplate(body: string): Template {
  if (!body.trimStart().startsWith('{')) throw notImplemented('CloudFormation templates in YAML');
  const document = parseJson(body);
  const unknown = Object.keys(document).find((section) => !SECTIONS.has(section));
  if (unknown !== undefined) throw notImplemented(`the CloudFormation template section ${unknown}`);
  const resources = Object.entries(section(document, 'Resources')).map(([logicalId, resource]) => {
    if (!isObject(resource) || typeof resource.Type !== 'string')
      throw validationError(`resource ${logicalId} has no Type`);
    if (resource.Type !== 'AWS::MediaConvert::JobTemplate')
      throw notImplemented(`the CloudFormation type ${resource.Type}`);
    return [logicalId, { type: resource.Type, properties: section(resource, 'Properties') }] as const;
  });
  if (resources.length === 0) throw validationError('at least one Resources member must be defined');
  return {
    parameters: section(document, 'Parameters'),
    resources: Object.fromEntries(resources),
    outputs: section(document, 'Outputs'),
  };
}

/** The value with every intrinsic function replaced by what it gives. */
export function resolve(value: Json, names: Names): Json {
  if (Array.isArray(value)) return value.map((item) => resolve(item, names));
  if (!isObject(value)) return value;
  const [name, argument] = Object.entries(value)[0] ?? [];
  if (name === 'Ref' && typeof argument === 'string') {
    return names.ref(argument) ?? unresolved(argument);
  }
  if (name === 'Fn::GetAtt' && argument !== undefined) {
    const [logicalId = '', attribute = ''] = Array.isArray(argument)
      ? argument.map(String)
      : String(argument).split('.');
    return names.getAtt(logicalId, attribute) ?? unresolved(`${logicalId}.${attribute}`);
  }
  if (name?.startsWith('Fn::')) throw notImplemented(`the CloudFormation function ${name}`);
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, resolve(child, names)]));
}

/** Values of the declared parameters: given, else default. */
export function parameterValues(
  template: Template,
  given: Readonly<Record<string, string>>,
): Record<string, string> {
  const undeclared = Object.keys(given).find((name) => !Object.hasOwn(template.parameters, name));
  if (undeclared !== undefined)
    throw validationError(`parameter ${undeclared} does not exist in the template`);
  return Object.fromEntries(
    Object.entries(template.parameters).map(([name, declaration]) => {
      const value = ownValue(given, name) ?? (isObject(declaration) ? declaration.Default : undefined);
      if (value === undefined) throw validationError(`parameter ${name} must have a value`);
      return [name, String(value)];
    }),
  );
}

function parseJson(body: string): JsonObject {
  try {
    const document = JSON.parse(body) as Json;
    if (isObject(document)) return document;
  } catch {
    // Falls through: the parser's message would quote the template.
  }
  throw validationError('template format error: JSON not well-formed');
}

function section(parent: JsonObject, name: string): JsonObject {
  const value = parent[name] ?? {};
  if (!isObject(value)) throw validationError(`template format error: ${name} must be an object`);
  return value;
}

function unresolved(name: string): never {
  throw validationError(`template error: unresolved reference ${name}`);
}
