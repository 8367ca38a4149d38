/** Every name of ours in docs/from-your-document.md, looked up by the kind that its row says. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as hlsJobs from '@storytime/hls-jobs';
import * as playback from '@storytime/playback';
import * as dynamodb from '@storytime/playback/dynamodb';
import * as playbackKms from '@storytime/playback/kms';
import * as signer from '@storytime/signer';
import * as bunny from '@storytime/signer/bunny';
import * as secretsManager from '@storytime/signer/secrets-manager';
import { testKey } from '@storytime/signer/testing';
import { describe, expect, it } from 'vitest';
import { backendVariables } from '../../envs/backend-variables.ts';
import { environmentSchema, fieldPaths } from '../../envs/config-schema.ts';
import { dev, prod } from '../envs/examples.ts';
import { maximum, maximumKeys } from '../envs/maximum.ts';
import { newKeys, resourceAt, synthesized, synthesizedState } from '../envs/synthesized.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(join(ROOT, 'docs/from-your-document.md'), 'utf8');
const keys = newKeys('2026-11-a');
const ofProd = synthesized(prod, keys);
const stacks = [ofProd, synthesized(dev, keys), synthesized(maximum, maximumKeys())];

interface Row {
  readonly section: string;
  readonly theirs: string;
  readonly ours: string;
  readonly kind: string;
  readonly why: string;
}

/** Rows below the explanation of kinds, with the heading of the document that they are about. */
const rows: readonly Row[] = page.split(/^## /m).flatMap((text) => {
  const section = text.split('\n')[0] ?? '';
  return [...text.matchAll(/^\| (.+?) \| (.+?) \| ([a-z ]+) \| (.+?) \|$/gm)]
    .map(([, theirs = '', ours = '', kind = '', why = '']) => ({ section, theirs, ours, kind, why }))
    .filter(({ kind }) => kind !== 'kind');
});

/** What waits for a system that is not there, with what will be there once it is. */
const NOT_BUILT: Readonly<Record<string, () => boolean>> = {
  player: () => existsSync(join(ROOT, 'playback/src/player')),
  site: () => existsSync(join(ROOT, 'site')) || 'site' in prod,
  'edge check': () => existsSync(join(ROOT, 'modules/edge_auth')),
};

/** Whether a name is there, by kind; a kind that is not here is an error of the page. */
const LOOK_UP: Readonly<Record<string, (ours: string, names: readonly string[]) => readonly string[]>> = {
  field: (_, names) => names.filter((name) => !isField(name)),
  output: (_, names) => names.filter((name) => !outputs().has(name)),
  variable: (_, names) => names.filter((name) => !variables().has(name)),
  command: (_, names) => names.filter((name) => !isCommand(name)),
  file: (ours) => linksIn(ours).filter((path) => !existsSync(join(ROOT, 'docs', path))),
  export: (_, names) => names.filter((name) => !exported().has(name)),
  resource: (_, names) => names.filter((name) => !isInStack(name)),
  right: (_, [address = '', ...words]) => words.filter((word) => !policyText(address).includes(`"${word}"`)),
  'not built yet': (ours) => (ours in NOT_BUILT ? [] : [ours]),
  yours: (ours) => (ours === '–' ? [] : [ours]),
  'left out': (ours) => (ours === '–' ? [] : [ours]),
};

/** Kinds whose rows hold names of ours. */
const NAMED = new Set(['field', 'output', 'variable', 'command', 'export', 'resource', 'right']);

describe('the page', () => {
  it('has a table for each of the five documents, and reads every row of it', () => {
    const lines = page.slice(page.indexOf('\n## ')).match(/^\| (?!in the document|---)/gm) ?? [];
    expect(rows).toHaveLength(lines.length);
    expect([...new Set(rows.map(({ section }) => section))]).toEqual([
      'Storytime Video Library',
      'Stream-URL endpoint',
      'Bunny.net Video Integration',
      'PrepKit, phase 1',
      'Video Streaming Platform',
    ]);
  });

  it('explains every kind that it uses, and no other', () => {
    const explained = [...page.slice(0, page.indexOf('\n## ')).matchAll(/^\| ([a-z ]+) \| [^|]+ \|$/gm)]
      .map(([, kind = '']) => kind)
      .filter((kind) => kind !== 'kind' && kind !== 'document');
    expect([...new Set(rows.map(({ kind }) => kind))].sort()).toEqual(explained.sort());
    expect(Object.keys(LOOK_UP).sort()).toEqual(explained.sort());
  });

  it('says each thing of a document once', () => {
    const said = rows.map(({ section, theirs }) => `${section}: ${theirs}`);
    expect(said.filter((one, index) => said.indexOf(one) !== index)).toEqual([]);
  });
});

it.each(rows.map((row) => [`${row.section}: ${row.theirs}`, row] as const))(
  'what is here is there: %s',
  (_, { kind, ours }) => {
    const names = namesIn(ours);
    if (NAMED.has(kind)) expect(names).not.toEqual([]);
    if (kind === 'file') expect(linksIn(ours)).not.toEqual([]);
    expect(LOOK_UP[kind]?.(ours, names)).toEqual([]);
  },
);

describe('a row of what is not built yet', () => {
  it.each(Object.keys(NOT_BUILT))('is still true: %s', (system) => {
    expect(rows.filter(({ kind, ours }) => kind === 'not built yet' && ours === system)).not.toEqual([]);
    expect(NOT_BUILT[system]?.()).toBe(false);
  });
});

describe('a name that is not here', () => {
  it.each<[string, string]>([
    ['field', '`mastersGlacierDays`'],
    ['field', '`playlistTtlSeconds: 0`'],
    ['field', "`encryption: 'none'`"],
    ['field', '`state.lockFile`'],
    ['output', '`cloudfront_id`'],
    ['variable', '`CLOUDFRONT_KEY`'],
    ['command', '`npm run deploy`'],
    ['file', '[envs](../envs/stage.ts)'],
    ['export', '`signCookie`'],
    ['resource', '`aws_s3_bucket.videos`'],
    ['resource', '`aws_cloudfront_distribution.delivery.default_cache_behavior.compress: true`'],
    ['right', '`aws_iam_policy.app`, `s3:DeleteObject`'],
    ['not built yet', 'a site'],
  ])('is found: %s %s', (kind, ours) => {
    expect(LOOK_UP[kind]?.(ours, namesIn(ours))).toHaveLength(1);
  });
});

function namesIn(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
}

function linksIn(cell: string): string[] {
  return [...cell.matchAll(/\]\(([^)#]+)/g)].map(([, path = '']) => path);
}

/** `name` or `name: value` as TypeScript writes it. */
function withValue(text: string): { name: string; value?: unknown } {
  const [, name = '', value] = /^([\w.]+)(?:: (.+))?$/s.exec(text) ?? [];
  return value === undefined ? { name } : { name, value: literal(value) };
}

/** Text, numbers, lists and objects; the page is ours, and nothing of it is run. */
function literal(text: string): unknown {
  const json = text
    .replaceAll("'", '"')
    .replaceAll(/(\d)_(?=\d)/g, '$1')
    .replaceAll(/(\w+):/g, '"$1":');
  return JSON.parse(json);
}

function isField(text: string): boolean {
  const { name, value } = withValue(text);
  const [top = ''] = name.split('.');
  if (!(top in environmentSchema.shape)) return false;
  if (name !== top && !fieldPaths.includes(name)) return false;
  if (value === undefined) return true;
  const field = environmentSchema.shape[top as keyof typeof environmentSchema.shape];
  if (name === top) return field.safeParse(value).success;
  // Part of an object that is otherwise as it is shipped.
  const shipped = prod[top as keyof typeof prod] as object;
  return field.safeParse({ ...shipped, [name.slice(top.length + 1)]: value }).success;
}

function outputs(): Set<string> {
  const all = [...stacks, synthesizedState(prod)];
  return new Set(all.flatMap(({ output }) => Object.keys(output)));
}

/** What `npm run env` prints, and what the packages read. */
function variables(): Set<string> {
  const everyOutput = new Proxy({}, { get: () => 'x' });
  const read = [...sourcesOf('signer/src'), ...sourcesOf('playback/src')].flatMap(
    (source) => source.match(/(?<=')[A-Z][A-Z_]+(?=')/g) ?? [],
  );
  return new Set([...Object.keys(backendVariables(prod, everyOutput).variables), ...read]);
}

function isCommand(text: string): boolean {
  const [, name] = /^npm (?:run (?:--silent )?)?([\w:]+)/.exec(text) ?? [];
  return name !== undefined && name in scripts();
}

function scripts(): Record<string, string> {
  return JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).scripts;
}

/** What the packages export, and what can be called of what they make. */
function exported(): Set<string> {
  const made = [
    signer.createSigner({ key: testKey(), domain: 'media.example.com' }),
    bunny.createBunnySigner({ pullZoneHost: 'vz-1234abcd-567.b-cdn.net', tokenKey: 'key' }),
    bunny.bunnyStream({ libraryId: 1, apiKey: 'key' }),
    playback.memoryStore(),
    playback.mergeProgress(undefined, { streamId: 's', currentTimeSeconds: 0, at: new Date(0) }),
  ];
  const packages = [signer, bunny, secretsManager, hlsJobs, playback, dynamodb, playbackKms];
  return new Set([...packages, ...made].flatMap((names) => Object.keys(names)));
}

/** `aws_type`, `aws_type.name`, or `aws_type.name.attribute…` with its value, in one of the stacks. */
function isInStack(text: string): boolean {
  const { name, value } = withValue(text);
  const [type = '', resource, ...path] = name.split('.');
  return stacks.some((stack) => {
    if (resource === undefined) return type in stack.resource;
    const block = stack.resource[type]?.[resource];
    if (block === undefined) return false;
    const found = valuesAt(block, path);
    return value === undefined
      ? found.length > 0
      : found.some((one) => JSON.stringify(one) === JSON.stringify(value));
  });
}

/** Every value at the path; of a list of blocks, that of each. */
function valuesAt(value: unknown, path: readonly string[]): unknown[] {
  const [key, ...rest] = path;
  if (key === undefined) return value === undefined ? [] : [value];
  if (Array.isArray(value)) return value.flatMap((one) => valuesAt(one, path));
  return typeof value === 'object' && value !== null
    ? valuesAt((value as Record<string, unknown>)[key], rest)
    : [];
}

function policyText(address: string): string {
  return String(resourceAt(ofProd, address).policy);
}

function sourcesOf(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(join(ROOT, folder, file), 'utf8'));
}
