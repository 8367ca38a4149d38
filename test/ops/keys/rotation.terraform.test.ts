/** The key commands on one environment, with the real Terraform and provider against the local AWS API in trouble. */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findTerraform } from '../../../ops/terraform/binary.ts';
import { Canary } from '../../proofs/rotation/canary.ts';
import { type ProviderProcess, startProvider } from '../../support/provider.ts';
import type { RunningCommand } from '../../terraform/running-command.ts';
import type { CommandResult } from '../run-command.ts';
import {
  changesIn as changes,
  eventsIn as events,
  pipeIntoInject,
  stagedValues,
  startKeys,
  statusOf,
} from './commands.ts';
import { type Faults, startFaults } from './faults.ts';
import { ROTATED, type Rotated, startRotated } from './fixture.ts';

const missing = findTerraform(process.env) === undefined && !process.env.CI;
if (missing) console.warn('key rotation is not tested: neither terraform nor tofu is on PATH');

/** Long enough that a busy machine comes too early to retire, and the only thing that is waited for here. */
const CONFIG = { ...ROTATED, longestSignatureSeconds: 15 };

// One life of one environment: each step stands on the one before.
describe.skipIf(missing)('the keys of an environment', () => {
  let rotated: Rotated;
  let faults: Faults;
  /** In the same trouble as the commands. */
  let provider: ProviderProcess;
  const canary = new Canary();
  /** Every private key there ever was. */
  const privateKeys = new Set<string>();
  let a = '';
  let b = '';
  let c = '';

  beforeAll(async () => {
    rotated = await startRotated(CONFIG);
    canary.watch(rotated.directory);
    faults = await startFaults(rotated.cloud.environment);
    provider = await startProvider({ ...rotated.cloud.environment, AWS_ENDPOINT_URL: faults.endpoint });
    a = rotated.generation;
    const [month, letterOf] = [a.slice(0, 8), (step: number) => String.fromCharCode(a.charCodeAt(8) + step)];
    [b, c] = [`${month}${letterOf(1)}`, `${month}${letterOf(2)}`];
  }, 300_000);
  afterAll(async () => {
    await provider?.close();
    await faults?.close();
    await rotated?.close();
  });

  const start = (...args: string[]): RunningCommand =>
    startKeys(rotated, args, { AWS_ENDPOINT_URL: faults.endpoint, ...provider.environment });
  const heard = async (
    args: readonly string[],
    { ended }: Pick<RunningCommand, 'ended'>,
  ): Promise<CommandResult> => {
    const result = await ended;
    canary.addText(`the output of ${args[0]}`, result.stdout + result.stderr);
    await stages();
    return result;
  };
  const keys = (...args: string[]) => heard(args, start(...args));
  /** Generations by stage. */
  const stages = async (): Promise<Record<string, string | undefined>> => {
    const values = Object.entries(await stagedValues(rotated));
    for (const [, { privateKey = '' }] of values) {
      privateKeys.add(privateKey);
      canary.add(privateKey);
    }
    return Object.fromEntries(values.map(([stage, { generation }]) => [stage, generation]));
  };
  const files = () => readdirSync(rotated.keysDirectory).sort();
  const active = () => readFileSync(join(rotated.keysDirectory, 'active'), 'utf8').trim();
  const status = () => statusOf(rotated, CONFIG);
  const calls =
    (operation: string) =>
    ({ target }: { target: string }) =>
      target === `secretsmanager.${operation}`;

  it('are steady at first, and the active one never retires', async () => {
    const { stdout } = await keys('status', 'local', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      generations: [{ generation: a, state: 'active' }],
      inconsistencies: [],
      next: { step: 'none' },
    });
    const refused = await keys('retire', 'local', a, '--yes');
    expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(`^${a} is active`) });
    expect(events(refused)).toEqual([{ event: 'failed', code: 'refused', message: refused.stderr.trim() }]);
  }, 120_000);

  it('get a new one, once, though Secrets Manager throttles and loses its answer', async () => {
    faults.add({ matches: calls('DescribeSecret'), status: 400, code: 'ThrottlingException', times: 2 });
    faults.add({
      matches: calls('PutSecretValue'),
      status: 500,
      code: 'InternalServiceError',
      afterwards: true,
    });

    const created = await keys('create', 'local');

    expect(created).toMatchObject({ exitCode: 0, stderr: '' });
    expect(faults.count()).toBe(3);
    expect(await stages()).toEqual({ AWSCURRENT: a, AWSPENDING: b });
    expect(files()).toEqual([`${a}.pem`, `${b}.pem`, 'active']);
  }, 120_000);

  it('are finished by create where one was stopped before it wrote the file: the same key, no other', async () => {
    const file = join(rotated.keysDirectory, `${b}.pem`);
    const before = readFileSync(file, 'utf8');
    rmSync(file);

    const again = await keys('create', 'local');

    expect(changes(again)).toEqual([{ event: 'file-written', generation: b, kind: 'pem' }]);
    expect(readFileSync(file, 'utf8')).toBe(before);
  }, 120_000);

  it('are not promoted before CloudFront trusts them', async () => {
    const refused = await keys('promote', 'local', '--yes');

    expect(refused).toMatchObject({
      exitCode: 2,
      stderr: `no key can be promoted now; next: npm run apply -- local (adds ${b})\n`,
    });
    expect(await stages()).toEqual({ AWSCURRENT: a, AWSPENDING: b });
  }, 120_000);

  it('survive an apply of a kept plan that fails halfway, and a probe that nobody answers: the next run continues', async () => {
    const planned = await keys('plan', '-no-color');
    expect(planned).toMatchObject({ exitCode: 0, stderr: '' });
    // The apply takes it away.
    canary.sample();
    faults.add({
      matches: ({ method, url }) => method === 'PUT' && url.includes('/key-group/'),
      status: 412,
      code: 'PreconditionFailed',
    });
    const failed = await keys('rotate', 'local', '--yes');
    expect(failed).toMatchObject({ exitCode: 1 });
    expect(events(failed)).toContainEqual({ event: 'note', message: 'applying the kept plan' });
    expect(failed.stderr).toContain('PreconditionFailed');
    expect(changes(failed)).toEqual([]);

    const unheard = await keys('rotate', 'local', '--yes', '--edge', 'http://127.0.0.1:9');
    expect(unheard).toMatchObject({ exitCode: 1 });
    expect(unheard.stderr).toContain('http://127.0.0.1:9 did not answer');
    expect(changes(unheard)).toEqual([{ event: 'applied', trusted: [a, b] }]);
    expect(await stages()).toEqual({ AWSCURRENT: a, AWSPENDING: b });
  }, 300_000);

  it('are promoted by one run while another is refused with who and since, and taken over when that one was killed', async () => {
    const first = start('rotate', 'local', '--yes');
    await first.says(/"event":"current-stored"/);
    process.kill(first.pid, 'SIGSTOP');
    const refused = await keys('rotate', 'local', '--yes');
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toMatch(
      new RegExp(
        `^the keys of "local" are being changed by \\S+@\\S+ \\(pid ${first.pid}\\) since \\d{4}-\\d\\d-\\d\\dT[\\d:]{8}Z: rotate: promote, for \\d+ s\n` +
          `that run is alive: process ${first.pid} is running on this machine\nwait until it ends, or interrupt it in its terminal\n`,
      ),
    );
    process.kill(first.pid, 'SIGKILL');
    await first.ended;

    const second = await keys('promote', 'local');

    expect(second).toMatchObject({ exitCode: 0, stderr: '' });
    expect(events(second)[0]).toMatchObject({
      event: 'lock-taken-over',
      holder: expect.stringMatching(/^\S+@\S+ \(pid \d+\) since .*: rotate: promote$/),
      why: expect.stringMatching(/^process \d+ has ended$/),
      isAlive: false,
    });
    expect(await stages()).toMatchObject({ AWSCURRENT: b, AWSPREVIOUS: a });
    expect(await stages()).not.toHaveProperty('AWSPENDING');
    expect(active()).toBe(b);
  }, 120_000);

  it('go back and forth while both are trusted', async () => {
    const back = await keys('rollback', 'local', '--yes');
    expect(back).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await stages()).toEqual({ AWSCURRENT: a, AWSPREVIOUS: b });
    expect(active()).toBe(a);

    await keys('rollback', 'local', '--yes');
    expect(await stages()).toEqual({ AWSCURRENT: b, AWSPREVIOUS: a });
    expect(active()).toBe(b);
  }, 120_000);

  it('drop the old one when its signatures have expired, also when CloudFront says 409 on the way', async () => {
    const early = await keys('retire', 'local', a, '--yes');
    expect(early).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('cannot be retired before') });

    faults.add({
      matches: ({ method, url }) => method === 'DELETE' && url.includes('/public-key/'),
      status: 409,
      code: 'PublicKeyInUse',
    });
    const conflicted = await keys('rotate', 'local', '--yes');
    expect(conflicted.exitCode).toBe(1);
    expect(await status()).toMatchObject({
      inconsistencies: [{ kind: 'key-left-over' }],
      next: { step: 'apply' },
    });

    const done = await keys('rotate', 'local', '--yes');
    expect(done).toMatchObject({ exitCode: 0, stderr: '' });
    expect(changes(done)).toEqual([{ event: 'applied', trusted: [b] }]);
    expect(files()).toEqual([`${b}.pem`, 'active']);
    expect(await status()).toMatchObject({ inconsistencies: [], next: { step: 'none' } });

    const gone = await keys('rollback', 'local', '--yes');
    expect(gone).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('it was retired or revoked'),
    });
  }, 300_000);

  it('take a private key from standard input only where it belongs', async () => {
    const { privateKey = '', keyPairId = '' } = (await stagedValues(rotated)).AWSCURRENT ?? {};
    const foreign = [...privateKeys].find((pem) => pem !== privateKey) ?? '';
    const inject = (pem: string) =>
      heard(['inject'], { ended: pipeIntoInject(rotated, pem, { AWS_ENDPOINT_URL: faults.endpoint }) });

    expect((await inject(foreign)).stderr).toContain('is not in envs/keys/local');
    expect((await inject('no key')).stderr).toBe(
      'standard input: expected an unencrypted private key as PEM, got another text\n',
    );
    // Somebody has put another key's value there: nothing that signers sign is accepted.
    await rotated.secrets.send(
      new PutSecretValueCommand({
        SecretId: rotated.outputs.cloudfront_private_key_secret_arn,
        SecretString: JSON.stringify({ keyPairId, privateKey: foreign, generation: b }),
        VersionStages: ['AWSCURRENT'],
      }),
    );
    expect(await status()).toMatchObject({
      inconsistencies: [{ kind: 'private-key-mismatch' }],
      next: { step: 'person' },
    });
    expect(events(await inject(privateKey))).toEqual([{ event: 'current-stored', generation: b, keyPairId }]);
    expect(events(await inject(privateKey))).toEqual([
      { event: 'already-stored', generation: b, stage: 'AWSCURRENT' },
    ]);
    expect(await status()).toMatchObject({ inconsistencies: [], next: { step: 'none' } });
  }, 120_000);

  it('lose a leaked one at once, and say first what that invalidates', async () => {
    const revoked = await keys('revoke', 'local', b, '--yes');

    expect(revoked).toMatchObject({ exitCode: 0, stderr: '' });
    expect(events(revoked)[0]).toMatchObject({
      event: 'revocation-announced',
      generation: b,
      signsSince: expect.any(String),
    });
    expect(events(revoked).slice(-2)).toMatchObject([
      { event: 'revoked', generation: b, trusted: [c] },
      { event: 'backends-to-update', signBy: 'secret' },
    ]);
    expect(files()).toEqual([`${c}.pem`, 'active']);
    expect(await stages()).toMatchObject({ AWSCURRENT: c });
    expect(await status()).toMatchObject({
      inconsistencies: [],
      next: { step: 'none' },
    });
  }, 300_000);

  it('never show a private key: in no file, plan, state, lock, output, argument or environment', () => {
    expect(privateKeys.size).toBe(3);

    const { keys, found, members, argumentLists, environments } = canary.search();

    expect(found).toEqual([]);
    expect(keys).toBe(3);
    // What is searched is there at all.
    const names = canary.places().map((place) => place.replace(/.*\//, ''));
    expect(names).toEqual(
      expect.arrayContaining([
        'plan.tfplan',
        'terraform.tfstate',
        'terraform.tfstate.backup',
        '.terraform.tfstate.lock.info',
      ]),
    );
    expect(canary.places()).toContainEqual(expect.stringMatching(/\/rotation-lock\/\d+$/));
    expect(members).toBeGreaterThan(0);
    if (process.platform === 'linux') expect(Math.min(argumentLists, environments)).toBeGreaterThan(0);
  });
});
