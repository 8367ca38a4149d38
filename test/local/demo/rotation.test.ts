import { describe, expect, it } from 'vitest';
import { Rotation, type RotationProgress, stepsAfter } from '../../../local/demo/rotation.ts';

const LINES = [
  'changed: AWSPENDING holds the private half of 2026-11-b',
  'changed: 2026-11-b.pem written: commit it; the next apply trusts it',
  'aws_cloudfront_public_key.2026-11-b: Creating',
  'changed: applied and deployed; CloudFront trusts 2026-11-a, 2026-11-b',
  'changed: AWSCURRENT holds 2026-11-b (K2EXAMPLEKEY01); signers move to it',
  'changed: "active" names 2026-11-b: commit it; the next apply updates the outputs',
  'signatures of 2026-11-a run out: 1 min, until 2026-11-20T20:00:00Z',
  'changed: the file of 2026-11-a is gone: commit that; the next apply drops its key',
  'changed: applied and deployed; CloudFront trusts 2026-11-b',
  'done: 2026-11-b mints, and CloudFront trusts nothing else of "local"',
];
const doneAfter = (lines: readonly string[]) =>
  stepsAfter(lines).filter(({ state }) => state === 'done').length;

describe("the rotation's steps", () => {
  it('end one after the other with the lines of the command', () => {
    expect(LINES.map((_, index) => doneAfter(LINES.slice(0, index + 1)))).toEqual([
      0, 1, 1, 2, 2, 3, 3, 4, 4, 5,
    ]);
  });

  it('count as ended where a run goes on from what another has done', () => {
    expect(doneAfter(['going on: apply', ...LINES.slice(3, 6)])).toBe(3);
  });

  it('are one under way, and the rest to come', () => {
    expect(stepsAfter([]).map(({ state }) => state)).toEqual([
      'running',
      'waiting',
      'waiting',
      'waiting',
      'waiting',
    ]);
  });
});

describe('a rotation', () => {
  it('tells who comes late where it stands, and how it ended', async () => {
    const rotation = new Rotation(async (onLine) => {
      for (const line of LINES) onLine(line);
    });
    rotation.start();
    await expect.poll(() => now(rotation)).toMatchObject({ status: 'done', line: LINES.at(-1) });
  });

  it('says since when, so that a page opened later counts no request from before', async () => {
    const rotation = new Rotation(
      async () => {},
      () => new Date('2026-11-20T20:00:00Z'),
    );
    expect(await now(rotation)).not.toHaveProperty('startedAt');
    rotation.start();
    expect(await now(rotation)).toMatchObject({ startedAt: '2026-11-20T20:00:00.000Z' });
  });

  it('tells a failure in its last words, and may be started again', async () => {
    const rotation = new Rotation(() => Promise.reject(new Error('the state is locked by somebody')));
    rotation.start();
    await expect
      .poll(() => now(rotation))
      .toMatchObject({ status: 'failed', line: 'the state is locked by somebody' });
    expect(rotation.start()).toBe(true);
  });
});

async function now(rotation: Rotation): Promise<RotationProgress | undefined> {
  for await (const progress of rotation.progress.follow(new AbortController().signal)) return progress;
  return undefined;
}
