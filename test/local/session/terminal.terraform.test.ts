/** `npm start` as a person runs it: npm between the terminal and us, which makes two signals of one Ctrl-C. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Descendant, descendants } from '../../support/descendants.ts';
import { freePorts } from '../../support/free-ports.ts';
import { isAlive } from '../../support/is-alive.ts';
import { family, meanwhile, type RunningCommand, startCommand } from '../../terraform/running-command.ts';

/** What a terminal is to the command below it. */
const TERMINAL = ['-c', 'import pty, sys; pty.spawn(sys.argv[1:])'];
const CTRL_C = '\u0003';

describe('npm start in a terminal', () => {
  let temporary: string;
  let run: RunningCommand;

  beforeEach(async () => {
    temporary = await mkdtemp(join(tmpdir(), 'storytime-terminal-'));
    const [port, edgePort, edgeHttpPort] = await freePorts(3);
    const ports = [`--port=${port}`, `--edge-port=${edgePort}`, `--edge-http-port=${edgeHttpPort}`];
    run = startCommand('python3', [...TERMINAL, 'npm', 'start', '--', ...ports], {
      TMPDIR: temporary,
      // npm's own look for a newer npm, with a spinner meanwhile, comes after our last line.
      npm_config_update_notifier: 'false',
      npm_config_progress: 'false',
    });
  });
  afterEach(async () => {
    for (const pid of family(run.pid)) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
    await run.ended;
    await rm(temporary, { recursive: true, force: true });
  });

  const filesOfRun = async () => (await readdir(temporary)).filter((name) => name.startsWith('storytime-'));
  /** What the person has read, without the terminal's own echo of the key. */
  const ended = async () => {
    const { stdout, stderr } = await run.ended;
    const lines = stripVTControlCharacters(stdout + stderr).split(/[\r\n]+/);
    return lines.map((line) => line.replace(/^(\^C)+/, '').trim()).filter((line) => line !== '');
  };
  /** Waits until Terraform applies; gives back all that the run has started by then. */
  const applying = async () => {
    const isApply = ({ command }: Descendant) => /^\S*terraform apply/.test(command);
    await meanwhile(
      vi
        .waitUntil(() => descendants(run.pid).some(isApply), { timeout: 150_000, interval: 100 })
        .then(() => {}),
      run,
    );
    const started = descendants(run.pid);
    return { started, terraform: started.filter(isApply) };
  };

  it('stops at one Ctrl-C in the middle of an apply: Terraform has ended, and nothing is left', async () => {
    const { started, terraform } = await applying();
    expect(terraform).not.toEqual([]);
    expect(await filesOfRun()).not.toEqual([]);
    run.type(CTRL_C);
    await run.ended;

    expect(terraform.filter(({ pid }) => isAlive(pid))).toEqual([]);
    expect(await filesOfRun()).toEqual([]);
    // esbuild, which tsx starts, notices its parent's end a moment later.
    await expect.poll(() => started.filter(({ pid }) => isAlive(pid)), { timeout: 10_000 }).toEqual([]);
  }, 180_000);

  it('says last that Ctrl-C discards everything, and stops at one when it serves', async () => {
    await run.says(/Ctrl-C stops this run and discards everything in it/);
    const started = descendants(run.pid);
    run.type(CTRL_C);
    const lines = await ended();

    const asked = lines.findIndex((line) => line.includes('stopping everything that this run started'));
    expect(lines[asked - 1]).toMatch(/^Ctrl-C stops this run and discards everything in it: /);
    expect(lines.at(-1)).toBe('stopped');
    expect(await filesOfRun()).toEqual([]);
    await expect.poll(() => started.filter(({ pid }) => isAlive(pid)), { timeout: 10_000 }).toEqual([]);
  }, 240_000);

  it('ends at once at a second Ctrl-C, whatever it waits for', async () => {
    const { started } = await applying();
    // Terraform waits for an answer that does not come, and the run waits for Terraform.
    const moto = started.filter(({ command }) => command.includes('moto_server.py'));
    expect(moto).toHaveLength(1);
    for (const { pid } of moto) process.kill(pid, 'SIGSTOP');
    run.type(CTRL_C);
    let hasEnded = false;
    const lines = ended().finally(() => {
      hasEnded = true;
    });
    // Pressed again and again, as people do; those within the first second are the first one still.
    await expect
      .poll(
        () => {
          if (!hasEnded) run.type(CTRL_C);
          return hasEnded;
        },
        { timeout: 60_000, interval: 200 },
      )
      .toBe(true);

    // It has waited for nothing: what did not answer is still there, and so are the files.
    expect(moto.filter(({ pid }) => isAlive(pid))).toEqual(moto);
    expect(await filesOfRun()).not.toEqual([]);
    expect((await lines).at(-1)).toMatch(/^ended at once, without cleaning up: /);
    for (const { pid } of started) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  }, 180_000);
});
