import { expect, it } from 'vitest';
import { resumeAt } from '../../../playback/src/progress/resume-at.ts';

it.each([
  { last: undefined, duration: 100, resume: 0, why: 'was never begun' },
  { last: 0, duration: 100, resume: 0, why: 'was begun only' },
  { last: 42.5, duration: 100, resume: 42.5, why: 'is half watched' },
  { last: 94.9, duration: 100, resume: 94.9, why: 'is nearly watched' },
  { last: 95, duration: 100, resume: 0, why: 'has only its end left' },
  { last: 100, duration: 100, resume: 0, why: 'was watched to the end' },
  { last: 42.5, duration: undefined, resume: 42.5, why: 'has no known length' },
  { last: 500, duration: 100, resume: 0, why: 'became shorter than the position' },
])('continues at $resume s a lesson that $why', ({ last, duration, resume }) => {
  const progress = last === undefined ? undefined : { last_position_seconds: last };
  expect(resumeAt(progress, duration)).toBe(resume);
});
