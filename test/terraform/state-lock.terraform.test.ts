/** One state and several people, under each kind of lock, with the real Terraform against the local AWS API. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dev } from '../../envs/dev.ts';
import { type LocalCloud, startLocalCloud } from '../../local/aws-api/index.ts';
import { clientConfig } from '../../local/session/client-config.ts';
import { findTerraform } from '../../ops/terraform/binary.ts';
import { AWS_SERVICES } from '../support/aws-services/index.ts';
import { compiled } from '../support/compiled.ts';
import { OWN_PROVIDER, type ProviderProcess, startProvider } from '../support/provider.ts';
import { type Stop, startStop } from './held-requests.ts';
import { family, meanwhile, startCommand } from './running-command.ts';
import { sharedPlugins } from './terraform.ts';

const missing = findTerraform(process.env) === undefined && !process.env.CI;
if (missing) console.warn('locks are not tested: neither terraform nor tofu is on PATH');

const WITH_LOCK = await compiled('test/terraform/with-lock.ts');
const STATE_KEY = 'storytime/state-dev/terraform.tfstate';
const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';

describe.skipIf(missing)('a state', () => {
  const clones = mkdtempSync(join(tmpdir(), 'storytime-locks-'));
  let cloud: LocalCloud;
  let stop: Stop;
  let provider: ProviderProcess;
  beforeAll(async () => {
    cloud = await startLocalCloud({
      accountId: dev.allowedAccountIds[0] ?? '',
      region: dev.awsRegion,
      services: AWS_SERVICES,
      transcode: () => Promise.reject(new Error('no job is run here')),
    });
    stop = await startStop(cloud.environment);
    provider = await startProvider({ ...cloud.environment, AWS_ENDPOINT_URL: stop.endpoint });
  });
  afterAll(async () => {
    await provider.close();
    await stop.close();
    await cloud.close();
    rmSync(clones, { recursive: true });
  });

  /** A command as the person runs it, in a clone of their own. */
  const run = (...command: Parameters<typeof runWith>[1]) => runWith(provider.environment, command);
  const runWith = (
    own: Readonly<Record<string, string>>,
    [person, bucket, lock, ...args]: [person: string, bucket: string, lock: string, ...args: string[]],
  ) =>
    startCommand(process.execPath, [WITH_LOCK, lock, ...args], {
      ...cloud.environment,
      ...sharedPlugins(),
      AWS_ENDPOINT_URL: stop.endpoint,
      CDKTF_OUTDIR: join(clones, bucket, person),
      STATE_BUCKET: bucket,
      TF_CLI_ARGS: '-no-color',
      ...own,
    });

  // One life of one bucket for each lock: each step stands on the one before.
  describe.each(['lockfile', 'dynamodb', 'both'])('locked by "%s"', (lock) => {
    const bucket = `storytime-state-${lock}`;

    it('is made by one bootstrap, with what locks it', async () => {
      const made = await run('ada', bucket, lock, 'bootstrap', '-auto-approve').ended;

      expect(made).toMatchObject({ exitCode: 0, stderr: '' });
      expect(made.stdout.includes(`state_lock_table_name = "${bucket}-locks"`)).toBe(lock !== 'lockfile');
      expect(made.stdout).toMatch(new RegExp(`state of "dev" is kept in s3://${bucket}; next: .*\n$`));
      expect(await keysIn(bucket)).toEqual([STATE_KEY]);
    }, 300_000);

    it('is one person’s at a time, and a dead one’s until somebody unlocks it: the next is refused and told whose it is, another waits', async () => {
      const planned = await run('bob', bucket, lock, 'plan').ended;
      expect(planned).toMatchObject({ exitCode: 0, stderr: '' });

      const held = stop.hold(
        ({ method, url }) => method === 'GET' && url.startsWith(`/${bucket}?versioning`),
      );
      // Killed with all that it has started, its provider too.
      const ada = runWith(OWN_PROVIDER, ['ada', bucket, lock, 'apply', '-auto-approve']);
      await meanwhile(held.arrived, ada);

      const refused = await run('bob', bucket, lock, 'apply').ended;
      expect(refused.exitCode).toBe(1);
      const [, id = ''] = new RegExp(`, lock (${UUID})\n`).exec(refused.stderr) ?? [];
      expect(refused.stderr.replace(/.*(terraform apply failed)/s, '$1')).toMatch(
        new RegExp(
          'terraform apply failed with exit code 1\n' +
            `the state is locked by ${userInfo().username}@${hostname()}: apply since [-\\d]+ [:\\d]+ \\+0000 UTC, lock ${id}\n` +
            '-lock-timeout=10m waits for it; if that run is dead: docs/runbooks/state-lock.md\n$',
        ),
      );
      expect(existsSync(join(clones, bucket, 'bob/stacks/state-dev/plan.tfplan'))).toBe(true);

      const cleo = run('cleo', bucket, lock, 'apply', '-auto-approve', '-lock-timeout=5m');
      await cleo.says(/Acquiring state lock/);
      for (const pid of family(ada.pid)) process.kill(pid, 'SIGKILL');
      await ada.ended;
      held.release();
      const unlocked = await run('bob', bucket, lock, 'terraform', 'force-unlock', '-force', id).ended;
      expect(unlocked).toMatchObject({ exitCode: 0, stderr: '' });
      const waited = await cleo.ended;
      expect(waited).toMatchObject({ exitCode: 0, stderr: '' });
      expect(waited.stdout).toContain('0 added, 0 changed, 0 destroyed');
      expect(await keysIn(bucket)).toEqual([STATE_KEY]);
    }, 300_000);
  });

  it('gets another lock by one more bootstrap, though the table cannot lock the apply that makes it', async () => {
    const bucket = 'storytime-state-lockfile';
    const early = await run('ada', bucket, 'both', 'plan').ended;
    expect(early.exitCode).toBe(2);
    expect(early.stderr).toMatch(/the lock table is not there: npm run bootstrap makes it\n$/);

    const made = await run('ada', bucket, 'both', 'bootstrap', '-auto-approve').ended;
    expect(made).toMatchObject({ exitCode: 0, stderr: '' });
    expect(made.stdout).toContain('1 added, 0 changed, 0 destroyed');

    const planned = await run('bob', bucket, 'both', 'plan', '-detailed-exitcode').ended;
    expect(planned).toMatchObject({ exitCode: 0, stderr: '' });
  }, 300_000);

  async function keysIn(bucket: string): Promise<(string | undefined)[]> {
    const { Contents = [] } = await new S3Client(clientConfig(cloud)).send(
      new ListObjectsV2Command({ Bucket: bucket }),
    );
    return Contents.map(({ Key }) => Key);
  }
});
