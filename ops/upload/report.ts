/** How the events of an upload reach a person or a program: lines, lines that are drawn again, or JSON. */
import { createLogUpdate } from 'log-update';
import { printable, printableJson, printableLine } from '../../envs/printable.ts';
import type { UploadEvent } from './events.ts';
import { percentOf, sentenceOf } from './sentences.ts';
import { type Outcome, summaryOf } from './upload-files.ts';

export interface Report {
  readonly tell: (event: UploadEvent) => void;
  /**
   * Ends what is drawn again, then tells what became of every file.
   *
   * @param outcomes - omit them where not every file has come to its end
   */
  readonly end: (outcomes?: readonly Outcome[]) => void;
}

export interface ReportOptions {
  readonly output: NodeJS.WritableStream & {
    readonly isTTY?: boolean;
    readonly columns?: number;
    readonly rows?: number;
  };
  readonly json: boolean;
  readonly now: () => Date;
}

/** Without a terminal a file's progress is told when it has gone this much further, or after this long. */
const STEP_PERCENT = 10;
const STEP_MILLISECONDS = 30_000;

export function createReport({ output, json, now }: ReportOptions): Report {
  if (json) return jsonReport(output, now);
  return isDrawable(output) ? redrawnReport(output) : plainReport(output, now);
}

/** A terminal of no size, as some services give to what they start, would show nothing of lines that are drawn. */
function isDrawable({ isTTY, columns, rows }: ReportOptions['output']): boolean {
  return isTTY === true && columns !== 0 && rows !== 0;
}

function jsonReport(output: NodeJS.WritableStream, now: () => Date): Report {
  const write = (event: object) => output.write(`${printableJson({ at: now().toISOString(), ...event })}\n`);
  return {
    tell: (event) => write({ ...event, message: sentenceOf(event) }),
    end: (outcomes) => {
      if (outcomes !== undefined) write({ event: 'ended', outcomes });
    },
  };
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
    end: (outcomes) => {
      underWay.clear();
      draw.clear();
      draw.done();
      writeSummary(output, outcomes);
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
    end: (outcomes) => writeSummary(output, outcomes),
  };
}

function writeSummary(output: NodeJS.WritableStream, outcomes: readonly Outcome[] | undefined): void {
  for (const line of outcomes === undefined ? [] : summaryOf(outcomes))
    writeLine(output, printableLine(line));
}

function writeLine(output: NodeJS.WritableStream, line: string): void {
  output.write(`${printable(line)}\n`);
}
