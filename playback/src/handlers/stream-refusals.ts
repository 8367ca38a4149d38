/** Why a stream is not admitted, as answers. */

import { type Refusal, refusal } from '../http/answers.ts';
import type { Admission } from '../store/store.ts';

export const NO_DEVICE = refusal(403, 'DEVICE_NOT_REGISTERED', 'This device is no longer registered');

/** @returns `undefined` for a stream that is admitted */
export function refusalOf(admission: Admission): Refusal | undefined {
  if (admission.admitted) return undefined;
  if (admission.reason === 'unknown-device') return NO_DEVICE;
  return refusal(403, 'STREAM_LIMIT_EXCEEDED', 'Too many videos are playing. Please stop another one.', {
    fields: { streams: admission.streams.length },
  });
}
