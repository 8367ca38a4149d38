import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const DEMO = fileURLToPath(new URL('../../../local/demo/', import.meta.url));

describe("the page's scripts", () => {
  it('have no type error', () => {
    const { config } = ts.readConfigFile(`${DEMO}tsconfig.page.json`, ts.sys.readFile);
    const { fileNames, options, errors } = ts.parseJsonConfigFileContent(config, ts.sys, DEMO);
    const program = ts.createProgram(fileNames, options);
    const found = [...errors, ...ts.getPreEmitDiagnostics(program)];

    expect(fileNames.length).toBeGreaterThan(8);
    expect(found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual([]);
  }, 60_000);

  it('are checked, each of them', async () => {
    const scripts = readdirSync(`${DEMO}page`).filter((name) => name.endsWith('.js'));
    for (const name of scripts) {
      expect(await readFile(`${DEMO}page/${name}`, 'utf8'), name).toMatch(/^\/\/ @ts-check\n/);
    }
  });

  it('and its markup and style name no other address', async () => {
    for (const name of readdirSync(`${DEMO}page`)) {
      const text = (await readFile(`${DEMO}page/${name}`, 'utf8')).replace('http://www.w3.org/2000/svg', '');
      expect(text, name).not.toMatch(/https?:\/\/|url\(/);
    }
  });
});
