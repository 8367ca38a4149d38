import { describe, expect, it } from 'vitest';
import { Closers } from '../../../local/session/closers.ts';

describe('what a run has started', () => {
  it('ends newest first, once, however often it is asked', async () => {
    const ended: string[] = [];
    const closers = new Closers();
    for (const name of ['cloud', 'edge', 'page']) {
      closers.add(async () => {
        ended.push(name);
      });
    }
    await Promise.all([closers.closeAll(), closers.closeAll()]);

    expect(ended).toEqual(['page', 'edge', 'cloud']);
  });

  it('ends the rest when one fails, and still reports the failure', async () => {
    const ended: string[] = [];
    const closers = new Closers();
    closers.add(async () => {
      ended.push('cloud');
    });
    closers.add(() => Promise.reject(new Error('the edge does not end')));

    await expect(closers.closeAll()).rejects.toThrow('the edge does not end');
    expect(ended).toEqual(['cloud']);
  });
});
