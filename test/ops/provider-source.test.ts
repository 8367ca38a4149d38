import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  decideProviderSource,
  MirrorError,
  missingProvider,
  providerSource,
} from '../../ops/terraform/provider-source.ts';

const AWS = 'registry.terraform.io/hashicorp/aws';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'storytime-home-'));
});
afterEach(() => rmSync(home, { recursive: true }));

describe('the source of providers is', () => {
  it('the CLI configuration that TF_CLI_CONFIG_FILE names, whatever else there is', async () => {
    const file = written('my.tfrc');
    written('.terraformrc');
    folder('.terraform.d/plugins', AWS);
    expect(await decided({ TF_CLI_CONFIG_FILE: file }, { answers: true })).toMatchObject({
      kind: 'cli-configuration',
      configFile: file,
      line: `providers are installed as the CLI configuration says: ${file}`,
    });
  });

  it.each(['.terraformrc', '.terraform.d/mirror.tfrc', '.terraform.d/mirror.tfrc.json'])(
    'the file ~/%s, which Terraform finds by itself',
    async (name) => {
      const file = written(name);
      expect(await decided({}, { answers: true })).toMatchObject({
        kind: 'cli-configuration',
        configFile: null,
        line: `providers are installed as the CLI configuration says: ${file}`,
      });
    },
  );

  it('the registry, where credentials are all that the home folder configures', async () => {
    written('.terraform.d/credentials.tfrc.json');
    expect(await decided({}, { answers: true })).toMatchObject({ kind: 'registry' });
  });

  it.each(['.terraform.d/plugins', '.local/share/terraform/plugins'])(
    'the implied folder ~/%s, which Terraform prefers to the registry',
    async (name) => {
      // Apple's folders are others.
      if (process.platform === 'darwin' && name.startsWith('.local')) return;
      const mirror = folder(name, AWS);
      const source = await decided({}, { answers: true });
      expect(source).toMatchObject({ kind: 'mirror', configFile: null });
      expect(source.line).toContain(mirror);
    },
  );

  it('the registry, if it answers, also where a mirror is named', async () => {
    const mirror = folder('mirror', AWS);
    expect(await decided({ TF_PLUGIN_MIRROR: mirror }, { answers: true })).toMatchObject({
      kind: 'registry',
      configFile: null,
      line: 'providers are installed from registry.terraform.io',
    });
  });

  it('the registry where TF_CLI_CONFIG_FILE names a file that is not there', async () => {
    const env = { TF_CLI_CONFIG_FILE: join(home, 'gone.tfrc') };
    expect(await decided(env, { answers: true })).toMatchObject({ kind: 'registry', configFile: null });
  });

  it('the mirror that TF_PLUGIN_MIRROR names, where the registry does not answer', async () => {
    const mirror = folder('a "quoted" mirror', AWS);
    folder('.terraform.d/other', AWS);
    const source = await decided({ TF_PLUGIN_MIRROR: mirror }, { answers: false });
    expect(source).toMatchObject({
      kind: 'mirror',
      line: `providers are installed from the mirror ${mirror} (registry.terraform.io does not answer)`,
    });
    const text = readFileSync(source.configFile ?? '', 'utf8');
    expect(text).toContain(`path    = ${JSON.stringify(mirror)}`);
    expect(text).toContain('include = ["registry.terraform.io/*/*"]');
  });

  it('a mirror that is named from the caller’s folder, whichever folder Terraform runs in', async () => {
    const mirror = folder('mirror', AWS);
    const source = await decided({ TF_PLUGIN_MIRROR: './mirror/', INIT_CWD: home }, { answers: false });
    expect(source.line).toContain(`the mirror ${mirror} (`);
  });

  it('not a CLI configuration that is a folder', async () => {
    const env = { TF_CLI_CONFIG_FILE: folder('folder.tfrc') };
    expect(await decided(env, { answers: true })).toMatchObject({ kind: 'registry' });
  });

  it('decided where HOME is no folder', async () => {
    const source = await decided({ HOME: '/dev/null' }, { answers: false });
    expect(source).toMatchObject({ kind: 'none' });
  });

  it('a mirror below the home’s .terraform.d, where the registry does not answer', async () => {
    const mirror = folder('.terraform.d/a/b', AWS);
    const source = await decideProviderSource({ HOME: home }, 'terraform', {
      answers: async () => false,
      // The default looks into /opt and /usr/share before, which may hold one on this machine.
      mirrorRoots: [join(home, '.terraform.d')],
    });
    expect(source.line).toContain(mirror);
  });

  it('none where nothing is found, with what to do about it', async () => {
    expect(await decided({}, { answers: false })).toEqual({
      kind: 'none',
      configFile: null,
      line: 'registry.terraform.io does not answer, and no provider mirror was found; Terraform tries the registry',
      remedy:
        'registry.terraform.io does not answer, and no provider mirror was found: connect to it (HTTPS_PROXY is honoured), or name a filesystem mirror in TF_PLUGIN_MIRROR (to make one, run "terraform providers mirror <folder>" on a machine that reaches the registry)',
    });
  });

  it('OpenTofu’s own registry and mirrors for tofu', async () => {
    folder('.terraform.d/plugins', AWS);
    const asked: string[] = [];
    const answers = async (host: string): Promise<boolean> => {
      asked.push(host);
      return true;
    };
    const source = await decideProviderSource({ HOME: home }, '/usr/bin/tofu', { answers, mirrorRoots: [] });
    expect(source.kind).toBe('registry');
    expect(asked).toEqual(['registry.opentofu.org']);
  });

  it('refused where TF_PLUGIN_MIRROR names a folder without the provider', async () => {
    for (const named of [folder('empty'), '/dev/null', '/nope']) {
      await expect(decided({ TF_PLUGIN_MIRROR: named }, { answers: false })).rejects.toThrow(MirrorError);
    }
  });

  it('refused with what was expected, and whether the folder is there', async () => {
    const empty = folder('empty');
    const wanted =
      'expected TF_PLUGIN_MIRROR to name a folder that holds registry.terraform.io/hashicorp/aws, got';
    await expect(decided({ TF_PLUGIN_MIRROR: empty }, { answers: false })).rejects.toThrow(
      `${wanted} ${JSON.stringify(empty)}, which does not: correct or unset it`,
    );
    await expect(decided({ TF_PLUGIN_MIRROR: '/nope' }, { answers: false })).rejects.toThrow(
      `${wanted} "/nope", which does not exist: correct or unset it`,
    );
  });

  it('decided once for the same environment', async () => {
    const env = { HOME: home, TF_CLI_CONFIG_FILE: written('my.tfrc') };
    expect(await providerSource(env, 'terraform')).toBe(await providerSource({ ...env }, 'terraform'));
  });
});

describe('a mirror', () => {
  const NAMES = ['a', 'b', '.hidden', 'node_modules', 'plugin-cache'];

  it('is found at most four levels below a root, outside hidden folders and plugin caches', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...NAMES), { maxLength: 6 }), async (path) => {
        const root = mkdtempSync(join(home, 'root-'));
        mkdirSync(join(root, ...path, AWS), { recursive: true });
        const source = await decideProviderSource({ HOME: home }, 'terraform', {
          answers: async () => false,
          mirrorRoots: [join(home, 'not-there'), root],
        });
        const isWanted = path.length <= 4 && path.every((name) => name === 'a' || name === 'b');
        expect(source.kind).toBe(isWanted ? 'mirror' : 'none');
      }),
      { numRuns: 60 },
    );
  });

  it('is not looked for behind a link, which may lead round in a circle', async () => {
    const root = folder('root');
    folder('elsewhere', AWS);
    symlinkSync(join(home, 'elsewhere'), join(root, 'link'));
    symlinkSync(root, join(root, 'circle'));
    expect(await decided({}, { answers: false, mirrorRoots: [root] })).toMatchObject({ kind: 'none' });
  });
});

it('Terraform does not follow a link in a mirror, so that a linked registry is no mirror', async () => {
  folder('elsewhere', AWS);
  const root = folder('root');
  symlinkSync(join(home, 'elsewhere/registry.terraform.io'), join(root, 'registry.terraform.io'));
  expect(await decided({}, { answers: false, mirrorRoots: [root] })).toMatchObject({ kind: 'none' });
});

describe('a failed terraform init', () => {
  it('is about the provider where Terraform says so, in a box or without', () => {
    const plain = [
      'Error: Failed to query available provider packages',
      '',
      'Could not retrieve the list of available versions for provider hashicorp/aws:',
      'no available releases match the given constraints 5.100.0',
      '',
      'To see which modules are currently depending on hashicorp/aws and what',
      'versions are specified, run the following command:',
      '    terraform providers',
    ];
    const boxed = ['╷', ...plain.map((line) => `\u001b[31m│\u001b[0m ${line}`), '╵'];
    const why =
      'Could not retrieve the list of available versions for provider hashicorp/aws: no available releases match the given constraints 5.100.0';
    expect([plain, boxed].map(missingProvider)).toEqual([why, why]);
  });

  it('is not about the provider where the state’s bucket is missing', () => {
    expect(missingProvider(['Error: Failed to get existing workspaces: NoSuchBucket'])).toBeNull();
  });
});

function decided(
  env: NodeJS.ProcessEnv,
  { answers, mirrorRoots = [] }: { answers: boolean; mirrorRoots?: string[] },
) {
  const machine = { answers: async () => answers, mirrorRoots };
  return decideProviderSource({ HOME: home, ...env }, 'terraform', machine);
}

function folder(...names: string[]): string {
  mkdirSync(join(home, ...names), { recursive: true });
  return join(home, names[0] ?? '');
}

function written(name: string): string {
  const path = join(home, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, '');
  return path;
}
