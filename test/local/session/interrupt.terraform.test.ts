import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { descendants } from '../../support/descendants.ts';
import { isAlive } from '../../support/is-alive.ts';

describe('Ctrl-C', () => {
  let run: ChildProcess;

  beforeEach(() => {
    run = spawn(process.execPath, ['--import', 'tsx', 'test/support/start-on-free-ports.ts'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  });
  afterEach(() => {
    run.kill('SIGKILL');
  });

  it('ends Terraform in the middle of an apply and everything else the run started', async () => {
    await output(run, /Creating/);
    const started = descendants(run.pid ?? 0);
    run.kill('SIGINT');
    const [exitCode] = await once(run, 'exit');

    expect(exitCode).toBe(130);
    expect(started.map(({ command }) => command).join('\n')).toMatch(/terraform/);
    expect(started.map(({ command }) => command).join('\n')).toMatch(/moto_server/);
    // esbuild, which tsx starts, notices its parent's end a moment later.
    await expect.poll(() => started.filter(({ pid }) => isAlive(pid)), { timeout: 10_000 }).toEqual([]);
  }, 120_000);

  it('ends a run that is ready and serving, and the rotation in the middle of it', async () => {
    const [, url = ''] = await output(run, /Ready after .*open (http:\S+)/);
    const signedIn = await fetch(`${url}/api/session`, { method: 'POST', headers: { Origin: url } });
    const Cookie = signedIn.headers
      .getSetCookie()
      .map((line) => line.split(';')[0])
      .join('; ');
    const headers = { Origin: url, Cookie };
    const asked = await fetch(`${url}/api/break/rotation`, { method: 'POST', headers });
    expect(asked.status).toBe(202);
    const commands = () => descendants(run.pid ?? 0).map(({ command }) => command);
    await expect.poll(() => commands().join('\n'), { timeout: 60_000 }).toMatch(/terraform/);
    const started = descendants(run.pid ?? 0);
    run.kill('SIGINT');
    const [exitCode] = await once(run, 'exit');

    expect(exitCode).toBe(130);
    // esbuild, which tsx starts, notices its parent's end a moment later.
    await expect.poll(() => started.filter(({ pid }) => isAlive(pid)), { timeout: 10_000 }).toEqual([]);
  }, 180_000);
});

/** Resolves with the match when the run has printed `wanted`; rejects with what it printed when it ends before. */
function output(child: ChildProcess, wanted: RegExp): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    let printed = '';
    const read = (chunk: Buffer): void => {
      printed += chunk.toString();
      const match = wanted.exec(printed);
      if (match !== null) resolve(match);
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('exit', () => reject(new Error(`ended before printing ${wanted}:\n${printed}`)));
  });
}
