/** The TypeScript of the README, of every module's README and of docs/moving-a-domain.md, compiled as a reader would paste it, all in one run. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { moduleReadmes } from '../../ops/docs/generated-pages.ts';
import { compile, type Snippet, snippetsOf } from '../support/compile-snippets.ts';

const MODULES = fileURLToPath(new URL('../../modules', import.meta.url));
const README = fileURLToPath(new URL('../../README.md', import.meta.url));
const MOVE = fileURLToPath(new URL('../../docs/moving-a-domain.md', import.meta.url));
const readmes = moduleReadmes();

/** Names that snippets take for granted, as a stack that uses the modules has them. */
const SURROUNDINGS: Readonly<Record<string, string>> = {
  pem: 'string',
  kmsPem: 'string',
  usEast1: 'TerraformProvider',
  masters: 'PrivateBucket',
  outputs: 'PrivateBucket',
  logs: 'LogBucket',
  key: 'EncryptionKey',
  encryption: 'EncryptionKey',
  viewers: 'TrustedKeyGroup',
  delivery: 'HlsDistribution',
  signing: 'SigningSecret',
  playback: 'PlaybackTable',
  transcode: 'TranscodeQueue',
  events: 'JobEvents',
  role: 'TranscodeRole',
  app: 'AppPolicy',
  alarms: 'OperationsAlarms',
};

it('type-checks, snippet by snippet', () => {
  const ofReadme = snippetsOf(readFileSync(README, 'utf8'), 'readme');
  const ofModules = readmes.flatMap(({ text, file }) => {
    const folder = dirname(file);
    return snippetsOf(text, folder.slice(MODULES.length + 1)).map((snippet) => inStack(snippet, folder));
  });

  // The values of environments on that page are applied by its own test.
  const ofMove = snippetsOf(readFileSync(MOVE, 'utf8'), 'move').filter(({ code }) =>
    code.startsWith('import'),
  );

  expect(ofMove.length).toBe(1);
  expect(ofReadme.length).toBeGreaterThan(0);
  expect(ofModules.length).toBeGreaterThanOrEqual(readmes.length);
  expect(compile([...ofReadme, ...ofMove, ...ofModules])).toBe('');
}, 120_000);

/** The snippet as the inside of a construct: every module imported, and what it does not declare declared around it. */
function inStack({ name, code }: Snippet, folder: string): Snippet {
  const absolute = code.replaceAll(/from '(\.[^']+)'/g, (_, path: string) => `from '${join(folder, path)}'`);
  const imports = absolute.match(/^import [\s\S]*?;$/gm) ?? [];
  const body = absolute.replaceAll(/^import [\s\S]*?;$/gm, '');
  const imported = namesIn(imports.join('\n'));
  const used = namesIn(body);
  const declared = Object.entries(SURROUNDINGS).filter(([given]) => used.has(given));
  // ARNs and ids of what stands elsewhere in a stack.
  const texts = [...used].filter((word) => /[a-z](?:Arn|Id|Pem)$/.test(word) && !(word in SURROUNDINGS));
  return {
    name,
    code: [
      ...imports,
      ...moduleImports([...used, ...declared.map(([, type]) => type)], imported),
      ...declared.map(([given, type]) => `declare const ${given}: ${type};`),
      ...texts.map((word) => `declare const ${word}: string;`),
      'export function inStack(this: import("constructs").Construct): void {',
      body,
      '}',
    ].join('\n'),
  };
}

function moduleImports(used: readonly string[], imported: ReadonlySet<string>): string[] {
  const wanted = new Set(used.filter((word) => !imported.has(word)));
  const fromModules = readdirSync(MODULES).flatMap((folder) => {
    const index = join(MODULES, folder, 'index.ts');
    const names = readmes.find(({ file }) => dirname(file) === join(MODULES, folder))
      ? [...namesIn(readFileSync(index, 'utf8'))].filter((word) => /^[A-Z]/.test(word) && wanted.has(word))
      : [];
    return names.length === 0 ? [] : [`import { ${names.join(', ')} } from '${index}';`];
  });
  return wanted.has('TerraformProvider')
    ? [...fromModules, "import type { TerraformProvider } from 'cdktf';"]
    : fromModules;
}

function namesIn(code: string): Set<string> {
  const withoutTexts = code.replaceAll(/'[^'\n]*'/g, "''");
  return new Set(withoutTexts.match(/\b[A-Za-z_]\w*\b/g) ?? []);
}
