/** `AWS::MediaConvert::JobTemplate`: its properties become a job template of the MediaConvert API. */
import { isObject, stringMap } from '../mediaconvert/fields.ts';
import { type JsonObject, misspelledName, toCamelCase } from '../mediaconvert/wire-case.ts';
import { validationError } from './template.ts';

const OPTIONAL_TEXTS = { Category: 'category', Description: 'description', Queue: 'queue' } as const;
const KNOWN = new Set([
  ...Object.keys(OPTIONAL_TEXTS),
  'AccelerationSettings',
  'HopDestinations',
  'Name',
  'Priority',
  'SettingsJson',
  'StatusUpdateInterval',
  'Tags',
]);

/**
 * The body of CreateJobTemplate that makes this resource.
 *
 * @throws AwsError ValidationError; `SettingsJson` must be spelled in PascalCase, unlike on the REST wire
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-mediaconvert-jobtemplate.html
 */
export function jobTemplateBody(properties: JsonObject, defaultName: string): JsonObject {
  const unknown = Object.keys(properties).find((name) => !KNOWN.has(name));
  if (unknown !== undefined) throw validationError(`extraneous key [${unknown}] is not permitted`);
  const settings = readSettings(properties.SettingsJson);
  const { Name, Priority, StatusUpdateInterval, AccelerationSettings, HopDestinations, Tags } = properties;
  return {
    name: typeof Name === 'string' ? Name : defaultName,
    settings,
    ...texts(properties),
    ...(Priority === undefined ? {} : { priority: Number(Priority) }),
    ...(StatusUpdateInterval === undefined ? {} : { statusUpdateInterval: StatusUpdateInterval }),
    ...(AccelerationSettings === undefined
      ? {}
      : { accelerationSettings: toCamelCase(AccelerationSettings) }),
    ...(HopDestinations === undefined ? {} : { hopDestinations: toCamelCase(HopDestinations) }),
    ...(Tags === undefined ? {} : { tags: stringMap(properties, 'Tags') }),
  };
}

function readSettings(settings: JsonObject[string] | undefined): JsonObject {
  if (!isObject(settings)) throw validationError('SettingsJson: expected a JSON object');
  const wrong = misspelledName(settings, 'PascalCase', '/SettingsJson');
  if (wrong !== null)
    throw validationError(`${wrong}: expected PascalCase, as CloudFormation spells settings`);
  return toCamelCase(settings) as JsonObject;
}

function texts(properties: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(OPTIONAL_TEXTS).flatMap(([from, to]) => {
      const value = properties[from];
      return value === undefined ? [] : [[to, String(value)]];
    }),
  );
}
