/** Applies an environment to the local AWS API with the real Terraform and the real provider. */

import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { EnvironmentConfig } from '../../envs/config.ts';
import type { TrustedKeys } from '../../envs/keys.ts';
import { synthesize } from '../../envs/synth.ts';
import { runTerraform } from '../../ops/terraform/run.ts';

/** What the laptop reads of DESIGN's outputs; the names are contracts. */
const outputsSchema = z.object({
  master_uploads_bucket_name: z.string(),
  hls_outputs_bucket_name: z.string(),
  cloudfront_distribution_id: z.string(),
  cloudfront_domain_name: z.string(),
  cloudfront_public_key_id: z.string(),
  mediaconvert_role_arn: z.string(),
  mediaconvert_queue_arn: z.string(),
  cloudfront_private_key_secret_arn: z.string(),
});
export type Outputs = z.infer<typeof outputsSchema>;

/** Kept between runs, so that the provider is downloaded once and not at every start. */
export const PLUGIN_CACHE = fileURLToPath(new URL('../../.storytime/terraform-plugins', import.meta.url));

export interface ApplyOptions {
  readonly config: EnvironmentConfig;
  readonly keys: TrustedKeys;
  /** Where the synthesized stack, Terraform's state and its working files go. */
  readonly directory: string;
  /** The AWS_* variables that point Terraform at the local AWS API. */
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly onStep: (step: string) => void;
}

/** Synthesizes, initializes and applies; gives back the outputs. */
export async function applyLocally(options: ApplyOptions): Promise<Outputs> {
  const { config, keys, directory, signal, onStep } = options;
  await mkdir(PLUGIN_CACHE, { recursive: true });
  signal.throwIfAborted();
  const stack = synthesize({ config, keys, outdir: directory });
  const terraform = (...args: string[]): Promise<{ stdout: string }> =>
    runTerraform(args, {
      cwd: stack,
      env: {
        TF_PLUGIN_CACHE_DIR: PLUGIN_CACHE,
        ...withoutOtherAccounts(process.env),
        ...options.environment,
      },
      signal,
      onOutput: (line) => {
        const step = /^(\S+): (Creating|Creation complete)/.exec(line);
        if (step) onStep(`${step[1]}: ${step[2]}`);
      },
    });
  onStep('terraform init');
  await terraform('init', '-input=false', '-no-color');
  onStep('terraform apply');
  await terraform('apply', '-input=false', '-no-color', '-auto-approve');
  const { stdout } = await terraform('output', '-json');
  const raw = z.record(z.string(), z.object({ value: z.unknown() })).parse(JSON.parse(stdout));
  return outputsSchema.parse(
    Object.fromEntries(Object.entries(raw).map(([name, { value }]) => [name, value])),
  );
}

/**
 * A person's shell may name another AWS account, endpoints of single services, a workspace or variables for another
 * stack (`AWS_PROFILE`, `AWS_ENDPOINT_URL_S3`, `TF_WORKSPACE`, …): each of them would win over what is meant here.
 */
export function withoutOtherAccounts(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const isOthers = /^(AWS_|TF_VAR_|TF_WORKSPACE$|TF_DATA_DIR$|TF_CLI_ARGS)/;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !isOthers.test(name)));
}
