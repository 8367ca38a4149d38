/** `npm run check` runs this: every text file of the repository, without the words of `words/plain-words.ts`. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { plainWordFindings } from './words/plain-words.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const TEXT = /\.(?:ts|mts|cts|js|mjs|md|html|css|json|ya?ml|tf|rb|php|sh|py|svg)$/;
/** Texts of others, of the past, and the list itself. */
const LEFT_OUT =
  /(?:^|\/)(?:CHANGELOG\.md|package-lock\.json|plain-words\.ts|words\.test\.ts)$|^test\/vectors\//;

const names = execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8', maxBuffer: 64e6 })
  .split('\0')
  .filter((name) => TEXT.test(name) && !LEFT_OUT.test(name) && existsSync(`${ROOT}${name}`));
const findings = names.flatMap((name) =>
  plainWordFindings(readFileSync(`${ROOT}${name}`, 'utf8')).map((finding) => ({ name, ...finding })),
);
for (const { name, line, word, write } of findings) {
  process.stderr.write(`${name}:${line}: "${word}"; write ${write}\n`);
}
if (findings.length > 0) process.exitCode = 1;
process.stdout.write(`words: ${names.length} files, ${findings.length} to rewrite\n`);
