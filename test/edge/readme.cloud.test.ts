/** The README's example for backend teams, run as it stands but for its port and its folder. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runEdgeProcess } from './run-command.ts';

const readme = readFileSync('edge/README.md', 'utf8');
const snippets = [...readme.matchAll(/```(\w+)\n(.*?)```/gs)].map(([, language = '', text = '']) => ({
  language,
  text,
}));
const folder = mkdtempSync(join(tmpdir(), 'storytime-edge-readme-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe("the edge's README", () => {
  it('takes a backend team from a test key to a 200', async () => {
    const shell =
      snippets
        .find(({ language }) => language === 'sh')
        ?.text.trim()
        .split('\n') ?? [];
    const command = shell.at(-1) ?? '';
    for (const line of shell.slice(0, -1)) execFileSync('sh', ['-c', line], { cwd: folder, stdio: 'ignore' });
    mkdirSync(join(folder, 'hls/books/42'), { recursive: true });
    writeFileSync(join(folder, 'hls/books/42/index.m3u8'), '#EXTM3U\n');

    const [, args = ''] = /^npm run edge -- (.*) --port 4443$/.exec(command) ?? [];
    const here = args
      .replace('./hls', join(folder, 'hls'))
      .replace('=test-key', `=${join(folder, 'test-key')}`);
    const edge = await runEdgeProcess(here.split(' '));
    try {
      const code = (snippets.find(({ language }) => language === 'ts')?.text ?? '')
        .replace("'test-key.pem'", JSON.stringify(join(folder, 'test-key.pem')))
        .replace('http://127.0.0.1:4443', edge.listening.url);
      const output = execFileSync(process.execPath, ['--input-type=module', '--eval', code], {
        encoding: 'utf8',
      });
      expect(output).toBe('200\n');
      const without = code
        .replace('{ headers: { cookie } }', '{}')
        .replace('answer.status', 'await answer.text()');
      expect(
        execFileSync(process.execPath, ['--input-type=module', '--eval', without], { encoding: 'utf8' }),
      ).toContain('<Code>MissingKey</Code>');
    } finally {
      await edge.end();
    }
  }, 60_000);

  it('names every option of the command', () => {
    const help = execFileSync(process.execPath, ['--import', 'tsx/esm', 'local/edge.ts', '--help'], {
      encoding: 'utf8',
    });
    const options = [...help.matchAll(/^\s+(?:-\w, )?(--[\w-]+)/gm)].map(([, option = '']) => option);
    expect(options.length).toBeGreaterThan(10);
    expect(options.filter((option) => option !== '--help' && !readme.includes(option))).toEqual([]);
  });
});
