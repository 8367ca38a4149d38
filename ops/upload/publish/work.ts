/** One piece of work, and by what its job is recognised. Pure. */
import { createHash } from 'node:crypto';
import type { LanguageCode } from '@aws-sdk/client-mediaconvert';
import type { ClaimInputs } from '../../library/claim.ts';
import type { ClaimPlace, WorkHashes } from '../../library/places.ts';

/** Captions beside the master, as a job takes them. */
export interface CaptionsFile {
  /** ISO 639-2 in capital letters, as MediaConvert spells it. */
  readonly languageCode: LanguageCode;
  /** What the player's menu shows. */
  readonly label: string;
  readonly path: string;
  /** Hex. */
  readonly sha256: string;
  /** MediaConvert goes by it. */
  readonly extension: 'vtt' | 'srt' | 'ttml';
}

export interface Work {
  readonly hashes: WorkHashes;
  /** `given` by a person, or derived from the file's name: then a taken one gets a number. */
  readonly id: { readonly value: string; readonly given: boolean };
  readonly title: string;
  readonly inputs: ClaimInputs;
}

/**
 * What the job's `UserMetadata` says of the work: a search for the master's jobs finds this one by it. MediaConvert takes
 * values of 256 characters, of letters, digits, spaces and `_ . : / = + - @`.
 *
 * @see https://docs.aws.amazon.com/mediaconvert/latest/ug/user-metadata-tags.html
 */
export function jobMetadata(
  { name }: ClaimPlace,
  attempt: number,
): Readonly<Record<'claim' | 'attempt', string>> {
  return { claim: name, attempt: String(attempt) };
}

/** What a job is begun for. The bucket tells environments of one account apart: their claims have the same keys. */
export interface JobIdentity {
  readonly place: ClaimPlace;
  readonly masterUri: string;
  readonly attempt: number;
}

/**
 * By the master, the claim and the attempt alone, and not by the whole input: two callers whose configurations differ in what does not
 * decide the output, such as the job's priority, must not get two jobs.
 *
 * @see https://docs.aws.amazon.com/mediaconvert/latest/apireference/idempotency.html
 */
export function jobToken({ place, masterUri, attempt }: JobIdentity): string {
  return createHash('sha256').update(`${masterUri} ${place.key}#${attempt}`).digest('hex');
}
