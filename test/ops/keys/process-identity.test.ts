/** Only a process that has certainly ended is dead. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import {
  type LookAtProcess,
  livenessOf,
  ownIdentity,
  type ProcessIdentity,
  parseStat,
} from '../../../ops/keys/process-identity.ts';

const OWN: ProcessIdentity = {
  bootId: 'c8df774d-5d5d-4dc4-bbdb-9ee01426b2a0',
  pidNamespace: 'pid:[4026531836]',
  timeNamespace: 'time:[4026531834]',
  startedAtTicks: '57995',
};
const runs: LookAtProcess = () => ({ startedAtTicks: '57995', hasEnded: false });
const gone: LookAtProcess = () => null;
const of = (identity: ProcessIdentity | null) => ({ pid: 17, identity });

describe('a process', () => {
  it.each<[string, ProcessIdentity | null, LookAtProcess, string, string]>([
    ['runs', OWN, runs, 'alive', 'process 17 is running on this machine'],
    ['has ended', OWN, gone, 'dead', 'process 17 has ended'],
    [
      'was killed and nobody asked for its exit code',
      OWN,
      () => ({ startedAtTicks: '57995', hasEnded: true }),
      'dead',
      'process 17 has ended',
    ],
    [
      'had the number of one that runs',
      { ...OWN, startedAtTicks: '12' },
      runs,
      'dead',
      'process 17 has ended, and a later process has its number',
    ],
    ['is hidden', OWN, () => 'unreadable', 'unknown', 'process 17 cannot be looked at'],
    [
      'ran under another kernel',
      { ...OWN, bootId: 'another' },
      gone,
      'unknown',
      'it was started on another machine, or before this machine was restarted',
    ],
    [
      'has its number in another PID namespace',
      { ...OWN, pidNamespace: 'pid:[4026532178]' },
      gone,
      'unknown',
      'it was started in another container',
    ],
    [
      'counts its time from elsewhere',
      { ...OWN, timeNamespace: null },
      gone,
      'unknown',
      'it was started in another container',
    ],
    ['is not identified', null, gone, 'unknown', 'its lock does not identify the process'],
  ])('that %s', (_, identity, look, state, why) => {
    expect(livenessOf(of(identity), OWN, look)).toEqual({ state, why });
  });

  it('is never dead to a system that identifies none', () => {
    for (const identity of [OWN, null]) {
      expect(livenessOf(of(identity), null, gone)).toEqual({
        state: 'unknown',
        why: 'this system does not say which processes have ended',
      });
    }
  });

  it('of another kernel or namespace is never dead, whatever its number says here', () => {
    const name = fc.string();
    const identity = fc.record({
      bootId: name,
      pidNamespace: name,
      timeNamespace: fc.option(name),
      startedAtTicks: name,
    });
    const looks = fc.oneof(
      fc.constant(null),
      fc.constant('unreadable' as const),
      fc.record({ startedAtTicks: name, hasEnded: fc.boolean() }),
    );
    fc.assert(
      fc.property(identity, identity, looks, (theirs, own, found) => {
        fc.pre(
          theirs.bootId !== own.bootId ||
            theirs.pidNamespace !== own.pidNamespace ||
            theirs.timeNamespace !== own.timeNamespace,
        );
        expect(livenessOf(of(theirs), own, () => found).state).toBe('unknown');
      }),
    );
  });
});

describe('the line of a process', () => {
  const line = (name: string, state = 'S') =>
    `17 (${name}) ${state} 1 17 17 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 11 0 57995 1 2 3\n`;

  it.each(['node', 'a b', ')', ') Z 1 (', '17 (x) S', '\n'])('is read whatever its name is: %j', (name) => {
    expect(parseStat(line(name))).toEqual({ startedAtTicks: '57995', hasEnded: false });
  });

  it.each(['Z', 'X'])('in state %s says that the process has ended', (state) => {
    expect(parseStat(line('node', state))).toMatchObject({ hasEnded: true });
  });

  it.each(['', '17', '17 (node) S', line('node').replace('57995', '-')])('%j is none', (text) => {
    expect(parseStat(text)).toBeNull();
  });
});

describe('this process', () => {
  const proc = mkdtempSync(join(tmpdir(), 'storytime-proc-'));
  afterAll(() => rmSync(proc, { recursive: true }));
  const mount = (name: string, self: string) => {
    const root = join(proc, name);
    mkdirSync(join(root, self, 'ns'), { recursive: true });
    mkdirSync(join(root, 'sys/kernel/random'), { recursive: true });
    symlinkSync(self, join(root, 'self'));
    symlinkSync('pid:[1]', join(root, self, 'ns/pid'));
    writeFileSync(join(root, 'sys/kernel/random/boot_id'), 'boot\n');
    writeFileSync(join(root, self, 'stat'), `${self} (node) S${' 1'.repeat(18)} 99 1\n`);
    return root;
  };

  it.runIf(process.platform === 'linux')('is identified, and seen to run', () => {
    const own = ownIdentity();
    expect(own).toMatchObject({
      bootId: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
      pidNamespace: expect.stringMatching(/^pid:\[\d+\]$/),
    });
    expect(livenessOf({ pid: process.pid, identity: own }, own).state).toBe('alive');
  });

  it('is identified by what its own /proc says', () => {
    expect(ownIdentity(mount('own', String(process.pid)))).toEqual({
      bootId: 'boot',
      pidNamespace: 'pid:[1]',
      timeNamespace: null,
      startedAtTicks: '99',
    });
  });

  it('is not identified by the /proc of another PID namespace, where its number is another process', () => {
    expect(ownIdentity(mount('foreign', String(process.pid + 1)))).toBeNull();
  });

  it('is not identified where there is no /proc', () => {
    expect(ownIdentity(join(proc, 'missing'))).toBeNull();
  });
});
