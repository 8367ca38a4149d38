import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findTerraform } from '../../ops/terraform/binary.ts';
import { decideProviderSource, MirrorError } from '../../ops/terraform/provider-source.ts';
import { runTerraform, TerraformError } from '../../ops/terraform/run.ts';

const missing = findTerraform(process.env) === undefined && !process.env.CI;
if (missing) console.warn('installing a provider is not tested: neither terraform nor tofu is on PATH');

/** A proxy that is not there: neither we nor Terraform reach a registry. */
const OFFLINE = { HTTPS_PROXY: 'http://127.0.0.1:9', NO_PROXY: '' };

const PACKAGE = 'registry.terraform.io/hashicorp/aws';
const PLATFORM = `${process.platform}_${{ x64: 'amd64' }[process.arch as string] ?? process.arch}`;

let folder: string;
let env: NodeJS.ProcessEnv;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'storytime-init-'));
  const { TF_CLI_CONFIG_FILE: _, TF_PLUGIN_CACHE_DIR: __, ...rest } = process.env;
  env = { ...rest, ...OFFLINE, HOME: folder, XDG_DATA_HOME: folder, XDG_DATA_DIRS: folder };
});
afterEach(() => rmSync(folder, { recursive: true }));

describe.skipIf(missing)('terraform init', () => {
  it('installs from the mirror, also where TF_CLI_CONFIG_FILE is preset to a file that is not there', async () => {
    const preset = { TF_PLUGIN_MIRROR: mirrorOf('9.9.9'), TF_CLI_CONFIG_FILE: join(folder, 'gone') };
    await init('9.9.9', { env: { ...env, ...preset } });
    expect(readFileSync(join(folder, '.terraform.lock.hcl'), 'utf8')).toContain('constraints = "9.9.9"');
    expect(realpathSync(join(folder, '.terraform/providers', PACKAGE, '9.9.9', PLATFORM))).toContain(
      join('mirror', PACKAGE),
    );
  });

  it('fails in one line with the remedy where the mirror lacks the version', async () => {
    const { reason, message } = await failure('9.9.9', { ...env, TF_PLUGIN_MIRROR: mirrorOf('1.0.0') });
    expect(reason).toBe('no-provider');
    expect(message).toMatch(
      /^terraform init could not install the provider \(.*no available releases match the given constraints 9\.9\.9\): add the version that envs\/locks names, for this platform, to the mirror .*$/,
    );
  });

  it('fails for the same reason where the mirror lacks this platform', async () => {
    const mirror = mirrorOf('9.9.9', 'plan9_mips');
    expect(await failure('9.9.9', { ...env, TF_PLUGIN_MIRROR: mirror })).toMatchObject({
      reason: 'no-provider',
      exitCode: 1,
    });
  });

  it('fails in one line with the remedy where there is neither registry nor mirror', async () => {
    const providers = await decideProviderSource(env, 'terraform', { mirrorRoots: [] });
    const { reason, message } = await failure('9.9.9', env, providers);
    expect([providers.kind, reason]).toEqual(['none', 'no-provider']);
    expect(message).toMatch(
      /^terraform init could not install the provider \(.*could not connect to registry\.terraform\.io.*\): registry\.terraform\.io does not answer, and no provider mirror was found: connect to it .*$/,
    );
  });

  it('does not start where TF_PLUGIN_MIRROR names no mirror', async () => {
    const error = await failure('9.9.9', { ...env, TF_PLUGIN_MIRROR: folder });
    expect(error.reason).toBe('not-started');
    expect(error.cause).toBeInstanceOf(MirrorError);
  });

  it('fails in Terraform’s words where something else is wrong', async () => {
    writeFileSync(join(folder, 'broken.tf.json'), '{"terraform": {"backend": {"nowhere": {}}}}');
    const { reason, message } = await failure('9.9.9', { ...env, TF_PLUGIN_MIRROR: mirrorOf('9.9.9') });
    expect(reason).toBe('failed');
    expect(message).toContain('Unsupported backend type');
  });
});

/** A package as a filesystem mirror holds it unpacked; init installs it and does not start it. */
function mirrorOf(version: string, platform = PLATFORM): string {
  const mirror = join(folder, 'mirror');
  const place = join(mirror, PACKAGE, version, platform);
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, `terraform-provider-aws_v${version}`), '', { mode: 0o755 });
  return mirror;
}

async function init(
  version: string,
  options: Omit<Parameters<typeof runTerraform>[1], 'cwd'>,
): Promise<void> {
  const aws = { source: PACKAGE, version };
  writeFileSync(join(folder, 'main.tf.json'), JSON.stringify({ terraform: { required_providers: { aws } } }));
  await runTerraform(['init', '-input=false'], { cwd: folder, ...options });
}

async function failure(
  version: string,
  env: NodeJS.ProcessEnv,
  providers?: Awaited<ReturnType<typeof decideProviderSource>>,
): Promise<TerraformError> {
  const error = await init(version, { env, ...(providers && { providers }) }).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof TerraformError) return error;
  throw new Error('wanted a TerraformError', { cause: error });
}
