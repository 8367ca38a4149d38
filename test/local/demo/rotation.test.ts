import { describe, expect, it } from 'vitest';
import { Rotation, type RotationProgress, stepsAfter } from '../../../local/demo/rotation.ts';
import { type KeysEvent, sentenceOf, type TellingEvent } from '../../../ops/keys/events.ts';

const EVENTS: readonly TellingEvent[] = (
  [
    { event: 'pending-stored', generation: '2026-11-b' },
    { event: 'file-written', generation: '2026-11-b', kind: 'pem' },
    { event: 'terraform', type: 'apply_start', resource: 'aws_cloudfront_public_key.2026-11-b', text: '' },
    { event: 'applied', trusted: ['2026-11-a', '2026-11-b'] },
    { event: 'current-stored', generation: '2026-11-b', keyPairId: 'K2EXAMPLEKEY01' },
    { event: 'active-written', generation: '2026-11-b' },
    {
      event: 'wait-started',
      awaits: 'signatures',
      generation: '2026-11-a',
      until: '2026-11-20T20:00:00.000Z',
      secondsLeft: 60,
    },
    { event: 'file-removed', generation: '2026-11-a' },
    { event: 'applied', trusted: ['2026-11-b'] },
    { event: 'rotated', generation: '2026-11-b' },
  ] as const
).map((event) => ({ ...event, message: sentenceOf(event, 'local') }));
const doneAfter = (events: readonly Pick<KeysEvent, 'event'>[]) =>
  stepsAfter(events).filter(({ state }) => state === 'done').length;

describe("the rotation's steps", () => {
  it('end one after the other with the events of the command', () => {
    expect(EVENTS.map((_, index) => doneAfter(EVENTS.slice(0, index + 1)))).toEqual([
      0, 1, 1, 2, 2, 3, 3, 4, 4, 5,
    ]);
  });

  it('count as ended where a run continues what another has done', () => {
    expect(doneAfter([{ event: 'rotation-resumed' }, ...EVENTS.slice(3, 6)])).toBe(3);
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
    const rotation = new Rotation(async (onEvent) => {
      for (const event of EVENTS) onEvent(event);
    });
    rotation.start();
    await expect.poll(() => now(rotation)).toMatchObject({ status: 'done', line: EVENTS.at(-1)?.message });
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

describe('a rotation from a terminal', () => {
  const rotation = () => new Rotation(async () => {});

  it('is shown while it runs, and the key that it made active afterwards', async () => {
    const shown = rotation();
    shown.observe({ active: '2026-11-a', step: null, isInterrupted: false });
    expect(await now(shown)).toMatchObject({ status: 'idle' });

    shown.observe({ active: '2026-11-a', step: 'rotate: apply', isInterrupted: false });
    expect(await now(shown)).toEqual({
      status: 'elsewhere',
      steps: [],
      line: 'A command in a terminal is changing the keys (rotate: apply).',
      terminal: { outcome: 'running', active: '2026-11-a', step: 'rotate: apply' },
    });
    shown.observe({ active: '2026-11-b', step: 'rotate: retire', isInterrupted: false });
    shown.observe({ active: '2026-11-b', step: null, isInterrupted: false });
    expect(await now(shown)).toEqual({
      status: 'changed',
      steps: [],
      line: 'A command in a terminal has changed the active key to 2026-11-b.',
      terminal: { outcome: 'active-changed', active: '2026-11-b', step: null },
    });
  });

  it('replaces what the page’s own rotation has left there', async () => {
    const shown = rotation();
    shown.observe({ active: '2026-11-a', step: null, isInterrupted: false });
    shown.start();
    shown.observe({ active: '2026-11-b', step: 'rotate: promote', isInterrupted: false });
    await expect.poll(() => now(shown)).toMatchObject({ status: 'done' });

    shown.observe({ active: '2026-11-b', step: 'rollback', isInterrupted: false });
    shown.observe({ active: '2026-11-a', step: null, isInterrupted: false });
    expect(await now(shown)).toMatchObject({
      status: 'changed',
      terminal: { outcome: 'active-changed', active: '2026-11-a' },
    });
  });

  it('that was killed is not shown as one that runs', async () => {
    const shown = rotation();
    shown.observe({ active: '2026-11-a', step: 'rotate: apply', isInterrupted: true });
    expect(await now(shown)).toMatchObject({
      status: 'changed',
      terminal: { outcome: 'interrupted', active: '2026-11-a', step: 'rotate: apply' },
    });
  });

  it('that is interrupted leaves the active key as it was', async () => {
    const shown = rotation();
    shown.observe({ active: '2026-11-a', step: 'rotate: create', isInterrupted: false });
    shown.observe({ active: '2026-11-a', step: null, isInterrupted: false });
    expect(await now(shown)).toMatchObject({
      status: 'changed',
      terminal: { outcome: 'ended', active: '2026-11-a', step: null },
    });
  });
});

async function now(rotation: Rotation): Promise<RotationProgress | undefined> {
  for await (const progress of rotation.progress.follow(new AbortController().signal)) return progress;
  return undefined;
}
