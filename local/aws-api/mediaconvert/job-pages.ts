/**
 * ListJobs and SearchJobs: which jobs, in which order, twenty at a time. Pure.
 *
 * @see https://docs.aws.amazon.com/mediaconvert/latest/apireference/jobs.html
 * @see https://docs.aws.amazon.com/mediaconvert/latest/apireference/search.html
 */
import { badRequest } from './errors.ts';
import { isObject, listField } from './fields.ts';
import type { Job } from './jobs.ts';
import type { JsonObject } from './wire-case.ts';

const MAX_PAGE = 20;
const MAX_INPUT_FILE_CHARACTERS = 300;
const STATUSES: readonly Job['status'][] = ['SUBMITTED', 'PROGRESSING', 'COMPLETE', 'CANCELED', 'ERROR'];
const ORDERS = ['ASCENDING', 'DESCENDING'] as const;

/** What SearchJobs is to look for; null when it is not asked for. */
export function inputFileOf(query: URLSearchParams): string | null {
  const inputFile = query.get('inputFile');
  if ((inputFile?.length ?? 0) <= MAX_INPUT_FILE_CHARACTERS) return inputFile;
  throw badRequest(`/inputFile: expected up to ${MAX_INPUT_FILE_CHARACTERS} characters`);
}

/**
 * A page, newest first unless the query says otherwise. A page goes on after the last job of the one before, however many
 * have been submitted meanwhile.
 *
 * @param jobs all, oldest first
 */
export function pageOfJobs<Listed extends Pick<Job, 'id' | 'queue' | 'status' | 'settings'>>(
  jobs: readonly Listed[],
  query: URLSearchParams,
  { queueArn, inputFile }: { readonly queueArn: string | null; readonly inputFile: string | null },
): { readonly jobs: readonly Listed[]; readonly nextToken: string | undefined } {
  const status = oneOf(query, 'status', STATUSES);
  const order = oneOf(query, 'order', ORDERS) ?? 'DESCENDING';
  const size = pageSize(query);
  const token = query.get('nextToken');
  const ordered = order === 'DESCENDING' ? jobs.toReversed() : jobs;
  const start = token === null ? 0 : 1 + ordered.findIndex(({ id }) => tokenOf(id) === token);
  if (token !== null && start === 0) throw badRequest('/nextToken: expected one from a page before');
  const found = ordered
    .slice(start)
    .filter(
      (job) =>
        (queueArn === null || job.queue === queueArn) &&
        (status === null || job.status === status) &&
        (inputFile === null || inputsOf(job.settings).some((input) => isInputFile(input, inputFile))),
    );
  const page = found.slice(0, size);
  const last = found.length > size ? page.at(-1) : undefined;
  return { jobs: page, nextToken: last && tokenOf(last.id) };
}

/** An input's whole address, or a part of its file's name. */
function isInputFile(input: string, searched: string): boolean {
  return input === searched || input.slice(input.lastIndexOf('/') + 1).includes(searched);
}

function inputsOf(settings: JsonObject): readonly string[] {
  return listField(settings, 'inputs').flatMap((input) =>
    isObject(input) && typeof input.fileInput === 'string' ? [input.fileInput] : [],
  );
}

function pageSize(query: URLSearchParams): number {
  const text = query.get('maxResults');
  if (text === null) return MAX_PAGE;
  const size = Number(text);
  if (/^\d{1,2}$/.test(text) && size >= 1 && size <= MAX_PAGE) return size;
  throw badRequest(`/maxResults: expected a whole number from 1 to ${MAX_PAGE}`);
}

function oneOf<Value extends string>(
  query: URLSearchParams,
  name: string,
  values: readonly Value[],
): Value | null {
  const text = query.get(name);
  if (text === null) return null;
  const value = values.find((each) => each === text);
  if (value !== undefined) return value;
  throw badRequest(`/${name}: expected one of ${values.join(', ')}`);
}

/** Says nothing to a client that would count it up. */
function tokenOf(id: string): string {
  return Buffer.from(id).toString('base64url');
}
