/** What is wrong with an option alone is said before the lock is taken and before AWS is asked. */
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runCommand } from '../run-command.ts';

const FORMS: readonly (readonly [option: string, args: readonly string[]])[] = [
  ['--generation', ['create', '--generation', 'foo']],
  ['--generation', ['rotate', '--generation', '2026-13-a']],
  ['--type', ['create', '--type', 'dsa']],
  ['--min-age-days', ['rotate', '--min-age-days', 'ninety']],
  ['--edge', ['promote', '--edge', 'https://example.com']],
  ['standard input', ['inject']],
];

/** Their locks are an object in S3, and a file below the folder of the stacks. */
describe.each(['prod', 'local'])('an option of another form, on %s', (environment) => {
  let outdir: string;
  const asked: string[] = [];
  let server: Server;
  let env: Record<string, string>;

  beforeAll(async () => {
    server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.writeHead(403).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    env = {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'not-a-secret',
      AWS_MAX_ATTEMPTS: '1',
    };
  });
  beforeEach(() => {
    asked.length = 0;
    outdir = mkdtempSync(join(tmpdir(), 'storytime-keys-options-'));
  });
  afterEach(() => rmSync(outdir, { recursive: true }));
  afterAll(() => server.close());

  it.each(FORMS)('is refused before anything else: %s, %j', async (option, [verb = '', ...flags]) => {
    const { exitCode, stderr } = await runCommand('ops/keys.ts', [verb, environment, ...flags], {
      outdir,
      env,
    });

    expect(exitCode).toBe(2);
    expect(stderr).toContain(option);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(asked).toEqual([]);
    expect(readdirSync(outdir)).toEqual([]);
  });

  it('is all that is refused so early: with good options the lock is asked for', async () => {
    await runCommand('ops/keys.ts', ['rotate', environment, '--generation', '2026-12-b'], { outdir, env });

    expect([...asked, ...readdirSync(outdir)]).not.toEqual([]);
  });
});
