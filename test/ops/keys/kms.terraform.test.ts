/**
 * From a key in the secret to one in KMS, and from that to another in KMS, with the real Terraform and provider against
 * the local AWS API; and a colleague who holds Terraform's lock on the state meanwhile.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { GetObjectCommand, ListObjectVersionsCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { createSigner, type KeySource, staticKey } from '@storytime/signer';
import { kmsKey } from '@storytime/signer/kms';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { clientConfig } from '../../../local/session/client-config.ts';
import { findTerraform } from '../../../ops/terraform/binary.ts';
import { Canary } from '../../proofs/rotation/canary.ts';
import { OWN_PROVIDER } from '../../support/provider.ts';
import { type Stop, startStop } from '../../terraform/held-requests.ts';
import { meanwhile } from '../../terraform/running-command.ts';
import type { CommandResult } from '../run-command.ts';
import { changesIn, eventsIn, stagedValues, startKeys, statusOf } from './commands.ts';
import { ROTATED_IN_S3, type Rotated, startRotated } from './fixture.ts';

const missing = findTerraform(process.env) === undefined && !process.env.CI;
if (missing) console.warn('rotation to and in KMS is not tested: neither terraform nor tofu is on PATH');

const CONFIG = { ...ROTATED_IN_S3, longestSignatureSeconds: 8 };
const BUCKET = 'storytime-terraform-state-local';
const STATE = 'storytime/local/terraform.tfstate';
const BOOK = '/books/hare/index.m3u8';
const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';

// One life of one environment: each step stands on the one before.
describe.skipIf(missing)('keys in KMS', () => {
  const canary = new Canary();
  let rotated: Rotated;
  let kms: KMSClient;
  let stop: Stop;
  let a = '';
  let b = '';
  let c = '';
  /** What backends sign with while each is current. */
  const sources: Record<string, KeySource> = {};

  beforeAll(async () => {
    rotated = await startRotated(CONFIG);
    canary.watch(rotated.directory);
    kms = new KMSClient(clientConfig(rotated.cloud));
    stop = await startStop(rotated.cloud.environment);
    a = rotated.generation;
    const next = (step: number) => `${a.slice(0, 8)}${String.fromCharCode(a.charCodeAt(8) + step)}`;
    [b, c] = [next(1), next(2)];
    const Bucket = rotated.outputs.hls_outputs_bucket_name;
    await rotated.s3.send(new PutObjectCommand({ Bucket, Key: BOOK.slice(1), Body: '#EXTM3U' }));
    const { AWSCURRENT } = await stagedValues(rotated);
    const { keyPairId = '', privateKey = '' } = AWSCURRENT ?? {};
    canary.add(privateKey);
    sources[a] = staticKey({ keyPairId, privateKey });
  }, 300_000);
  afterAll(async () => {
    await stop?.close();
    await rotated?.close();
  });

  const keys = async (...args: string[]): Promise<CommandResult> => {
    const result = await startKeys(rotated, args).ended;
    canary.addText(`the output of ${args[0]}`, result.stdout + result.stderr);
    return result;
  };
  const status = () => statusOf(rotated, CONFIG);
  const statesOf = async () =>
    Object.fromEntries((await status()).generations.map(({ generation, state }) => [generation, state]));
  const safe = (step: string) =>
    vi.waitFor(async () => expect((await status()).next).toMatchObject({ step, notBefore: null }), 30_000);
  const active = () => readFileSync(join(rotated.keysDirectory, 'active'), 'utf8').trim();
  /** As a backend does that reads the current value: its key's id and its place in KMS. */
  const useCurrent = async () => {
    const { AWSCURRENT } = await stagedValues(rotated);
    const { generation = '', keyPairId = '', kmsKeyArn = '' } = AWSCURRENT ?? {};
    sources[generation] = kmsKey({ keyId: kmsKeyArn, keyPairId, client: kms });
  };
  /** What a viewer gets by a URL and by cookies that a generation's key has signed. */
  const watchedBy = async (generation: string) => {
    const key = sources[generation];
    if (key === undefined) throw new Error(`nobody has signed with ${generation}`);
    const signer = createSigner({ key, domain: rotated.outputs.cloudfront_domain_name });
    const { search } = new URL((await signer.signUrl(BOOK, { expiresIn: 60 })).url);
    const { cookies } = await signer.signCookies('/books/hare/*', { expiresIn: 60 });
    const cookie = Object.entries(cookies)
      .map((pair) => pair.join('='))
      .join('; ');
    const answers = await Promise.all([
      fetch(`${rotated.edge.url}${BOOK}${search}`),
      fetch(`${rotated.edge.url}${BOOK}`, { headers: { cookie } }),
    ]);
    const codes = answers.map(async (answer) => {
      const body = await answer.text();
      return answer.ok ? body : `${answer.status} ${/<Code>(\w+)/.exec(body)?.[1]}`;
    });
    return { sha256: /Hash-Algorithm=SHA256/.test(search), answers: await Promise.all(codes) };
  };
  const object = async (key: string): Promise<string | null> =>
    rotated.s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: key })).then(
      ({ Body }) => Body?.transformToString() ?? null,
      () => null,
    );

  it('are asked for by a file of one word: no pair is made before the apply, and the secret stays as it is', async () => {
    const before = await stagedValues(rotated);

    const created = await keys('create', 'local', '--kms');

    expect(created).toMatchObject({ exitCode: 0, stderr: '' });
    expect(changesIn(created)).toEqual([{ event: 'file-written', generation: b, kind: 'kms' }]);
    expect(readFileSync(join(rotated.keysDirectory, `${b}.kms`), 'utf8')).toBe('RSA_2048\n');
    expect(await stagedValues(rotated)).toEqual(before);
    expect(await status()).toMatchObject({
      generations: [
        { generation: a, state: 'active' },
        { generation: b, state: 'created', where: { file: 'kms', group: false, secret: [], kms: true } },
      ],
      inconsistencies: [{ kind: 'kms-generation-without-key', weight: 'passing' }],
      next: { step: 'apply', adds: [b], drops: [] },
    });
  }, 120_000);

  it('are trusted after the apply of a kept plan, and not promoted while backends need a key from the secret', async () => {
    const planned = await keys('plan', '-no-color');
    expect(planned).toMatchObject({ exitCode: 0, stderr: '' });
    const plan = join(rotated.outdir, 'stacks/local/plan.tfplan');
    canary.sample();
    expect(readFileSync(plan).length).toBeGreaterThan(0);

    const applied = await keys('apply', '-no-color');
    expect(applied).toMatchObject({ exitCode: 0, stderr: '' });
    expect(applied.stdout).toContain('applying the kept plan');
    expect(await statesOf()).toEqual({ [a]: 'active', [b]: 'trusted' });
    await safe('promote');

    const shown = await keys('status', 'local');
    expect(shown.stdout).toMatch(new RegExp(`${b} +trusted .* file \\(.kms\\) \\+ group \\+ KMS`));
    const before = await stagedValues(rotated);
    const refused = await keys('promote', 'local', '--yes');
    expect(refused.exitCode).toBe(2);
    expect(changesIn(refused)).toEqual([]);
    const [, keyId = '', keyPairId = ''] =
      /kmsKey\({ keyId: '(.*)', keyPairId: '(.*)' }\)/.exec(refused.stderr) ?? [];
    expect(refused.stderr).toBe(
      `${b} is in KMS, and backends need a private key from the secret, which will not have one; deploy every backend with ` +
        `kmsKey({ keyId: 'alias/storytime-local-signing-${b}', keyPairId: '${keyPairId}' }) of @storytime/signer/kms, then run this again with --kms-backends\n`,
    );
    expect(await stagedValues(rotated)).toEqual(before);
    // Deployed as it says, a backend may sign with it at once.
    sources[b] = kmsKey({ keyId, keyPairId, client: kms });
    expect(await watchedBy(b)).toEqual({ sha256: true, answers: ['#EXTM3U', '#EXTM3U'] });
  }, 240_000);

  it('become active once CloudFront has accepted what KMS signs; earlier signatures stay valid', async () => {
    const promoted = await keys('promote', 'local', '--yes', '--kms-backends');

    expect(promoted).toMatchObject({ exitCode: 0, stderr: '' });
    expect(eventsIn(promoted)[0]).toMatchObject({ event: 'probe-accepted', generation: b });
    const { AWSCURRENT, AWSPREVIOUS, ...others } = await stagedValues(rotated);
    expect(Object.keys(AWSCURRENT ?? {}).sort()).toEqual(['generation', 'keyPairId', 'kmsKeyArn']);
    expect(AWSCURRENT).toMatchObject({ generation: b });
    expect(AWSPREVIOUS).toMatchObject({ generation: a });
    expect(others).toEqual({});
    expect(active()).toBe(b);
    await useCurrent();
    expect(await watchedBy(b)).toEqual({ sha256: true, answers: ['#EXTM3U', '#EXTM3U'] });
    expect(await watchedBy(a)).toEqual({ sha256: false, answers: ['#EXTM3U', '#EXTM3U'] });
    expect(await status()).toMatchObject({
      generations: [
        { generation: a, state: 'retiring' },
        { generation: b, state: 'active', where: { secret: ['AWSCURRENT'], kms: true } },
      ],
      inconsistencies: [],
      next: { step: 'retire', generation: a },
    });
  }, 120_000);

  it('give way to the key before them while that is trusted, and come back', async () => {
    const refused = await keys('rollback', 'local', '--yes');
    expect(refused.exitCode).toBe(2);
    expect(changesIn(refused)).toEqual([]);
    expect(refused.stderr).toContain(`${a} is in the secret, and backends that sign by KMS do not read it`);
    expect((await stagedValues(rotated)).AWSCURRENT).toMatchObject({ generation: b });

    const back = await keys('rollback', 'local', '--yes', '--kms-backends');
    expect(back).toMatchObject({ exitCode: 0, stderr: '' });
    const { AWSCURRENT, AWSPREVIOUS } = await stagedValues(rotated);
    expect([AWSCURRENT?.generation, AWSPREVIOUS?.generation]).toEqual([a, b]);
    expect(AWSCURRENT).toHaveProperty('privateKey');
    expect(active()).toBe(a);
    expect(await status()).toMatchObject({ inconsistencies: [], next: { step: 'retire', generation: b } });

    const forth = await keys('rollback', 'local', '--yes', '--kms-backends');
    expect(forth).toMatchObject({ exitCode: 0, stderr: '' });
    expect((await stagedValues(rotated)).AWSCURRENT).toMatchObject({ generation: b });
    expect(active()).toBe(b);
  }, 120_000);

  it('are all that is trusted when the old one’s signatures have expired', async () => {
    const rotatedOut = await keys('rotate', 'local', '--yes');

    expect(rotatedOut).toMatchObject({ exitCode: 0, stderr: '' });
    expect(changesIn(rotatedOut)).toEqual([
      { event: 'file-removed', generation: a },
      { event: 'applied', trusted: [b] },
    ]);
    expect(readdirSync(rotated.keysDirectory).sort()).toEqual([`${b}.kms`, 'active']);
    await rotated.edge.refresh();
    expect((await watchedBy(a)).answers).toEqual(['403 InvalidKey', '403 InvalidKey']);
    expect((await watchedBy(b)).answers).toEqual(['#EXTM3U', '#EXTM3U']);
    const { outputs } = JSON.parse((await object(STATE)) ?? '');
    const { AWSCURRENT } = await stagedValues(rotated);
    expect(outputs.cloudfront_signing_kms_key_arn.value).toBe(AWSCURRENT?.kmsKeyArn);
    expect(outputs.cloudfront_public_key_id.value).toBe(AWSCURRENT?.keyPairId);
  }, 240_000);

  it('wait while a colleague holds the state: told who, what and since when; the lock stays, and nothing is lost', async () => {
    const ada = await colleagueAtWork();
    const lock = await object(`${STATE}.tflock`);
    expect(lock).toContain('"OperationTypeApply"');
    const before = await stagedValues(rotated);

    const refused = await keys('rotate', 'local', '--yes', '--kms', '--type', 'ec');

    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toMatch(
      new RegExp(
        'terraform apply failed with exit code 1\n' +
          `the state is locked by ${userInfo().username}@${hostname()}: apply since [-\\d]+ [:\\d]+ \\+0000 UTC, lock ${UUID}\n` +
          '-lock-timeout=10m waits for it; if that run is dead: docs/runbooks/state-lock.md\n$',
      ),
    );
    expect(JSON.parse(lock ?? '').ID).toBe(new RegExp(UUID).exec(refused.stderr)?.[0]);
    expect(await object(`${STATE}.tflock`)).toBe(lock);
    // What it had made is there, and the next one may go on.
    expect(changesIn(refused)).toEqual([{ event: 'file-written', generation: c, kind: 'kms' }]);
    expect(readdirSync(rotated.keysDirectory).sort()).toEqual([`${b}.kms`, `${c}.kms`, 'active']);
    expect(await stagedValues(rotated)).toEqual(before);
    expect(await object(`${STATE}.rotation`)).toBeNull();
    expect(await status()).toMatchObject({ next: { step: 'apply', adds: [c], drops: [] } });

    ada.release();
    expect(await ada.ended).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await object(`${STATE}.tflock`)).toBeNull();
  }, 240_000);

  it('are not promoted in the run that made them, whatever it was told: no backend can have known of them', async () => {
    const before = await stagedValues(rotated);

    const refused = await keys('rotate', 'local', '--yes', '--kms-backends');

    expect(refused.exitCode).toBe(2);
    expect(eventsIn(refused)).toContainEqual(
      expect.objectContaining({
        event: 'rotation-resumed',
        next: { step: 'apply', adds: [c], drops: [] },
      }),
    );
    expect(changesIn(refused)).toEqual([{ event: 'applied', trusted: [b, c] }]);
    expect(refused.stderr).toContain(
      `${c} is in KMS, and backends keep signing with the key in their settings`,
    );
    expect(await stagedValues(rotated)).toEqual(before);
  }, 240_000);

  it('follow one another by the next run, which goes on from there to the end', async () => {
    const { kmsKeyArn: KeyId = '' } = (await stagedValues(rotated)).AWSCURRENT ?? {};

    const done = await keys('rotate', 'local', '--yes', '--kms-backends');

    expect(done).toMatchObject({ exitCode: 0, stderr: '' });
    expect(changesIn(done)).toEqual([
      { event: 'current-stored', generation: c, keyPairId: expect.any(String) },
      { event: 'active-written', generation: c },
      { event: 'file-removed', generation: b },
      { event: 'applied', trusted: [c] },
    ]);
    await useCurrent();
    await rotated.edge.refresh();
    expect(await watchedBy(c)).toEqual({ sha256: true, answers: ['#EXTM3U', '#EXTM3U'] });
    expect(await statesOf()).toMatchObject({ [c]: 'active', [b]: 'retired' });
    expect(await status()).toMatchObject({ inconsistencies: [], next: { step: 'none' } });
    const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId }));
    expect(KeyMetadata?.KeyState).toBe('PendingDeletion');
    const gone = await keys('rollback', 'local', '--yes', '--kms-backends');
    expect(gone).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('it was retired or revoked'),
    });
  }, 300_000);

  it('have a private key nowhere: not in the secret, in no file, plan, state, object, output, argument or environment', async () => {
    const staged = await stagedValues(rotated);
    expect(Object.keys(staged).sort()).toEqual(['AWSCURRENT', 'AWSPREVIOUS']);
    for (const value of Object.values(staged)) expect(value).not.toHaveProperty('privateKey');
    const objects = await everyObject();
    for (const [key, text] of objects) canary.addText(key, text);

    const { found, members, environments, argumentLists } = canary.search({ forAny: true });

    expect(found).toEqual([]);
    // What is searched is there at all: states of every apply, the kept plan, and what was not made by us alone.
    expect(objects.filter(([, text]) => text.includes('"aws_kms_key"')).length).toBeGreaterThan(0);
    expect(canary.places().some((place) => place.endsWith('/plan.tfplan'))).toBe(true);
    expect(members).toBeGreaterThan(0);
    if (process.platform === 'linux') expect(Math.min(environments, argumentLists)).toBeGreaterThan(0);
  }, 60_000);

  /** Applies what was there before, in a clone of her own, and stands still with the lock. */
  async function colleagueAtWork() {
    const clone = join(rotated.directory, 'ada');
    mkdirSync(join(clone, 'keys'), { recursive: true });
    for (const file of readdirSync(rotated.keysDirectory)) {
      writeFileSync(join(clone, 'keys', file), readFileSync(join(rotated.keysDirectory, file)));
    }
    const held = stop.hold(({ method, url }) => method === 'GET' && /\?versioning/.test(url));
    const ada = startKeys(rotated, ['apply', '-no-color', '-auto-approve'], {
      ...OWN_PROVIDER,
      AWS_ENDPOINT_URL: stop.endpoint,
      CDKTF_OUTDIR: join(clone, 'out'),
      KEYS_DIRECTORY: join(clone, 'keys'),
    });
    await meanwhile(held.arrived, ada);
    return { ...ada, release: held.release };
  }

  async function everyObject(): Promise<[string, string][]> {
    const { Versions = [] } = await rotated.s3.send(new ListObjectVersionsCommand({ Bucket: BUCKET }));
    return Promise.all(
      Versions.map(async ({ Key, VersionId }): Promise<[string, string]> => {
        const { Body } = await rotated.s3.send(new GetObjectCommand({ Bucket: BUCKET, Key, VersionId }));
        return [`s3://${BUCKET}/${Key}`, (await Body?.transformToString()) ?? ''];
      }),
    );
  }
});
