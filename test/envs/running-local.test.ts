import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../envs/config-error.ts';
import { dev } from '../../envs/dev.ts';
import { local } from '../../envs/local.ts';
import { RUNNING_LOCAL, runningLocal, runningLocalText } from '../../envs/running-local.ts';

const run = { config: local, keysDirectory: '/tmp/storytime-run/keys' };

describe('the run that a command belongs to', () => {
  it('comes back as npm start wrote it', () => {
    expect(runningLocal({ [RUNNING_LOCAL]: runningLocalText(run) })).toEqual(run);
  });

  it('is none where the variable is missing or empty', () => {
    expect(runningLocal({})).toBeNull();
    expect(runningLocal({ [RUNNING_LOCAL]: '' })).toBeNull();
  });

  it.each([
    ['an environment of an account', runningLocalText({ ...run, config: dev })],
    [
      'a name that is another environment’s',
      runningLocalText({ ...run, config: { ...local, environment: 'prod' } }),
    ],
    ['an environment without ports', runningLocalText({ ...run, config: { ...local, localPorts: null } })],
    ['a run without keys', JSON.stringify({ config: local })],
    ['no JSON', '{'],
    ['null', 'null'],
  ])('refuses %s, naming the variable and not its value', (_what, text) => {
    let refusal: unknown;
    try {
      runningLocal({ [RUNNING_LOCAL]: text });
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toBeInstanceOf(ConfigError);
    expect((refusal as Error).message).toBe(
      'STORYTIME_LOCAL: expected what npm start wrote for another terminal: source its file again, or unset the variable',
    );
  });
});
