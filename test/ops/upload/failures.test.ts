import { describe, expect, it } from 'vitest';
import { ToolMissingError } from '../../../ops/probe/probe.ts';
import { uploadFailure } from '../../../ops/upload/failures.ts';
import { isOfFileSystem, unreadableFile } from '../../../ops/upload/refused.ts';

const systemError = (code: string, syscall: string) =>
  Object.assign(new Error(`${code}: no such file or directory, ${syscall}`), { code, errno: -2, syscall });

describe('the failure of one file', () => {
  it('that a program is not installed says which, and shows no stack', () => {
    expect(uploadFailure(new ToolMissingError('ffprobe'))).toEqual({
      ...{ outcome: 'failed', id: null, code: 'TOOL_MISSING' },
      text: 'ffprobe is not on the PATH: install ffmpeg, which brings it',
    });
  });

  it('of a disk names the file, and what the system says', () => {
    expect(uploadFailure(unreadableFile('a\u009b.mp4', systemError('EIO', 'read')))).toMatchObject({
      outcome: 'refused',
      code: 'UNREADABLE',
      text: expect.stringContaining('(EIO)'),
    });
  });

  it('of a clock says to set it', () => {
    const skewed = Object.assign(new Error('The difference is too large.'), {
      name: 'RequestTimeTooSkewed',
      $metadata: { httpStatusCode: 403 },
    });
    expect(uploadFailure(skewed)?.text).toMatch(/this machine's clock is wrong: set the clock/);
  });

  it('is none where the defect is ours', () => {
    expect(uploadFailure(new TypeError('undefined is not a function'))).toBeNull();
  });
});

it.each([
  ['ENOENT', 'open', true],
  ['EIO', 'read', true],
  // A program that is not there is not the file.
  ['ENOENT', 'spawn ffmpeg', false],
])('%s of %s is about a file: %s', (code, syscall, expected) => {
  expect(isOfFileSystem(systemError(code, syscall))).toBe(expected);
});
