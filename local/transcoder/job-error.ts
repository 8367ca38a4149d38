/**
 * A job's failure in MediaConvert's terms.
 *
 * @see https://docs.aws.amazon.com/mediaconvert/latest/ug/mediaconvert_error_codes.html
 */
import { S3ServiceException } from '@aws-sdk/client-s3';
import { type VideoRefusal, VideoRefusedError } from '../../ops/probe/probe.ts';
import { CaptionsRefusedError } from './captions/cue.ts';
import { UnsupportedSettingError } from './supported-settings.ts';

const INPUT_ERROR = 1010;
const VIDEO_ERROR = 1020;
const CAPTIONS_ERROR = 1022;
const UNSUPPORTED_CODEC = 1030;
const SETTINGS_ERROR = 1040;
const SOURCE_READ_ERROR = 1076;
const S3_PERMISSIONS_ISSUE = 1401;
const S3_FILE_OPEN_ERROR = 1404;
const UNKNOWN_ERROR = 1999;

/** What is not here cannot be opened at all. */
const REFUSAL_ERRORS: { readonly [Code in VideoRefusal]?: number } = {
  NO_PICTURE: VIDEO_ERROR,
  CUT_OFF: SOURCE_READ_ERROR,
  CANNOT_DECODE: UNSUPPORTED_CODEC,
  // "The encoding settings aren't compatible with the input": the bound is one of the job's settings.
  TOO_LONG: SETTINGS_ERROR,
  TOO_LARGE: UNSUPPORTED_CODEC,
  TOO_MANY_STREAMS: UNSUPPORTED_CODEC,
  TOO_DENSE: UNSUPPORTED_CODEC,
};

/** MediaConvert's code and a message of one line for whatever ended a job. */
export function describeFailure(cause: unknown): { errorCode: number; errorMessage: string } {
  const message = cause instanceof Error ? cause.message : String(cause);
  return { errorCode: errorCode(cause), errorMessage: message.split('\n')[0] || 'unknown error' };
}

function errorCode(cause: unknown): number {
  if (cause instanceof UnsupportedSettingError) return SETTINGS_ERROR;
  if (cause instanceof CaptionsRefusedError) return CAPTIONS_ERROR;
  if (cause instanceof VideoRefusedError) {
    return REFUSAL_ERRORS[cause.code] ?? INPUT_ERROR;
  }
  if (cause instanceof S3ServiceException) {
    const status = cause.$metadata.httpStatusCode;
    if (status === 401 || status === 403) return S3_PERMISSIONS_ISSUE;
    if (status === 404) return S3_FILE_OPEN_ERROR;
  }
  return UNKNOWN_ERROR;
}
