/** A run that was thought dead and lives on changes nothing after its lock was taken over. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { dev } from '../../../envs/dev.ts';
import type { KeysContext } from '../../../ops/keys/context.ts';
import { removeGeneration, writeActive, writeGeneration } from '../../../ops/keys/key-files.ts';
import { endPending, makeCurrent, storePending } from '../../../ops/keys/secret.ts';
import { writerOf } from '../../../ops/keys/steps.ts';

const pair = { privateKey: 'not a key', fingerprint: 'aa' };
const key = { kind: 'key', generation: '2026-11-b', keyPairId: 'K2', pair } as const;

const changes: [string, (context: KeysContext) => Promise<void>][] = [
  ['AWSPENDING', (context) => storePending(writerOf(context), '2026-11-b', pair)],
  ['AWSCURRENT', (context) => makeCurrent(writerOf(context), key, 'v1')],
  ['the end of AWSPENDING', (context) => endPending(writerOf(context), 'v1')],
  ['active', (context) => writeActive(context, '2026-11-b')],
  ['a generation', (context) => writeGeneration(context, '2026-11-b', { kind: 'pem', content: 'pem' })],
  ['the end of a generation', (context) => removeGeneration(context, '2026-11-a')],
];

describe.each(changes)('a change: %s', (_, change) => {
  const keysDirectory = mkdtempSync(join(tmpdir(), 'storytime-fence-'));
  const asked: string[] = [];
  const contextWith = (requireLock: () => Promise<void>): KeysContext =>
    ({
      config: dev,
      keysDirectory,
      account: { secrets: { send: async () => asked.push('sent') && { VersionStages: ['AWSPENDING'] } } },
      requireLock,
    }) as unknown as KeysContext;
  const files = () =>
    readdirSync(keysDirectory).map((name) => [name, readFileSync(join(keysDirectory, name), 'utf8')]);

  beforeEach(() => {
    asked.length = 0;
    writeFileSync(join(keysDirectory, 'active'), '2026-11-a\n');
    writeFileSync(join(keysDirectory, '2026-11-a.pem'), 'pem');
  });
  afterAll(() => rmSync(keysDirectory, { recursive: true }));

  it('is not made by a run whose lock was taken over', async () => {
    const before = files();
    const lost = contextWith(() => Promise.reject(new Error('was taken over')));

    await expect(change(lost)).rejects.toThrow('was taken over');
    expect(asked).toEqual([]);
    expect(files()).toEqual(before);
  });

  it('is made by the holder, which has asked first', async () => {
    const before = files();
    const holder = contextWith(async () => {
      expect([asked, files()]).toEqual([[], before]);
    });

    await change(holder);
    expect([asked, files()]).not.toEqual([[], before]);
  });
});
