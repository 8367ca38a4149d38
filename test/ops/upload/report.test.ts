import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { UploadEvent } from '../../../ops/upload/events.ts';
import { createReport } from '../../../ops/upload/report.ts';

const BYTES = 1000;

function reporting(options: { isTerminal?: boolean; json?: boolean; columns?: number; rows?: number } = {}) {
  const output = Object.assign(new PassThrough(), {
    isTTY: options.isTerminal ?? false,
    columns: options.columns ?? 200,
    rows: options.rows ?? 50,
  });
  let milliseconds = Date.parse('2026-11-30T12:00:00Z');
  const report = createReport({ output, json: options.json ?? false, now: () => new Date(milliseconds) });
  return {
    ...report,
    pass: (seconds: number) => {
      milliseconds += seconds * 1000;
    },
    lines: () =>
      String(output.read() ?? '')
        .split('\n')
        .slice(0, -1),
  };
}

const progress = (sentBytes: number, file = 'a.mp4'): UploadEvent => ({
  file,
  event: 'progress',
  sentBytes,
  bytes: BYTES,
  bytesPerSecond: 10,
  secondsLeft: 5,
});

describe('without a terminal', () => {
  it('tells progress when it is ten per cent further, for each file', () => {
    const { tell, lines } = reporting();
    for (let sent = 0; sent <= BYTES; sent += 5) {
      tell(progress(sent));
      tell(progress(sent, 'b.mp4'));
    }

    expect(lines().filter((line) => line.startsWith('a.mp4'))).toEqual(
      [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100].map((percent) =>
        expect.stringContaining(`a.mp4: ${percent} % sent`),
      ),
    );
  });

  it('tells each step of the checks as it tells what is sent', () => {
    const { tell, lines } = reporting();
    for (const step of ['probing', 'hashing'] as const) {
      for (let readBytes = 0; readBytes <= BYTES; readBytes += 25) {
        tell({
          file: 'a.mp4',
          event: 'checking',
          step,
          readBytes,
          bytes: BYTES,
          bytesPerSecond: 10,
          secondsLeft: 5,
        });
      }
    }
    const tenths = [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100];
    const told = (step: string) => tenths.map((percent) => `a.mp4: ${percent} % ${step}, 10 B/s, 5 s left`);
    expect(lines()).toEqual([...told('checked'), ...told('hashed')]);
  });

  it('tells slow progress after half a minute', () => {
    const { tell, lines, pass } = reporting();
    for (const seconds of [0, 29, 1, 10]) {
      pass(seconds);
      tell(progress(10));
    }
    expect(lines()).toHaveLength(2);
  });

  it('writes what a file name would make a terminal obey as text', () => {
    const { tell, lines } = reporting();
    tell({ file: 'a\u001b[2J\nb.mp4', event: 'refused', code: 'EMPTY', text: 'it is empty' });
    expect(lines()).toEqual(['a\\u001b[2J\\u000ab.mp4: refused: it is empty']);
  });
});

it('is one JSON object a line for a program, with the sentence and every step of the progress', () => {
  const { tell, lines } = reporting({ json: true });
  tell(progress(1));
  tell(progress(2));
  const [first, second] = lines().map((line) => JSON.parse(line));
  expect(first).toEqual({
    at: '2026-11-30T12:00:00.000Z',
    ...progress(1),
    message: 'a.mp4: 0 % sent, 10 B/s, 5 s left',
  });
  expect(second.sentBytes).toBe(2);
});

it('on a terminal keeps what happened, and draws what goes on once', () => {
  const { tell, end, lines } = reporting({ isTerminal: true });
  tell({ file: 'a.mp4', event: 'master-present', key: 'k' });
  tell({
    file: 'a.mp4',
    event: 'checking',
    step: 'hashing',
    readBytes: 1,
    bytes: 4,
    bytesPerSecond: 1,
    secondsLeft: 3,
  });
  tell(progress(100));
  tell(progress(1000));
  tell({ file: 'a.mp4', event: 'sent', key: 'k', sentBytes: BYTES });
  end();
  const text = lines().map(stripVTControlCharacters).join('\n');
  expect(text).toContain('a.mp4: this master is in S3 already; nothing is sent');
  expect(text).toContain('a.mp4: 25 % hashed');
  expect(text).toContain('a.mp4: 100 % sent');
  expect(text.trimEnd().endsWith('a.mp4: sent 1 kB')).toBe(true);
});

describe('what became of every file', () => {
  const hostile = 'a\u001b[2J\u009b31m\u202emp4\nb: live';
  const outcomes = [
    { file: hostile, outcome: 'refused' as const, text: 'it is \u001b[1mempty' },
    { file: 'c.mp4', outcome: 'live' as const },
  ];
  const escapedName = 'a\\u001b[2J\\u009b31m\\u202emp4\\u000ab: live';

  it('is a line for each file that is not live, and none that a terminal would obey', () => {
    for (const isTerminal of [false, true]) {
      const { end, lines } = reporting({ isTerminal });
      end(outcomes);
      const told = lines()
        .map(stripVTControlCharacters)
        .filter((line) => line !== '');
      expect(told).toEqual(['1 live now, 1 refused', `  ${escapedName}: refused: it is \\u001b[1mempty`]);
    }
  });

  it('is the last line for a program, with the names as they are', () => {
    const { end, lines } = reporting({ json: true });
    end(outcomes);
    const [line = '', ...others] = lines();
    expect(others).toEqual([]);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what must not be there
    expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
    expect(JSON.parse(line)).toEqual({ at: '2026-11-30T12:00:00.000Z', event: 'ended', outcomes });
  });

  it('is not told of a run that was interrupted', () => {
    for (const options of [{}, { json: true }]) {
      const { end, lines } = reporting(options);
      end();
      expect(lines()).toEqual([]);
    }
  });
});

it.each([[{ columns: 0, rows: 0 }], [{ columns: 0 }], [{ rows: 0 }]])(
  'writes plain lines to a terminal that has no size: %j',
  (size) => {
    const { tell, end, lines } = reporting({ isTerminal: true, ...size });
    tell({ file: 'a.mp4', event: 'master-present', key: 'k' });
    end([{ file: 'a.mp4', outcome: 'live' }]);
    expect(lines()).toEqual(['a.mp4: this master is in S3 already; nothing is sent', '1 live now']);
  },
);
