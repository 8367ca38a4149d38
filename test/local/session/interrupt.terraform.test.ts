import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { compiled } from '../../support/compiled.ts';
import { descendants } from '../../support/descendants.ts';
import { freePorts } from '../../support/free-ports.ts';
import { isAlive } from '../../support/is-alive.ts';

describe('Ctrl-C', () => {
  let run: ChildProcess;
  let url: string;
  let printed: string;

  beforeEach(async () => {
    const [port, edgePort, edgeHttpPort] = await freePorts(3);
    const ports = [`--port=${port}`, `--edge-port=${edgePort}`, `--edge-http-port=${edgeHttpPort}`];
    url = `http://localhost:${port}`;
    printed = '';
    run = spawn(process.execPath, [await compiled('local/start.ts'), ...ports], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [run.stdout, run.stderr]) stream?.on('data', (chunk) => (printed += chunk));
  });
  afterEach(() => {
    run.kill('SIGKILL');
  });

  const commands = () => descendants(run.pid ?? 0).map(({ command }) => command);
  /** Ends at once where the run has ended, with what it printed. */
  const until = (holds: () => boolean | Promise<boolean>) =>
    vi.waitUntil(
      () => {
        if (run.exitCode !== null) throw new Error(`ended before that:\n${printed}`);
        return holds();
      },
      { timeout: 150_000, interval: 100 },
    );

  it('ends Terraform in the middle of an apply and everything else the run started', async () => {
    await until(() => commands().some((command) => /^\S*terraform apply/.test(command)));
    const started = descendants(run.pid ?? 0);
    run.kill('SIGINT');
    const [exitCode] = await once(run, 'exit');

    expect(exitCode).toBe(130);
    expect(started.map(({ command }) => command).join('\n')).toMatch(/terraform/);
    expect(started.map(({ command }) => command).join('\n')).toMatch(/moto_server/);
    // A child notices its parent’s end a moment later.
    await expect.poll(() => started.filter(({ pid }) => isAlive(pid)), { timeout: 10_000 }).toEqual([]);
  }, 180_000);

  it('ends a run that is ready and serving, and the rotation in the middle of it', async () => {
    // The demo page is what starts last.
    await until(async () => (await fetch(url).catch(() => null))?.ok === true);
    const signedIn = await fetch(`${url}/api/session`, { method: 'POST', headers: { Origin: url } });
    const Cookie = signedIn.headers
      .getSetCookie()
      .map((line) => line.split(';')[0])
      .join('; ');
    const headers = { Origin: url, Cookie };
    const asked = await fetch(`${url}/api/break/rotation`, { method: 'POST', headers });
    expect(asked.status).toBe(202);
    await until(() => commands().some((command) => /^\S*terraform /.test(command)));
    const started = descendants(run.pid ?? 0);
    run.kill('SIGINT');
    const [exitCode] = await once(run, 'exit');

    expect(exitCode).toBe(130);
    // A child notices its parent’s end a moment later.
    await expect.poll(() => started.filter(({ pid }) => isAlive(pid)), { timeout: 10_000 }).toEqual([]);
  }, 240_000);
});
