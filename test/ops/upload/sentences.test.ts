import { describe, expect, it } from 'vitest';
import type { UploadEvent } from '../../../ops/upload/events.ts';
import { sentenceOf } from '../../../ops/upload/sentences.ts';

const file = 'films/intro.mp4';

describe('the sentence of an event', () => {
  it.each<[UploadEvent, string]>([
    [
      { file, event: 'accepted', id: 'intro', title: 'Intro', bytes: 12_345_678, durationSeconds: 90 },
      'accepted as "intro" (1 min 30 s, 12.3 MB)',
    ],
    [{ file, event: 'sending', key: 'k', bytes: 5e9, presentBytes: 0, endsAt: null }, 'sending 5 GB'],
    [
      { file, event: 'sending', key: 'k', bytes: 5e9, presentBytes: 1e9, endsAt: '2026-12-07T12:00:00.000Z' },
      'sending 4 GB; 1 GB are in S3 already; an interrupted upload can be continued until 2026-12-07T12:00:00.000Z',
    ],
    [
      {
        ...{ file, event: 'checking', step: 'probing' },
        ...{ readBytes: 0, bytes: 5e10, bytesPerSecond: 200_000_000, secondsLeft: null },
      },
      '0 % checked, 200 MB/s',
    ],
    [
      {
        ...{ file, event: 'checking', step: 'rewriting' },
        ...{ readBytes: 4e10, bytes: 1e11, bytesPerSecond: 200_000_000, secondsLeft: 300 },
      },
      '40 % rewritten, 200 MB/s, 5 min left',
    ],
    [
      {
        ...{ file, event: 'checking', step: 'hashing' },
        ...{ readBytes: 49_999_999_999, bytes: 5e10, bytesPerSecond: 200_000_000, secondsLeft: 1 },
      },
      '99 % hashed, 200 MB/s, 1 s left',
    ],
    [
      { file, event: 'progress', sentBytes: 999, bytes: 1000, bytesPerSecond: 12_300_000, secondsLeft: 61 },
      '99 % sent, 12.3 MB/s, 1 min 1 s left',
    ],
    [
      { file, event: 'progress', sentBytes: 0, bytes: 0, bytesPerSecond: 0, secondsLeft: null },
      '100 % sent, 0 B/s',
    ],
    [
      { file, event: 'transcoding', id: 'intro', phase: null, percent: null },
      'MediaConvert reads the master',
    ],
    [{ file, event: 'transcoding', id: 'intro', phase: 'TRANSCODING', percent: 40 }, 'transcoding, 40 %'],
    [
      { file, event: 'no-storyboard', id: 'intro', why: 'the job wrote no thumbnails' },
      'no storyboard is made of "intro": the job wrote no thumbnails; the title goes on air without it',
    ],
    [
      {
        ...{ file, event: 'live', id: 'intro', playlistPath: 'books/intro/index.m3u8', isNew: false },
        ...{ url: null, urlExpiresAt: null },
      },
      'live already as "intro": books/intro/index.m3u8',
    ],
    [
      {
        ...{ file, event: 'live', id: 'intro', playlistPath: 'books/intro/index.m3u8', isNew: true },
        ...{
          url: 'https://media.example.com/books/intro/index.m3u8?x',
          urlExpiresAt: '2026-12-01T05:00:00.000Z',
        },
      },
      'live as "intro": books/intro/index.m3u8 (until 2026-12-01T05:00:00.000Z at https://media.example.com/books/intro/index.m3u8?x)',
    ],
  ])('names the file first: %j', (event, rest) => {
    expect(sentenceOf(event)).toBe(`${file}: ${rest}`);
  });
});
