/** Instants, as people type them and as they read them. */

import { spell } from '../verify/hints.ts';
import { MisuseError } from './command.ts';

/** A time without a zone would mean another instant on every machine. */
const ISO_WITH_ZONE = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)$/;

/** @throws MisuseError for anything but ISO 8601 with a zone, or epoch seconds */
export function parseInstant(option: string, text: string): Date {
  const isEpochSeconds = /^\d{1,10}$/.test(text);
  const instant = new Date(
    isEpochSeconds ? Number(text) * 1000 : ISO_WITH_ZONE.test(text) ? text : Number.NaN,
  );
  if (Number.isNaN(instant.getTime())) {
    throw new MisuseError(
      `${option} must be a time with its zone, such as 2026-11-20T12:00:00Z, or epoch seconds`,
    );
  }
  return instant;
}

/** `2026-11-20 12:00:00 UTC` */
export function spellInstant(instant: Date): string {
  return `${instant.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** `3 minutes ago`, `in 4 hours`, `now`; whole seconds, as CloudFront counts. */
export function spellDistance(instant: Date, now: Date): string {
  const seconds = Math.floor(instant.getTime() / 1000) - Math.floor(now.getTime() / 1000);
  if (seconds === 0) return 'now';
  return seconds > 0 ? `in ${spell(seconds)}` : `${spell(-seconds)} ago`;
}
