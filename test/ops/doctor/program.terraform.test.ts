/** The command as on-call runs it: exit codes, what it reads, what it never shows, and what it asks of the account. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseEnvironment } from '../../../envs/config.ts';
import { prod } from '../../../envs/prod.ts';
import { connect, type DoctorAccount } from '../../../ops/doctor/account.ts';
import { compiled } from '../../support/compiled.ts';
import { ALIAS, type Clinic, CONFIG, OTHER_ALIAS, openClinic, PLAYLIST } from './clinic.ts';
// For the compiler alone: it runs as a process of its own.
import type {} from './doctor-command.ts';
import { answered, harOf, UNREADABLE } from './hars.ts';
import { runDoctor } from './run-doctor.ts';
import { asCookies, policyFor, secondsFromNow, signPolicy } from './signatures.ts';

const RUNBOOK = fileURLToPath(new URL('../../../docs/runbooks/403.md', import.meta.url));
const URL_42 = `https://${ALIAS}${PLAYLIST}`;

let clinic: Clinic;

beforeAll(async () => {
  clinic = await openClinic();
}, 600_000);

afterAll(() => clinic?.close(), 60_000);

describe('the doctor', () => {
  it('says allowed, and ends with 0', async () => {
    const { url } = await clinic.signer.signUrl(PLAYLIST, { expiresIn: 60 });
    const { exitCode, said } = await runDoctor([url], { clinic });

    expect(said.split('\n')[0]).toBe('allowed: CloudFront allows this request');
    expect(exitCode).toBe(0);
    expect(said).not.toMatch(/ NO /);
  });

  it('takes the loopback address for the environment’s, and one without a scheme', async () => {
    const { url } = await clinic.signer.signUrl(PLAYLIST, { expiresIn: 60 });
    const [, query] = url.split('?');

    for (const address of [`http://localhost:4443${PLAYLIST}?${query}`, `${ALIAS}${PLAYLIST}?${query}`]) {
      expect(await runDoctor([address], { clinic })).toMatchObject({ exitCode: 0 });
    }
  });

  it('takes an address on each domain of the environment, and judges policies by the one that was asked for', async () => {
    for (const host of [ALIAS, OTHER_ALIAS]) {
      const { url } = await clinic.signer.signUrl(`https://${host}${PLAYLIST}`, { expiresIn: 60 });
      const elsewhere = url.replace(host, host === ALIAS ? OTHER_ALIAS : ALIAS);
      expect(await runDoctor([url], { clinic })).toMatchObject({ exitCode: 0 });
      const { exitCode, said } = await runDoctor([elsewhere, '--json'], { clinic });
      expect([exitCode, JSON.parse(said)]).toMatchObject([1, { causes: [{ id: 'wrong-host' }] }]);
    }
  });

  it('takes cookies by name from the command line, and by header', async () => {
    const fields = signPolicy(policyFor(`https://${ALIAS}/books/42/*`), clinic.trusted);
    const byName = Object.entries(fields).flatMap(([name, value]) => [
      '--cookie',
      `CloudFront-${name}=${value}`,
    ]);

    expect(await runDoctor([URL_42, ...byName], { clinic })).toMatchObject({ exitCode: 0 });
    expect(await runDoctor([URL_42, '--cookie', `Cookie: ${asCookies(fields)}`], { clinic })).toMatchObject({
      exitCode: 0,
    });
  });

  it('says the same as JSON', async () => {
    const { exitCode, said } = await runDoctor([URL_42, '--json'], { clinic });

    expect(JSON.parse(said)).toMatchObject({
      verdict: 'denied',
      url: URL_42,
      causes: [{ id: 'unsigned', certainty: 'certain', at: 'signature' }],
    });
    expect(exitCode).toBe(1);
  });

  it('still answers when nothing but public keys in the repository can be seen', async () => {
    const Condition = { DateLessThan: { 'AWS:EpochTime': secondsFromNow(-60) } };
    const cookies = asCookies(
      signPolicy(policyFor(`https://${ALIAS}/books/42/*`, Condition), clinic.trusted),
    );
    const file = join(clinic.directory, 'expired');
    writeFileSync(file, cookies);
    const args = [URL_42, '--cookies-from', file, '--json'];
    const { exitCode, said } = await runDoctor(args, { clinic, connect: blind });
    const { evidence, ...found } = JSON.parse(said);

    expect(found).toMatchObject({ verdict: 'inconclusive', causes: [{ id: 'expired' }] });
    expect(evidence).toContainEqual({
      checked: 'distribution',
      ok: null,
      found: 'not seen: these credentials may not read it',
    });
    expect(exitCode).toBe(3);
  });

  it('asks nothing of the secret with --no-secret: a refusal would alarm', async () => {
    const calls = new Set<string>();
    const { said } = await runDoctor([URL_42, '--no-secret', '--json'], {
      clinic,
      connect: (config) => recorded(connect(config), calls),
    });

    expect(JSON.parse(said).evidence).toContainEqual({
      checked: 'secret',
      ok: null,
      found: 'not seen: not asked for (--no-secret)',
    });
    expect([...calls].filter((call) => call.startsWith('secretsmanager:'))).toEqual([]);
    expect(calls.size).toBeGreaterThan(5);
  });

  it('sends credentials to nobody whom it cannot tell to be the environment', async () => {
    const { url } = await clinic.signer.signUrl(PLAYLIST, { expiresIn: 60 });
    const { exitCode, said } = await runDoctor([url, '--json'], { clinic, connect: blind });

    const { verdict, evidence } = JSON.parse(said);
    expect(verdict).toBe('inconclusive');
    expect(evidence).toContainEqual({
      checked: 'HEAD',
      ok: null,
      found: expect.stringMatching(
        /^not sent: this host could not be confirmed as a host of the environment: /,
      ),
    });
    expect(exitCode).toBe(3);
  });
});

describe('the doctor as a process', () => {
  it('reads an address and cookies from standard input, and shows nothing of them that opens the video', async () => {
    const fields = signPolicy(policyFor(`https://${ALIAS}/books/41/*`), clinic.trusted);
    const cookies = asCookies(fields);
    const curl = `curl '${URL_42}?token=${'s'.repeat(20)}' -H 'Cookie: ${cookies}; session=${'t'.repeat(20)}'`;
    const { exitCode, stdout, stderr } = await command(['local', '--cookies-from', '-'], curl);

    expect(stderr).toBe('');
    expect(stdout).toMatch(
      /^cause: wrong-path: signed for books\/41\/\*, but the request is for books\/42\/index\.m3u8\n/,
    );
    expect(exitCode).toBe(1);
    for (const secret of [fields.Policy, fields.Signature, 's'.repeat(20), 't'.repeat(20)]) {
      expect(stdout).not.toContain(secret);
    }
  });

  it('takes the denied request of a HAR, and says which one and what was asked', async () => {
    const Condition = { DateLessThan: { 'AWS:EpochTime': secondsFromNow(-60) } };
    const policy = policyFor(`https://${ALIAS}/books/42/*`, Condition);
    const cookies = asCookies(signPolicy(policy, clinic.trusted));
    const url = `${clinic.edge.url}${PLAYLIST}`;
    const heartbeat = { url: 'http://localhost:4400/api/heartbeat', method: 'POST', cookies };
    const entries = [
      answered({ url: 'http://localhost:4400/' }, 200),
      UNREADABLE.Chromium?.({ url, cookies, origin: 'http://localhost:4400' }) ?? {},
      answered(heartbeat, 200),
    ];
    const { exitCode, stdout } = await command(['local', '--cookies-from', '-'], harOf(entries));

    expect(stdout).toMatch(/^cause: expired: /);
    expect(stdout).toContain(`request 2 of 3: GET ${url}, status 0 (the page could not read the answer)\n`);
    expect(stdout).toContain(`403 by signature check: ${url} (instead of ${URL_42})\n`);
    expect(exitCode).toBe(1);
  });

  it('refuses a HAR of other hosts in one line that names the wanted ones', async () => {
    const entries = [answered({ url: 'https://app.example.com/api/heartbeat', cookies: 'a=SECRET' }, 403)];
    const { exitCode, stdout, stderr } = await command(['local', '--cookies-from', '-'], harOf(entries));

    expect(stderr).toMatch(
      /^the HAR has no request to "local": expected one to [^\n]+, got 1 to other hosts\n$/,
    );
    expect(stderr).toContain(new URL(clinic.edge.url).host);
    expect(stderr).toContain(ALIAS);
    expect(stdout + stderr).not.toContain('SECRET');
    expect(exitCode).toBe(2);
  });

  it('reads a file from where npm was called', async () => {
    const { url } = await clinic.signer.signUrl(PLAYLIST, { expiresIn: 60 });
    writeFileSync(join(clinic.directory, 'request.txt'), url);
    const args = ['local', '--cookies-from', 'request.txt'];

    expect(await command(args, '', { INIT_CWD: clinic.directory })).toMatchObject({
      stderr: '',
      exitCode: 0,
    });
  });

  it('names a missing file with its path', async () => {
    const args = ['local', '--cookies-from', 'missing.har'];
    const { exitCode, stderr } = await command(args, '', { INIT_CWD: clinic.directory });

    expect(stderr).toBe(
      `--cookies-from: ${join(clinic.directory, 'missing.har')} does not exist; - reads standard input\n`,
    );
    expect(exitCode).toBe(2);
  });

  it.each<[string, string[], string, RegExp]>([
    ['no environment', [], '', /^no environment given/],
    ['no address', ['local'], '', /^no URL: give/],
    [
      'no address in what was pasted',
      ['local', '--cookies-from', '-'],
      'CloudFront-Policy=SECRET',
      /^no URL: give/,
    ],
    ['nothing pasted', ['local', URL_42, '--cookies-from', '-'], '', /^--cookies-from: got an empty input/],
    ['what is no address', ['local', 'SECRET'], '', /^the URL: expected/],
    [
      'a text that holds no request',
      ['local', '--cookies-from', '-'],
      'SECRET: SECRET',
      /^--cookies-from: expected/,
    ],
    [
      'an edge elsewhere',
      ['local', URL_42, '--edge', 'https://example.com/SECRET'],
      '',
      /^--edge, STORYTIME_EDGE_URL: expected/,
    ],
    ['no country', ['local', URL_42, '--country', 'SECRET'], '', /^--country: expected/],
    ['no address of a viewer', ['local', URL_42, '--ip', 'SECRET'], '', /^--ip: expected/],
    ['no origin', ['local', URL_42, '--origin', 'SECRET/'], '', /^--origin: expected/],
  ])('ends with 2 and quotes nothing for %s', async (_, args, pasted, complaint) => {
    const { exitCode, stdout, stderr } = await command(args, pasted);

    expect(stderr).toMatch(complaint);
    expect(stdout + stderr).not.toContain('SECRET');
    expect(exitCode).toBe(2);
  });
});

describe('the policy of the runbook', () => {
  it('allows every call that the doctor makes, and nothing that it does not make', async () => {
    const calls = new Set<string>();
    const { url } = await clinic.signer.signUrl(PLAYLIST, { expiresIn: 60 });
    await runDoctor([url], { clinic, connect: (config) => recorded(connect(config), calls) });
    const [, json = ''] = /```json\n([\s\S]*?)```/.exec(await readFile(RUNBOOK, 'utf8')) ?? [];
    const { Statement } = JSON.parse(ofTheClinic(json)) as { Statement: Allowance[] };

    expect(calls.size).toBeGreaterThan(9);
    expect([...calls].filter((call) => !Statement.some((statement) => allows(statement, call)))).toEqual([]);
    expect(
      Statement.flatMap(({ Action }) => [Action].flat()).filter(
        (action) => ![...calls].some((call) => call.startsWith(`${action} `)),
      ),
    ).toEqual([]);
  });

  it('changes nothing: every action reads', async () => {
    const [, json = ''] = /```json\n([\s\S]*?)```/.exec(await readFile(RUNBOOK, 'utf8')) ?? [];
    const { Statement } = JSON.parse(json) as { Statement: Allowance[] };
    const actions = Statement.flatMap(({ Action }) => [Action].flat());

    expect(actions.filter((action) => !/:(Get|List|Describe)[A-Za-z]+$/.test(action))).toEqual([]);
    expect(parseEnvironment(prod).allowedAccountIds.every((id) => json.includes(id))).toBe(true);
  });
});

interface Allowance {
  readonly Action: string | readonly string[];
  readonly Resource: string;
}

/** The actions that IAM checks, where their names differ from the call's; S3 answers 404 only to callers that may list. */
const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  'S3 GetObject': ['s3:GetObject', 's3:ListBucket'],
  'S3 HeadObject': ['s3:GetObject', 's3:ListBucket'],
};

/** Every call as `<action> <ARN>`. */
function recorded(account: DoctorAccount, calls: Set<string>): DoctorAccount {
  const { cloudFront, s3, secrets, kms } = account;
  for (const client of [cloudFront, s3, secrets, kms]) {
    // One signature for all, since only names and inputs are read.
    const { middlewareStack } = client as typeof cloudFront;
    middlewareStack.add(
      (next, context) => (args) => {
        const service = String(context.clientName).replace(/Client$/, '');
        const operation = String(context.commandName).replace(/Command$/, '');
        const prefix = service === 'SecretsManager' ? 'secretsmanager' : service.toLowerCase();
        const actions = ACTIONS[`${service} ${operation}`] ?? [`${prefix}:${operation}`];
        for (const action of actions) calls.add(`${action} ${arnOf(action, args.input)}`);
        return next(args);
      },
      { step: 'initialize', name: 'recordedByTheTest' },
    );
  }
  return account;
}

function arnOf(action: string, input: object): string {
  const { Bucket, Key, SecretId, KeyId } = input as Readonly<Record<string, string | undefined>>;
  const account = `${CONFIG.awsRegion}:${CONFIG.allowedAccountIds[0]}`;
  if (Bucket !== undefined) {
    return action === 's3:GetObject' ? `arn:aws:s3:::${Bucket}/${Key}` : `arn:aws:s3:::${Bucket}`;
  }
  if (SecretId !== undefined) return `arn:aws:secretsmanager:${account}:secret:${SecretId}-AbCdEf`;
  return KeyId ?? '*';
}

function allows({ Action, Resource }: Allowance, call: string): boolean {
  const [action = '', arn = ''] = call.split(' ');
  const pattern = Resource.split('*').map((piece) => piece.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return [Action].flat().includes(action) && new RegExp(`^${pattern.join('.*')}$`).test(arn);
}

/** The page names prod; the clinic is `local` in its account. */
function ofTheClinic(json: string): string {
  return json
    .replaceAll('-prod', '-local')
    .replaceAll('/prod/', '/local/')
    .replaceAll(prod.allowedAccountIds[0] ?? '', CONFIG.allowedAccountIds[0] ?? '');
}

/** Somebody whom the account tells nothing. */
function blind(config: typeof CONFIG): DoctorAccount {
  const account = connect(config);
  const { cloudFront, s3, secrets, kms } = account;
  for (const client of [cloudFront, s3, secrets, kms]) {
    (client as typeof cloudFront).middlewareStack.add(
      () => async () => {
        throw Object.assign(new Error('not authorized'), {
          name: 'AccessDenied',
          $metadata: { httpStatusCode: 403 },
        });
      },
      { step: 'initialize', name: 'deniedByTheTest' },
    );
  }
  return account;
}

async function command(args: readonly string[], input: string, env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [await compiled('test/ops/doctor/doctor-command.ts'), ...args], {
    env: {
      ...process.env,
      ...clinic.cloud.environment,
      NO_COLOR: '1',
      STORYTIME_EDGE_URL: clinic.edge.url,
      KEYS_DIRECTORY: clinic.keysDirectories.get('local') ?? '',
      ...env,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.end(input);
  const [stdout, stderr, exitCode] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.once('close', resolve)),
  ]);
  return { stdout, stderr, exitCode };
}
