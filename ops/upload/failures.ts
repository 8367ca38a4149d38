/** The failures of single files, each with its code and a line that says what to do. */
import { PlaybackError } from '@storytime/playback';
import { libraryFailureText } from '../library/failures.ts';
import { ToolMissingError } from '../probe/probe.ts';
import { PublishFailed } from './publish/failed.ts';
import { UploadRefused } from './refused.ts';
import { SendFailed } from './send/send-failed.ts';
import type { Failure } from './upload-files.ts';

/** Null for a defect of ours, which shows its stack. */
export function uploadFailure(error: unknown): Failure | null {
  if (error instanceof UploadRefused) {
    return { outcome: 'refused', id: null, code: error.code, text: error.message };
  }
  if (error instanceof PublishFailed) {
    return { outcome: 'failed', id: error.id, code: error.code, text: error.message };
  }
  if (error instanceof SendFailed) {
    return { outcome: 'failed', id: null, code: error.code, text: error.message };
  }
  if (error instanceof ToolMissingError) {
    return { outcome: 'failed', id: null, code: 'TOOL_MISSING', text: error.message };
  }
  if (error instanceof PlaybackError) {
    return { outcome: 'failed', id: null, code: error.code, text: error.message };
  }
  const text = libraryFailureText(error);
  if (text === null) return null;
  const name = error instanceof Error ? error.name : 'AWS';
  return { outcome: 'failed', id: null, code: name, text };
}
