/**
 * Where `terraform init` gets providers on this machine, decided once for a process: the user's CLI configuration, the
 * registry, or a filesystem mirror where the registry cannot be reached.
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { callersFile } from './callers-file.ts';
import { findMirror, holdsProvider, mirrorConfiguration } from './mirror.ts';
import { registryAnswers } from './registry.ts';

export interface ProviderSource {
  readonly kind: 'cli-configuration' | 'registry' | 'mirror' | 'none';
  /** What is used, as one line. */
  readonly line: string;
  /** What a person can do when Terraform finds no provider there. */
  readonly remedy: string;
  /** For `TF_CLI_CONFIG_FILE`; null where Terraform needs none. */
  readonly configFile: string | null;
}

export interface Machine {
  /** @default - /opt, /usr/share, /usr/local/share and `.terraform.d` of the home folder */
  readonly mirrorRoots?: readonly string[];
  /** @default - asks the registry, directly or through `HTTPS_PROXY` */
  readonly answers?: typeof registryAnswers;
}

/** `TF_PLUGIN_MIRROR` names a folder that is no mirror of the provider. */
export class MirrorError extends Error {
  override readonly name = 'MirrorError';
}

const PROVIDER = 'hashicorp/aws';
const CONNECT = 'connect to it (HTTPS_PROXY is honoured)';
const nameMirror = (which: 'a filesystem' | 'another') =>
  `name ${which} mirror in TF_PLUGIN_MIRROR (to make one, run "terraform providers mirror <folder>" on a machine that reaches the registry)`;

const decided = new Map<string, Promise<ProviderSource>>();

/**
 * As `decideProviderSource`, once for each environment that would decide otherwise.
 *
 * @param binary - as `findTerraform` gives it
 */
export function providerSource(env: NodeJS.ProcessEnv, binary: string): Promise<ProviderSource> {
  const key = JSON.stringify([binary, ...DECIDING.map((name) => env[name] ?? null)]);
  const known = decided.get(key);
  if (known !== undefined) return known;
  const deciding = decideProviderSource(env, binary);
  decided.set(key, deciding);
  return deciding;
}

/** Every variable that is read here and in `registryAnswers`. */
const DECIDING = [
  'TF_CLI_CONFIG_FILE',
  'TERRAFORM_CONFIG',
  'TF_PLUGIN_MIRROR',
  'INIT_CWD',
  'HOME',
  'XDG_CONFIG_HOME',
  'XDG_DATA_HOME',
  'XDG_DATA_DIRS',
  ...['HTTPS_PROXY', 'NO_PROXY'].flatMap((name) => [name, name.toLowerCase()]),
];

/**
 * 1. The user's CLI configuration, if it exists: `TF_CLI_CONFIG_FILE`, or the file in the home folder.
 * 2. One of Terraform's implied mirror folders, if it holds the provider: Terraform asks no registry then.
 * 3. The registry, if it answers.
 * 4. A mirror: `TF_PLUGIN_MIRROR`, or a folder at most four levels below `mirrorRoots`.
 * 5. None: Terraform tries the registry, and `remedy` explains its failure.
 *
 * @throws MirrorError when `TF_PLUGIN_MIRROR` is used and that folder does not hold the provider
 * Source: https://developer.hashicorp.com/terraform/cli/config/config-file#provider-installation
 */
export async function decideProviderSource(
  env: NodeJS.ProcessEnv,
  binary: string,
  { mirrorRoots, answers = registryAnswers }: Machine = {},
): Promise<ProviderSource> {
  const isTofu = basename(binary).startsWith('tofu');
  const home = env.HOME || homedir();
  const host = isTofu ? 'registry.opentofu.org' : 'registry.terraform.io';
  const provider = `${host}/${PROVIDER}`;

  const own = userConfiguration(env, home, isTofu);
  if (own !== null) {
    return {
      kind: 'cli-configuration',
      line: `providers are installed as the CLI configuration says: ${own}`,
      remedy: `correct provider_installation in the CLI configuration ${own}`,
      configFile: env.TF_CLI_CONFIG_FILE === own ? own : null,
    };
  }
  const implied = impliedMirrors(env, home, isTofu).find((folder) => holdsProvider(folder, provider));
  if (implied !== undefined) return mirrorSource(implied, 'a folder that Terraform prefers to the registry');
  if (await answers(host, env)) {
    return {
      kind: 'registry',
      line: `providers are installed from ${host}`,
      remedy: `run it again; where ${host} does not answer, ${nameMirror('a filesystem')}`,
      configFile: null,
    };
  }
  // Terraform runs in the stack's folder.
  const named = env.TF_PLUGIN_MIRROR ? callersFile(env.TF_PLUGIN_MIRROR, env) : null;
  if (named !== null && !holdsProvider(named, provider)) {
    throw new MirrorError(
      `expected TF_PLUGIN_MIRROR to name a folder that holds ${provider}, got ${JSON.stringify(named)}, which ${existsSync(named) ? 'does not' : 'does not exist'}: correct or unset it`,
    );
  }
  const roots = mirrorRoots ?? ['/opt', '/usr/share', '/usr/local/share', join(home, '.terraform.d')];
  const mirror = named ?? findMirror(roots, provider);
  if (mirror !== null) {
    return mirrorSource(mirror, `${host} does not answer`, mirrorConfiguration(mirror, host));
  }
  return {
    kind: 'none',
    line: `${host} does not answer, and no provider mirror was found; Terraform tries the registry`,
    remedy: `${host} does not answer, and no provider mirror was found: ${CONNECT}, or ${nameMirror('a filesystem')}`,
    configFile: null,
  };
}

/** Why `terraform init` got no provider, from what it wrote to stderr; null when it failed for another reason. */
export function missingProvider(lines: readonly string[]): string | null {
  const text = lines.map((line) => stripVTControlCharacters(line).replace(/^[\s│╷╵]+/, '')).join(' ');
  return NO_PROVIDER.exec(text)?.[1]?.trim() ?? null;
}

/** Between Terraform's heading and its advice. */
const NO_PROVIDER =
  /Error: (?:Failed to (?:query available provider packages|install provider)|Incompatible provider version) +(.+?)(?:; for more information:| To see which modules| Error: |$)/;

function mirrorSource(mirror: string, why: string, configFile: string | null = null): ProviderSource {
  return {
    kind: 'mirror',
    line: `providers are installed from the mirror ${mirror} (${why})`,
    remedy: `add the version that envs/locks names, for this platform, to the mirror ${mirror}, or ${nameMirror('another')}`,
    configFile,
  };
}

/** Terraform's own order; a variable that names no file counts as unset, which Terraform would stop at. */
function userConfiguration(env: NodeJS.ProcessEnv, home: string, isTofu: boolean): string | null {
  const config = env.XDG_CONFIG_HOME || join(home, '.config');
  const files = [
    env.TF_CLI_CONFIG_FILE,
    env.TERRAFORM_CONFIG,
    ...(isTofu ? [join(home, '.tofurc'), join(config, 'opentofu', 'tofurc')] : []),
    join(home, '.terraformrc'),
    ...partsOf(join(home, '.terraform.d')),
  ];
  return files.find((file) => file !== undefined && isFile(file)) ?? null;
}

/** Also a pipe (`<(…)` of a shell); a folder is none, and Terraform would only warn of it. */
function isFile(path: string): boolean {
  try {
    return !statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** Files that Terraform reads beside `.terraformrc`; credentials decide nothing about providers. */
function partsOf(folder: string): string[] {
  return namesIn(folder)
    .filter((name) => /\.tfrc(\.json)?$/.test(name) && name !== 'credentials.tfrc.json')
    .map((name) => join(folder, name));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

/** https://developer.hashicorp.com/terraform/cli/config/config-file#implied-local-mirror-directories */
function impliedMirrors(env: NodeJS.ProcessEnv, home: string, isTofu: boolean): string[] {
  const program = isTofu ? 'opentofu' : 'terraform';
  const shared =
    process.platform === 'darwin'
      ? [join(home, 'Library', 'Application Support'), '/Library/Application Support'].map((folder) =>
          join(folder, `io.${program}`),
        )
      : [
          env.XDG_DATA_HOME || join(home, '.local', 'share'),
          ...(env.XDG_DATA_DIRS || '/usr/local/share:/usr/share').split(delimiter),
        ].map((folder) => join(folder, program));
  return [join(home, '.terraform.d'), ...shared].map((folder) => join(folder, 'plugins'));
}
