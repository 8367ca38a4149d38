/** What sending reports: events of `npm run upload`, whose file its caller knows. */
import type { EventOfFile } from '../events.ts';

export type SendEvent = EventOfFile<
  'master-present' | 'sending' | 'upload-expired' | 'progress' | 'part-resent' | 'sent'
>;
