import { expect, it } from 'vitest';
import { runCommand } from './run-command.ts';

it('npm run key-policy says of an environment without a key of one’s own why there is nothing to print', async () => {
  expect(await runCommand('ops/key-policy.ts', ['local'], {})).toEqual({
    exitCode: 2,
    stdout: '',
    stderr:
      'encryptionKeyArn is null in envs/local.ts, so there is nothing to add: the environment encrypts with keys that AWS owns\n',
  });
});
