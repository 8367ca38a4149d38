/** The search for private keys, with one planted wherever it is to look: a search that cannot find is none. */
import { spawn } from 'node:child_process';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findTerraform } from '../../../ops/terraform/binary.ts';
import { runTerraform } from '../../../ops/terraform/run.ts';
import { Canary } from './canary.ts';

const missing = findTerraform(process.env) === undefined && !process.env.CI;
if (missing) console.warn('saved plans are not searched: neither terraform nor tofu is on PATH');

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pemOf = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }).toString();

describe.each([
  ['rsa', rsa],
  ['ec', ec],
] as const)('a search for private keys (%s)', (_, pair) => {
  const privateKey = pemOf(pair.privateKey);
  let folder: string;
  let canary: Canary;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'storytime-canary-'));
    canary = new Canary();
    canary.add(privateKey);
    canary.watch(folder);
    return () => rmSync(folder, { recursive: true });
  });
  const plant = (name: string, bytes: string | Buffer): string => {
    const path = join(folder, name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, bytes);
    return path;
  };

  it('finds nothing where there is none: public keys and other keys’ names are not private keys', () => {
    plant('a.pem', pair.publicKey.export({ type: 'spki', format: 'pem' }).toString());
    plant('state.json', JSON.stringify({ description: 'wanted a PEM "PRIVATE KEY"' }));

    expect(canary.search({ forAny: true })).toMatchObject({ keys: 1, files: 2, found: [] });
  });

  it.each([
    'terraform.tfstate',
    'terraform.tfstate.backup',
    '.terraform/terraform.tfstate',
    '.terraform.tfstate.lock.info',
    'tmp/terraform-log',
  ])('finds one in %s, as JSON holds it', (name) => {
    const path = plant(name, JSON.stringify({ value: privateKey }));

    expect(canary.search().found).toEqual([path]);
  });

  it.each([
    ['DER', pair.privateKey.export({ type: 'pkcs8', format: 'der' })],
    ['its one secret number', Buffer.from(pair.privateKey.export({ format: 'jwk' }).d ?? '', 'base64url')],
    ['base64 of the PEM', Buffer.from(privateKey).toString('base64')],
    ['base64 of a longer text', Buffer.from(`xy${privateKey}`).toString('base64')],
    ['a gzip', gzipSync(privateKey)],
    ['a gzip in a gzip', gzipSync(gzipSync(privateKey))],
  ])('finds one as %s', (_, written) => {
    const path = plant('file', written);

    expect(canary.search().found).toEqual([path]);
  });

  it('finds one in a file that is gone when the run ends, as a lock’s is', () => {
    const path = plant('terraform.tfstate.rotation', privateKey);
    canary.sample();
    rmSync(path);

    expect(canary.search()).toMatchObject({ files: 0, passing: 1, found: [path] });
  });

  it('finds one that nobody knows: whatever is a private key', () => {
    const stranger = new Canary();
    stranger.watch(folder);
    const paths = (['pkcs8', pair === rsa ? 'pkcs1' : 'sec1'] as const).flatMap((type) => [
      plant(`${type}.json`, JSON.stringify(pair.privateKey.export({ type: type as 'pkcs8', format: 'pem' }))),
      plant(
        `${type}.txt`,
        pair.privateKey.export({ type: type as 'pkcs8', format: 'der' }).toString('base64'),
      ),
    ]);
    plant('der', pair.privateKey.export({ type: 'pkcs8', format: 'der' }));

    expect(stranger.search().found).toEqual([]);
    expect([...stranger.search({ forAny: true }).found].sort()).toEqual(
      [...paths, join(folder, 'der')].sort(),
    );
  });

  it('refuses to call an archive clean that it cannot read', () => {
    plant('plan.tfplan', Buffer.from('PK\u0003\u0004 and no more', 'latin1'));

    expect(() => canary.search()).toThrow('a zip without its directory');
  });

  it.skipIf(process.platform !== 'linux').each(['environment', 'arguments'] as const)(
    'finds one in the %s of a process that we have started',
    async (where) => {
      const wait = ['-e', 'process.stdin.resume()', '--'];
      const child = spawn(process.execPath, where === 'arguments' ? [...wait, privateKey] : wait, {
        env: { ...process.env, ...(where === 'environment' && { KEY: privateKey }) },
      });
      await once(child, 'spawn');
      canary.sample();
      child.stdin.end();
      await once(child, 'close');

      expect(canary.search().found).toEqual([`the ${where} of a process`]);
    },
  );
});

describe.skipIf(missing)('a saved plan of Terraform', () => {
  const privateKey = pemOf(rsa.privateKey);
  const folder = mkdtempSync(join(tmpdir(), 'storytime-canary-plan-'));
  const plan = join(folder, 'plan.tfplan');
  beforeAll(async () => {
    writeFileSync(
      join(folder, 'main.tf'),
      'variable "key" { sensitive = true }\nresource "terraform_data" "holder" { input = var.key }\n',
    );
    const options = { cwd: folder, env: { ...process.env, TF_VAR_key: privateKey } };
    await runTerraform(['init', '-input=false'], options);
    await runTerraform(['plan', '-input=false', `-out=${plan}`], options);
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  it('shows a private key in its members, which its bytes do not', () => {
    const canary = new Canary();
    canary.add(privateKey);
    canary.watch(folder);

    const { found, members } = canary.search();

    expect(found).toEqual([plan]);
    expect(members).toBeGreaterThanOrEqual(4);
    const lines = privateKey.split('\n').slice(2, 10);
    expect(lines.some((line) => readFileSync(plan, 'latin1').includes(line))).toBe(false);
  });
});
