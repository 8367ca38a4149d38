/** One sentence for each event of an upload, as a person reads it. Pure. */
import prettyBytes from 'pretty-bytes';
import { span } from '../text/span.ts';
import type { UploadEvent } from './events.ts';
import type { FileEvent } from './publish/ensure-job.ts';
import { addressText } from './signed-address.ts';

/** Powers of ten, as S3's invoices and file managers count. */
function bytesText(bytes: number): string {
  return prettyBytes(bytes, { space: true, nonBreakingSpace: false });
}

export function sentenceOf(event: UploadEvent): string {
  return `${event.file}: ${sentenceWithoutFile(event)}`;
}

export function sentenceWithoutFile(event: FileEvent): string {
  switch (event.event) {
    case 'checking':
      return `${percentOf(event.readBytes, event.bytes)} % ${STEPS[event.step]}${speedText(event)}`;
    case 'accepted':
      return `accepted as "${event.id}" (${span(event.durationSeconds * 1000)}, ${bytesText(event.bytes)})`;
    case 'refused':
      return `refused: ${event.text}`;
    case 'master-present':
      return 'this master is in S3 already; nothing is sent';
    case 'sending':
      return `sending ${bytesText(event.bytes - event.presentBytes)}${presentText(event.presentBytes)}${endsText(event.endsAt)}`;
    case 'upload-expired':
      return `the upload that began ${event.startedAt} was not finished in time, and the bucket's lifecycle rule ended it; sending everything again`;
    case 'progress':
      return `${percentOf(event.sentBytes, event.bytes)} % sent${speedText(event)}`;
    case 'part-resent':
      return `part ${event.partNumber} is sent again: ${event.why}`;
    case 'sent':
      return `sent ${bytesText(event.sentBytes)}`;
    case 'job-submitted':
      return `MediaConvert job ${event.jobId} makes "${event.id}"`;
    case 'job-found':
      return `MediaConvert job ${event.jobId} makes "${event.id}" already; following it`;
    case 'same-master':
      return `this file is the master of "${event.id}" (${event.title}); no second title is made of it`;
    case 'job-unreachable':
      return `MediaConvert does not answer about job ${event.jobId} (${event.why}); the job continues, and so does this command`;
    case 'transcoding':
      return `${PHASES[event.phase ?? 'PROBING']}${event.percent === null ? '' : `, ${event.percent} %`}`;
    case 'no-storyboard':
      return `no storyboard is made of "${event.id}": ${event.why}; the title goes on air without it`;
    case 'live':
      return `${event.isNew ? 'live' : 'live already'} as "${event.id}": ${event.playlistPath}${addressText(event)}`;
    case 'failed':
      return `failed: ${event.text}`;
  }
}

const STEPS = {
  probing: 'checked',
  rewriting: 'rewritten',
  hashing: 'hashed',
} as const;

const PHASES = {
  PROBING: 'MediaConvert reads the master',
  TRANSCODING: 'transcoding',
  UPLOADING: 'MediaConvert writes the outputs',
} as const;

function presentText(presentBytes: number): string {
  return presentBytes === 0 ? '' : `; ${bytesText(presentBytes)} are in S3 already`;
}

function endsText(endsAt: string | null): string {
  return endsAt === null ? '' : `; an interrupted upload can be continued until ${endsAt}`;
}

export function percentOf(done: number, all: number): number {
  return all === 0 ? 100 : Math.floor((done / all) * 100);
}

function speedText({
  bytesPerSecond,
  secondsLeft,
}: {
  readonly bytesPerSecond: number;
  readonly secondsLeft: number | null;
}): string {
  const left = secondsLeft === null ? '' : `, ${span(secondsLeft * 1000)} left`;
  return `, ${bytesText(Math.round(bytesPerSecond))}/s${left}`;
}
