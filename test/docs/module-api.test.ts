import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { moduleProgram, readModuleApi } from '../../ops/docs/module-api.ts';
import { withTables } from '../../ops/docs/module-tables.ts';

const gateWith = (props: string, members = '') =>
  `${props}
export class Gate {
  constructor(scope: object, id: string, props: GateProps) {}
${members}
}`;

/** Modules of one file each, read as one program: starting the compiler is what takes time. */
const FIXTURES = {
  props: gateWith(`export interface GateProps {
    /** Exact origins, at most
     *  five. More is said here. */
    readonly origins: readonly string[];
    /**
     * Whether it closes.
     * @default false
     */
    readonly closes?: boolean;
    /**
     * Who may pass, e.g. by name.
     * @default - nobody:
     * not even us
     */
    readonly names?: Readonly<Record<string, string>>;
  }`),
  nested: gateWith(`export interface Bar {
    /** How long. */
    readonly metres: number;
  }
  export interface GateProps {
    /** All of them. */
    readonly bars: readonly Bar[];
  }`),
  union: gateWith(`export interface Own {
    readonly kind: 'own';
    /** How many. */
    readonly rate: number;
  }
  export interface Given {
    readonly kind: 'given';
    /** Which. */
    readonly arn: string;
  }
  export interface GateProps {
    /** The wall. */
    readonly wall: Own | Given;
  }`),
  inherited: gateWith(`export interface Named {
    /** Its name. */
    readonly name: string;
  }
  export interface GateProps extends Named {
    /** Its width. */
    readonly metres: number;
  }`),
  outputs: gateWith(
    'export interface GateProps {}',
    `  /** The ARN. */
  get arn(): string { return ''; }
  /** Lets one in. */
  allow(guest: string, { until }: { until: Date }): void {}
  #count = 0;
  private hidden(): void {}
  protected inner(): void {}
  static made(): void {}`,
  ),
  undocumented: gateWith(
    `export interface GateProps {
  readonly name: string;
  /** Its width. */
  readonly metres?: number;
}`,
    "  get arn(): string { return ''; }",
  ),
  alternatives: gateWith(`export interface GateProps {
    /** \`a|b\`, in \`CloudFront\`'s way. */
    readonly name: 'a' | 'b';
  }`),
} as const;

const root = mkdtempSync(join(tmpdir(), 'storytime-modules-'));
afterAll(() => rmSync(root, { recursive: true }));
const indexOf = (fixture: string) => join(root, 'modules', fixture, 'index.ts');
for (const [fixture, code] of Object.entries(FIXTURES)) {
  mkdirSync(join(root, 'modules', fixture), { recursive: true });
  writeFileSync(join(root, 'modules', fixture, 'gate.ts'), code);
  writeFileSync(indexOf(fixture), "export { Gate } from './gate.ts';\n");
}
const program = moduleProgram(Object.keys(FIXTURES).map(indexOf));

function constructs(fixture: keyof typeof FIXTURES) {
  return readModuleApi(indexOf(fixture), program, root);
}

function gate(fixture: keyof typeof FIXTURES) {
  const api = constructs(fixture).get('Gate');
  if (!api) throw new Error(`no class Gate in ${fixture}`);
  return api;
}

describe('the inputs of a construct', () => {
  it('are its props: type without readonly, default, and the first sentence', () => {
    expect(gate('props').inputs).toEqual([
      { name: 'origins', type: 'string[]', default: null, summary: 'Exact origins, at most five' },
      { name: 'closes', type: 'boolean', default: '`false`', summary: 'Whether it closes' },
      {
        name: 'names',
        type: 'Record<string, string>',
        default: 'nobody: not even us',
        summary: 'Who may pass, e.g. by name',
      },
    ]);
  });

  it('have a row for each field of an object that the modules declare, in lists too', () => {
    expect(gate('nested').inputs.map(({ name, type }) => `${name}: ${type}`)).toEqual([
      'bars: Bar[]',
      'bars[].metres: number',
    ]);
  });

  it('say which member of a union a field belongs to', () => {
    expect(gate('union').inputs.map(({ name, summary }) => `${name}: ${summary}`)).toEqual([
      'wall: The wall',
      "wall.rate: with `kind: 'own'`: How many",
      "wall.arn: with `kind: 'given'`: Which",
    ]);
  });

  it('include what the props inherit', () => {
    expect(gate('inherited').inputs.map(({ name }) => name)).toEqual(['metres', 'name']);
  });
});

describe('the outputs of a construct', () => {
  it('are its public getters and methods, without what is private, protected or static', () => {
    expect(gate('outputs').outputs).toEqual([
      { name: 'arn', summary: 'The ARN' },
      { name: 'allow(guest, { until })', summary: 'Lets one in' },
    ]);
  });
});

describe('what has no docstring', () => {
  it('is complained of by file, line and name, all at once', () => {
    expect(gate('undocumented').complaints).toEqual([
      'modules/undocumented/gate.ts:2: "name" has no docstring',
      'modules/undocumented/gate.ts:4: "metres" is optional and has no @default',
      'modules/undocumented/gate.ts:8: "Gate.arn" has no docstring',
    ]);
  });

  it('stops only the README that names the construct', () => {
    const readme = '# gate\n\n<!-- inputs: Gate -->\n<!-- /inputs -->\n';

    expect(withTables('# gate\n', constructs('undocumented'), 'README.md')).toBe('# gate\n');
    expect(() => withTables(readme, constructs('undocumented'), 'README.md')).toThrow(
      '"name" has no docstring',
    );
  });
});

describe('a README', () => {
  const documented = constructs('alternatives');

  it('gets its tables between the markers, and a second run changes nothing', () => {
    const once = withTables(
      '# gate\n\n<!-- inputs: Gate -->\n<!-- /inputs -->\nEnd.\n',
      documented,
      'README.md',
    );
    expect(once).toBe(
      [
        '# gate',
        '',
        '<!-- inputs: Gate -->',
        '| input | type | default | |',
        '|---|---|---|---|',
        "| `name` | `'a' \\| 'b'` | – | `a\\|b`, in `CloudFront`'s way |",
        '<!-- /inputs -->',
        'End.',
        '',
      ].join('\n'),
    );
    expect(withTables(once, documented, 'README.md')).toBe(once);
  });

  it('is refused for a marker that names no construct, with the names there are', () => {
    expect(() => withTables('<!-- outputs: Fence -->\n<!-- /outputs -->\n', documented, 'README.md')).toThrow(
      'README.md: no class "Fence", expected one of Gate',
    );
  });

  it('is refused for a marker that nobody closes', () => {
    expect(() => withTables('<!-- inputs: Gate -->\n', documented, 'README.md')).toThrow('not closed');
  });
});
