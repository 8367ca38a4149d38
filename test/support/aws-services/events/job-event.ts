/**
 * What MediaConvert tells EventBridge when a job's status changes.
 *
 * @see https://docs.aws.amazon.com/mediaconvert/latest/ug/mediaconvert_event_list.html
 */

import { isObject, listField, objectField } from '../../../../local/aws-api/mediaconvert/fields.ts';
import type { Job } from '../../../../local/aws-api/mediaconvert/jobs.ts';
import type { Json, JsonObject } from '../../../../local/aws-api/mediaconvert/wire-case.ts';
import type { BusEvent } from './event-bus.ts';

/** The event of the job's status as it is now. */
export function jobEvent(job: Job, accountId: string, now: Date): BusEvent {
  return {
    source: 'aws.mediaconvert',
    detailType: 'MediaConvert Job State Change',
    resources: [job.arn],
    detail: {
      timestamp: now.getTime(),
      accountId,
      queue: job.queue,
      jobId: job.id,
      status: job.status,
      userMetadata: job.echoed.userMetadata ?? {},
      ...outcomeOf(job),
    },
  };
}

function outcomeOf({ outcome, settings }: Job): object {
  if (outcome?.status === 'ERROR')
    return { errorCode: outcome.errorCode, errorMessage: outcome.errorMessage };
  if (outcome?.status !== 'COMPLETE') return {};
  const groups = listField(settings, 'outputGroups').filter(isObject);
  const details = outcome.outputGroupDetails.map((group, index) => ({ ...group, ...placeOf(groups[index]) }));
  return { outputGroupDetails: details };
}

/** The event says, unlike GetJob, of what type a group is and where its playlist lies. */
function placeOf(group: JsonObject | undefined): object {
  const settings = group === undefined ? {} : objectField(group, 'outputGroupSettings');
  const type = String(settings.type ?? '').replace(/_SETTINGS$/, '');
  const own = Object.values(settings).find(
    (value: Json | undefined): value is JsonObject => value !== undefined && isObject(value),
  );
  const destination = String(own?.destination ?? '');
  // A destination without a base name takes the input's, which is not known here.
  const hasPlaylist = /^(HLS|CMAF)_GROUP$/.test(type) && !destination.endsWith('/');
  return { type, ...(hasPlaylist && { playlistFilePaths: [`${destination}.m3u8`] }) };
}
