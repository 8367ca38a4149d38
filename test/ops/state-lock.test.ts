import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { isAccessAlone } from '../../ops/terraform/backend-change.ts';
import { isMissingLockTable, lockedText, stateLock } from '../../ops/terraform/state-lock.ts';

/** As Terraform 1.11.4 prints it to a terminal. */
const REFUSED = [
  '\u001b[31m╷\u001b[0m\u001b[0m',
  '\u001b[31m│\u001b[0m \u001b[0m\u001b[1m\u001b[31mError: \u001b[0m\u001b[0m\u001b[1mError acquiring the state lock\u001b[0m',
  '\u001b[31m│\u001b[0m \u001b[0m\u001b[0mError message: operation error S3: PutObject, https response error',
  '\u001b[31m│\u001b[0m \u001b[0mStatusCode: 412, api error PreconditionFailed: At least one of the',
  '\u001b[31m│\u001b[0m \u001b[0mLock Info:',
  '\u001b[31m│\u001b[0m \u001b[0m  ID:        7b0f2b9e-0000-4000-8000-000000000000',
  '\u001b[31m│\u001b[0m \u001b[0m  Path:      a-bucket/storytime/dev/terraform.tfstate',
  '\u001b[31m│\u001b[0m \u001b[0m  Operation: OperationTypeApply',
  '\u001b[31m│\u001b[0m \u001b[0m  Who:       ada@desk',
  '\u001b[31m│\u001b[0m \u001b[0m  Version:   1.11.4',
  '\u001b[31m│\u001b[0m \u001b[0m  Created:   2026-11-20 12:00:00.123456 +0000 UTC',
];
const MISSING_TABLE = [
  'Error: Error acquiring the state lock',
  'Error message: operation error DynamoDB: PutItem, https response error',
  'ResourceNotFoundException: Requested resource not found',
];

describe('a lock that Terraform met', () => {
  it('is told by its holder, what they run, since when, and the id that unlocks it', () => {
    const lock = stateLock(REFUSED);

    expect(lock).toEqual({
      id: '7b0f2b9e-0000-4000-8000-000000000000',
      who: 'ada@desk',
      operation: 'apply',
      created: '2026-11-20 12:00:00 +0000 UTC',
    });
    expect(lock && lockedText(lock)).toBe(
      'the state is locked by ada@desk: apply since 2026-11-20 12:00:00 +0000 UTC, lock 7b0f2b9e-0000-4000-8000-000000000000\n' +
        '-lock-timeout=10m waits for it; if that run is dead: docs/runbooks/state-lock.md',
    );
  });

  it('is told without its holder when that was gone again or may not be read', () => {
    const lock = stateLock(REFUSED.slice(0, 4));

    expect(lock && lockedText(lock)).toMatch(/^the state is locked\n-lock-timeout=10m/);
  });

  it('is none when the table for locks is not there', () => {
    expect(stateLock(MISSING_TABLE)).toBe(null);
    expect(isMissingLockTable(MISSING_TABLE)).toBe(true);
    expect(isMissingLockTable(REFUSED)).toBe(false);
  });

  it('is none when something else failed, though it has an id', () => {
    expect(stateLock(['Error: creating KMS Key', 'ID: 7b0f2b9e', 'api error PreconditionFailed'])).toBe(null);
  });
});

describe('a backend that changed', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'storytime-backend-'));
    mkdirSync(join(folder, '.terraform'));
    return () => rmSync(folder, { recursive: true });
  });
  const place = { bucket: 'a-bucket', key: 'storytime/dev/terraform.tfstate', region: 'eu-central-1' };
  const initialized = (config: object, type = 's3') =>
    writeFileSync(
      join(folder, '.terraform/terraform.tfstate'),
      JSON.stringify({ version: 3, backend: { type, config } }),
    );
  const named = (s3: object) =>
    writeFileSync(join(folder, 'cdk.tf.json'), JSON.stringify({ terraform: { backend: { s3 } } }));

  it('in its lock alone is followed', () => {
    initialized({ ...place, use_lockfile: true, dynamodb_table: null });
    named({ ...place, use_lockfile: true, dynamodb_table: 'locks' });
    expect(isAccessAlone(folder)).toBe(true);
  });

  it('in the role that reaches it alone is followed, with and without one before', () => {
    const role = (role_arn: string) => ({ assume_role: { role_arn, session_name: 's' } });
    initialized({ ...place, use_lockfile: true, assume_role: null });
    named({ ...place, use_lockfile: true, ...role('arn:aws:iam::111122223333:role/one') });
    expect(isAccessAlone(folder)).toBe(true);
    initialized({ ...place, use_lockfile: true, ...role('arn:aws:iam::111122223333:role/one') });
    expect(isAccessAlone(folder)).toBe(false);
    named({ ...place, use_lockfile: true });
    expect(isAccessAlone(folder)).toBe(true);
  });

  it.each([
    ['nothing', {}],
    ['the bucket too', { bucket: 'another', dynamodb_table: 'locks' }],
    ['the key too', { key: 'storytime/prod/terraform.tfstate', dynamodb_table: 'locks' }],
    ['the region too', { region: 'us-east-1', dynamodb_table: 'locks' }],
  ])('in %s is left for a person to decide', (_what, difference) => {
    initialized({ ...place, use_lockfile: true, dynamodb_table: null });
    named({ ...place, use_lockfile: true, ...difference });
    expect(isAccessAlone(folder)).toBe(false);
  });

  it('from a file, or from a folder that was never initialized, is left too', () => {
    named({ ...place, use_lockfile: true });
    expect(isAccessAlone(folder)).toBe(false);
    initialized({ path: 'terraform.tfstate' }, 'local');
    expect(isAccessAlone(folder)).toBe(false);
  });
});
