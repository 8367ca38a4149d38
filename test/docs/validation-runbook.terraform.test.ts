/** docs/runbooks/validation.md, run on `local` as it is written: every command in its order, in one shell. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
// For the compiler alone: the script runs as a process of its own.
import type {} from '../../docs/runbooks/validate.ts';
import { local } from '../../envs/local.ts';
import { backendEnvironment } from '../../ops/env/backend-environment.ts';
import { dotenv } from '../../ops/env/dotenv.ts';
import { runLocalSession } from '../support/local-session.ts';

interface Step {
  readonly heading: string;
  readonly commands: string;
  /** What the page says is printed; empty for nothing. */
  readonly wanted: string;
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const page = await readFile(join(ROOT, 'docs/runbooks/validation.md'), 'utf8');
const [where, ...steps] = stepsOf(page);

let run: Awaited<ReturnType<typeof runLocalSession>>;
let printed: readonly string[];
let complaints: string;

beforeAll(async () => {
  run = await runLocalSession();
  ({ printed, complaints } = await runInOneShell());
}, 420_000);

afterAll(() => run?.close(), 60_000);

describe('the validation runbook', () => {
  it('has the seven steps, and names the environment in the first block alone', () => {
    expect(where?.commands).toBe(
      [
        'set -a && eval "$(npm run --silent env -- dev)" && set +a',
        'cloudfront="https://$CLOUDFRONT_DOMAIN"',
        'bucket="https://$HLS_OUTPUTS_BUCKET.s3.$AWS_REGION.amazonaws.com"',
        '',
      ].join('\n'),
    );
    expect([...page.matchAll(/^## (\d)\. /gm)].map(([, number]) => number)).toEqual([...'01234567']);
    expect(steps.map(({ commands }) => commands).join('\n')).not.toMatch(/(?<!\/)\bdev\b/);
  });

  it('prints at every step what the page says', () => {
    expect(complaints).toBe('');
    expect(printed).toHaveLength(steps.length);
    expect(steps.map(({ heading }, index) => `${heading}\n${printed[index]}`)).toEqual(
      steps.map(({ heading, wanted }) => `${heading}\n${wanted}`),
    );
  });
});

/** The first block's three lines as `local` has them; every other block unchanged. */
async function runInOneShell(): Promise<{ printed: string[]; complaints: string }> {
  const { cloud, outputs, edgeUrl } = run.context;
  const folder = await mkdtemp(join(tmpdir(), 'storytime-validation-'));
  try {
    const all = { ...outputs, ...OUTPUTS_OF_NO_STEP };
    // What `npm run env` prints; that it does is a test of its own.
    await writeFile(join(folder, 'environment'), dotenv(backendEnvironment(local, all)));
    const script = [
      'set -euo pipefail',
      `set -a && eval "$(cat ${join(folder, 'environment')})" && set +a`,
      `cloudfront=${edgeUrl}`,
      `bucket=${cloud.endpoint}/$HLS_OUTPUTS_BUCKET`,
      ...steps.map(({ commands }, index) => `{\n${commands}} > ${join(folder, `${index}.out`)}`),
    ].join('\n');
    const shell = spawn('bash', ['-c', script], {
      cwd: ROOT,
      env: { ...process.env, ...cloud.environment },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let complaints = '';
    shell.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      complaints += chunk;
    });
    const code = await new Promise<number | null>((resolve) => shell.on('close', resolve));
    const printed = await Promise.all(
      steps.map((_, index) => readFile(join(folder, `${index}.out`), 'utf8').catch(() => 'not run\n')),
    );
    return { printed, complaints: code === 0 ? complaints : `exit ${code}\n${complaints}` };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What `npm run env` wants to be there, and no step reads. */
const OUTPUTS_OF_NO_STEP = {
  cloudfront_key_group_id: 'none',
  cloudfront_private_key_secret_name: local.cloudfrontPrivateKeySecretName,
  mediaconvert_job_template_name: 'none',
};

/** Each ```sh block with the ```text block behind it, if that comes before the next one. */
function stepsOf(text: string): Step[] {
  return [...text.matchAll(/```sh\n([\s\S]*?)```(?:\n\n```text\n([\s\S]*?)```)?/g)].map(
    ({ 1: commands = '', 2: wanted = '', index }) => ({
      heading: [...text.slice(0, index).matchAll(/^## (.*)$/gm)].at(-1)?.[1] ?? '',
      commands,
      wanted,
    }),
  );
}
