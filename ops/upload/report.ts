/** How the events of an upload reach a person or a program: lines, lines that are drawn again, or JSON. */
import { createLogUpdate } from 'log-update';
import { printable, printableLine } from '../../envs/printable.ts';
import type { UploadEvent } from './events.ts';
import { percentOf, sentenceOf } from './sentences.ts';

export interface Report {
  readonly tell: (event: UploadEvent) => void;
  /** Ends what is drawn again; safe to call twice. */
  readonly end: () => void;
}

export interface ReportOptions {
  readonly output: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly json: boolean;
  readonly now: () => Date;
}

/** Without a terminal a file's progress is told when it has gone this much further, or after this long. */
const STEP_PERCENT = 10;
const STEP_MILLISECONDS = 30_000;

export function createReport({ output, json, now }: ReportOptions): Report {
  if (json) return { tell: (event) => writeLine(output, jsonOf(event, now())), end: () => undefined };
  return output.isTTY ? redrawnReport(output) : plainReport(output, now);
}

/** One event as a line of `--json`; its sentence is `message`. */
function jsonOf(event: UploadEvent, at: Date): string {
  return JSON.stringify({ at: at.toISOString(), ...event, message: sentenceOf(event) });
}

/** What is replaced by the next one of its kind; null for what has happened, and is told for good. */
function progressOf(event: UploadEvent): { readonly kind: string; readonly percent: number } | null {
  switch (event.event) {
    case 'checking':
      return { kind: event.step, percent: percentOf(event.readBytes, event.bytes) };
    case 'progress':
      return { kind: 'sending', percent: percentOf(event.sentBytes, event.bytes) };
    case 'transcoding':
      return { kind: 'transcoding', percent: event.percent ?? 0 };
    default:
      return null;
  }
}

/** What has happened scrolls away; below it, a line for each file that is being sent or transcoded. */
function redrawnReport(output: NodeJS.WritableStream): Report {
  const draw = createLogUpdate(output as NodeJS.WriteStream);
  const underWay = new Map<string, string>();
  const redraw = () => draw([...underWay.values()].join('\n'));
  return {
    tell: (event) => {
      const line = printableLine(sentenceOf(event));
      if (progressOf(event) !== null) {
        underWay.set(event.file, line);
      } else {
        underWay.delete(event.file);
        draw.persist(line);
      }
      redraw();
    },
    end: () => {
      underWay.clear();
      draw.clear();
      draw.done();
    },
  };
}

function plainReport(output: NodeJS.WritableStream, now: () => Date): Report {
  const told = new Map<string, { readonly step: number; readonly at: number; readonly kind: string }>();
  const isDue = (event: UploadEvent): boolean => {
    const progress = progressOf(event);
    if (progress === null) return true;
    const { kind, percent } = progress;
    const before = told.get(event.file);
    const step = Math.floor(percent / STEP_PERCENT);
    const at = now().getTime();
    const isNew = before === undefined || before.kind !== kind;
    if (!isNew && step === before.step && at - before.at < STEP_MILLISECONDS) return false;
    told.set(event.file, { step, at, kind });
    return true;
  };
  return {
    tell: (event) => {
      if (isDue(event)) writeLine(output, printableLine(sentenceOf(event)));
    },
    end: () => undefined,
  };
}

function writeLine(output: NodeJS.WritableStream, line: string): void {
  output.write(`${printable(line)}\n`);
}
