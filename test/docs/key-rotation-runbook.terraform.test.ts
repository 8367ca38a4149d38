/** docs/runbooks/key-rotation.md, run on `local` as it is written: every command in its order, in one shell. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Rotated, startRotated } from '../ops/keys/fixture.ts';
// For the compiler alone: it stands for npm in the shell.
import type {} from './npm-on-rotated.ts';
import { stepsOf } from './runbook-steps.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const NPM = fileURLToPath(new URL('npm-on-rotated.ts', import.meta.url));
const page = await readFile(join(ROOT, 'docs/runbooks/key-rotation.md'), 'utf8');
const [where, ...steps] = stepsOf(page);

let rotated: Rotated;
let printed: readonly string[];
let complaints: string;

beforeAll(async () => {
  rotated = await startRotated();
  ({ printed, complaints } = await runInOneShell());
}, 600_000);

afterAll(() => rotated?.close(), 60_000);

describe('the key rotation runbook', () => {
  it('names the environment in the first block alone', () => {
    expect(where?.commands).toBe('environment=prod\n');
    expect(steps.map(({ commands }) => commands).join('\n')).not.toMatch(/\b(prod|dev|local)\b/);
  });

  it('prints at every step what the page says', () => {
    expect(complaints).toBe('');
    for (const [index, { heading, wanted }] of steps.entries()) {
      expect(inOrder(wanted, printed[index] ?? ''), heading).toBe('');
    }
  });

  it('quotes refusals as the commands say them', async () => {
    const files = (await readdir(join(ROOT, 'ops/keys'))).filter((name) => name.endsWith('.ts'));
    const shared = ['ask-at-terminal.ts', 'state-lock.ts'].map((name) => `ops/terraform/${name}`);
    const said = await Promise.all(
      [...files.map((name) => `ops/keys/${name}`), ...shared].map((file) =>
        readFile(join(ROOT, file), 'utf8'),
      ),
    );
    const [, table = ''] = page.split('| message | reason |');
    const quoted = [...table.matchAll(/^\| `([^`]+)`/gm)].flatMap(([, text = '']) => text.split('…'));
    const pieces = quoted.map((piece) => piece.trim()).filter((piece) => piece.length > 3);

    expect(pieces.length).toBeGreaterThan(10);
    expect(pieces.filter((piece) => !said.join('\n').includes(piece))).toEqual([]);
  });
});

async function runInOneShell(): Promise<{ printed: string[]; complaints: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'storytime-runbook-'));
  const learning = await startLearning();
  try {
    await writeFile(join(folder, 'npm'), `#!/bin/sh\nexec ${process.execPath} --import tsx ${NPM} "$@"\n`);
    await chmod(join(folder, 'npm'), 0o755);
    const script = [
      'set -euo pipefail',
      'environment=local',
      // The local edge learns of a key a moment later, while a person would still be reading.
      ...steps.map(
        ({ commands }, index) =>
          `curl -fsS ${learning.url}\n{\n${ofThisMonth(commands)}} > ${join(folder, `${index}.out`)}`,
      ),
    ].join('\n');
    const shell = spawn('bash', ['-c', script], {
      cwd: ROOT,
      env: { ...process.env, ...rotated.environment, NO_COLOR: '1', PATH: `${folder}:${process.env.PATH}` },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let complaints = '';
    shell.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      complaints += chunk;
    });
    const code = await new Promise<number | null>((resolve) => shell.on('close', resolve));
    const printed = await Promise.all(
      steps.map((_, index) => readFile(join(folder, `${index}.out`), 'utf8').catch(() => 'not run\n')),
    );
    return { printed, complaints: code === 0 ? complaints : `exit ${code}\n${complaints}` };
  } finally {
    learning.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Answers when the edge knows what CloudFront has. */
async function startLearning(): Promise<{ url: string; close: () => void }> {
  const server = createServer((_, answer) => {
    rotated.edge.refresh().then(
      () => answer.end(),
      () => answer.destroy(),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => server.close(),
  };
}

/** Generations are named by the month in which they are made. */
function ofThisMonth(text: string): string {
  return text.replaceAll('2026-11-', rotated.generation.replace(/[a-z]$/, ''));
}

/** Empty when every line that is wanted was printed, in order; `…` stands for any lines. */
function inOrder(wanted: string, got: string): string {
  const lines = masked(got);
  let at = 0;
  let maySkip = false;
  for (const line of masked(ofThisMonth(wanted))) {
    if (line === '…') {
      maySkip = true;
      continue;
    }
    const found = lines.indexOf(line, at);
    if (found === -1 || (found > at && !maySkip)) {
      return `wanted "${line}", got:\n${lines.slice(at, at + 5).join('\n')}`;
    }
    at = found + 1;
    maySkip = false;
  }
  return maySkip || at === lines.length ? '' : `printed more: ${lines.slice(at).join('\n')}`;
}

/** Without what is another at each run: a wait is not there where the machine was slow enough. */
function masked(text: string): string[] {
  return text
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, '<instant>')
    .replace(/\b(K|E)[0-9A-Z]{13}\b/g, '<id>')
    .replace(/\b[0-9a-f]{12}\b/g, '<fingerprint>')
    .replace(/\b\d+ (s|min)( \d+ s)?\b/g, '<span>')
    .split('\n')
    .map((line) => line.replace(/\s+/g, ' ').trim())
    .map((line) => line.replace(/(continuing with: .*), .*/, '$1'))
    .filter((line) => line !== '' && !/safe to interrupt\)$|^<span> left$/.test(line));
}
