/** A job's settings before it runs: merged with its template and checked. */
import { notImplemented } from '../aws-error.ts';
import { badRequest } from './errors.ts';
import { isObject, listField, objectField, optionalString } from './fields.ts';
import { type Json, type JsonObject, misspelledName } from './wire-case.ts';

/**
 * The job's settings over its template's. Inputs are laid over the template's input in the same place; output groups
 * come whole from the job or whole from the template.
 *
 * @throws AwsError 501 for an output group that gives only part of the template's
 */
export function mergeTemplate(template: JsonObject, job: JsonObject): JsonObject {
  const templateInputs = listField(template, 'inputs');
  const inputs = listField(job, 'inputs').map((input, index) => ({
    ...asObject(templateInputs[index] ?? {}, `/settings/inputs/${index}`),
    ...asObject(input, `/settings/inputs/${index}`),
  }));
  const partial = listField(job, 'outputGroups').findIndex(
    (group) => isObject(group) && group.outputs === undefined,
  );
  if (partial !== -1) {
    throw notImplemented(`merging the partial output group ${partial} of a job into its template's`);
  }
  return { ...template, ...job, inputs };
}

/** @throws AwsError BadRequestException naming the first setting that is missing */
export function requireRunnable(settings: JsonObject): void {
  const wrong = misspelledName(settings, 'camelCase', '/settings');
  if (wrong !== null) throw badRequest(`${wrong}: expected camelCase, as the REST API spells it`);
  const inputs = listField(settings, 'inputs');
  if (inputs.length === 0) throw badRequest('/settings/inputs: expected at least one');
  inputs.forEach((input, index) => {
    const path = `/settings/inputs/${index}`;
    const fileInput = optionalString(asObject(input, path), 'fileInput');
    if (!fileInput?.startsWith('s3://')) throw badRequest(`${path}/fileInput: expected an s3:// address`);
  });
  const groups = listField(settings, 'outputGroups');
  if (groups.length === 0) throw badRequest('/settings/outputGroups: expected at least one');
  groups.forEach((group, index) => {
    requireCompleteGroup(
      asObject(group, `/settings/outputGroups/${index}`),
      `/settings/outputGroups/${index}`,
    );
  });
}

function requireCompleteGroup(group: JsonObject, path: string): void {
  if (listField(group, 'outputs').length === 0) throw badRequest(`${path}/outputs: expected at least one`);
  const groupSettings = objectField(group, 'outputGroupSettings');
  const type = optionalString(groupSettings, 'type');
  if (type === undefined) throw badRequest(`${path}/outputGroupSettings/type: required`);
  // HLS_GROUP_SETTINGS has its settings in hlsGroupSettings.
  const name = type.toLowerCase().replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const destination = optionalString(objectField(groupSettings, name), 'destination');
  if (!destination?.startsWith('s3://')) {
    throw badRequest(`${path}/outputGroupSettings/${name}/destination: expected an s3:// address`);
  }
}

function asObject(value: Json, path: string): JsonObject {
  if (!isObject(value)) throw badRequest(`${path}: expected an object`);
  return value;
}
