import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findTerraform, terraformEnvironment } from '../../ops/terraform/binary.ts';
import { runTerraform, TerraformError } from '../../ops/terraform/run.ts';

const missing = findTerraform(process.env) === undefined && !process.env.CI;
if (missing) console.warn('running Terraform is not tested: neither terraform nor tofu is on PATH');

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'storytime-run-'));
});
afterEach(() => rmSync(cwd, { recursive: true }));

describe.skipIf(missing)('runTerraform', () => {
  it('gives back what Terraform printed, and every line as it came', async () => {
    configure({ output: { greeting: { value: 'hello' } } });
    const lines: string[] = [];
    const onOutput = (line: string) => lines.push(line);
    await runTerraform(['init', '-no-color'], { cwd });
    await runTerraform(['apply', '-auto-approve', '-no-color'], { cwd, onOutput });
    expect(lines).toContain('greeting = "hello"');
    expect((await runTerraform(['output', '-raw', 'greeting'], { cwd })).stdout).toBe('hello');
  });

  it('asks Terraform for no colours where nobody sees its output, and repeats what it said', async () => {
    configure({ output: { broken: { value: `\${nothing.here}` } } });
    const error = await failure(runTerraform(['validate'], { cwd }));
    expect(error.lastLines.join('\n')).not.toContain('\u001b[');
    expect(error.message).toContain('Reference to undeclared resource');
    expect(error.message).not.toContain('\u001b');
  });

  it('rejects with the exit code and what Terraform said last', async () => {
    configure({ output: { broken: { value: `\${nothing.here}` } } });
    const error = await failure(runTerraform(['validate', '-no-color'], { cwd }));
    expect(error).toMatchObject({ reason: 'failed', exitCode: 1, lock: null });
    expect(error.message).toMatch(/^terraform validate failed with exit code 1\n/);
    expect(error.lastLines.join('\n')).toContain('Reference to undeclared resource');
  });

  it('interrupts Terraform in the way that keeps its state', async () => {
    const provisioner = [{ 'local-exec': { command: 'sleep 5' } }];
    configure({
      resource: {
        terraform_data: {
          first: { input: 'made' },
          second: { depends_on: ['terraform_data.first'], provisioner },
        },
      },
    });
    await runTerraform(['init', '-no-color'], { cwd });
    const interrupt = new AbortController();
    const running = runTerraform(['apply', '-auto-approve', '-no-color'], {
      cwd,
      signal: interrupt.signal,
      onOutput: (line) => line.includes('Provisioning with') && interrupt.abort('Ctrl-C'),
    });
    const error = await failure(running);
    expect(error).toMatchObject({ reason: 'interrupted', cause: 'Ctrl-C' });
    const state = JSON.parse(readFileSync(join(cwd, 'terraform.tfstate'), 'utf8'));
    expect(state.resources.map(({ name }: { name: string }) => name)).toContain('first');
  });

  it('leaves Terraform to finish when the process that started it is killed', async () => {
    const provisioner = [{ 'local-exec': { command: 'sleep 1; echo one; sleep 1; echo two' } }];
    configure({ resource: { terraform_data: { slow: { provisioner } } } });
    await runTerraform(['init', '-no-color'], { cwd });
    const options = JSON.stringify({ cwd, inherit: true });
    const code = `import { runTerraform } from ${JSON.stringify(import.meta.resolve('../../ops/terraform/run.ts'))};
      await runTerraform(['apply', '-auto-approve', '-no-color'], ${options});`;
    const starter = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    for await (const chunk of starter.stdout) {
      if (String(chunk).includes('Provisioning with')) break;
    }
    starter.kill('SIGKILL');

    const state = () => {
      const path = join(cwd, 'terraform.tfstate');
      return existsSync(path) ? readFileSync(path, 'utf8') : '';
    };
    await expect.poll(state, { timeout: 20_000 }).toContain('"slow"');
    expect(state()).not.toContain('tainted');
  });

  it('starts nothing once it has been interrupted', async () => {
    const error = await failure(runTerraform(['init'], { cwd, signal: AbortSignal.abort('Ctrl-C') }));
    expect(error).toMatchObject({ reason: 'interrupted', exitCode: null, cause: 'Ctrl-C' });
  });
});

describe('finding Terraform', () => {
  it('takes TERRAFORM_BINARY_NAME at its word', () => {
    expect(findTerraform({ TERRAFORM_BINARY_NAME: '/opt/tofu', PATH: '' })).toBe('/opt/tofu');
  });

  it('takes a relative path from where npm was called', () => {
    const env = { TERRAFORM_BINARY_NAME: './bin/tofu', PATH: '', INIT_CWD: '/home/me' };
    expect(findTerraform(env)).toBe('/home/me/bin/tofu');
  });

  it('takes tofu where there is no terraform', () => {
    writeFileSync(join(cwd, 'tofu'), '', { mode: 0o755 });
    expect(findTerraform({ PATH: cwd })).toBe('tofu');
    writeFileSync(join(cwd, 'terraform'), '', { mode: 0o755 });
    expect(findTerraform({ PATH: cwd })).toBe('terraform');
  });

  it('says what to install where there is neither', async () => {
    const error = await failure(runTerraform(['init'], { cwd, env: { PATH: cwd } }));
    expect(error.reason).toBe('not-started');
    expect(error.message).toBe(
      'neither terraform nor tofu is on PATH: install Terraform >= 1.11, or set TERRAFORM_BINARY_NAME',
    );
  });

  it('says so when the binary that was named is not there', async () => {
    const env = { TERRAFORM_BINARY_NAME: join(cwd, 'gone') };
    const error = await failure(runTerraform(['init'], { cwd, env }));
    expect(error).toMatchObject({ reason: 'not-started', cause: { code: 'ENOENT' } });
  });
});

describe('Terraform’s environment', () => {
  it('loses a CLI configuration that is not there, and keeps one that is', () => {
    const file = join(cwd, 'cli.tfrc');
    expect(terraformEnvironment({ TF_CLI_CONFIG_FILE: file })).not.toHaveProperty('TF_CLI_CONFIG_FILE');
    writeFileSync(file, '');
    expect(terraformEnvironment({ TF_CLI_CONFIG_FILE: file })).toMatchObject({
      TF_CLI_CONFIG_FILE: file,
      CHECKPOINT_DISABLE: '1',
    });
  });
});

function configure(config: object): void {
  writeFileSync(join(cwd, 'main.tf.json'), JSON.stringify(config));
}

async function failure(running: Promise<unknown>): Promise<TerraformError> {
  const error = await running.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof TerraformError) return error;
  throw new Error('wanted a TerraformError', { cause: error });
}
