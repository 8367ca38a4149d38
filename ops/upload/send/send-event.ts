/** What sending reports: events of `npm run upload`, whose file its caller knows. */
import type { UploadEvent } from '../events.ts';

type WithoutFile<Event> = Event extends unknown ? Omit<Event, 'file'> : never;

export type SendEvent = WithoutFile<
  Extract<
    UploadEvent,
    {
      event: 'master-present' | 'sending' | 'upload-expired' | 'progress' | 'part-resent' | 'sent';
    }
  >
>;
