/** Applies an environment to the local AWS API with the real Terraform and the real provider. */

import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { StackGraph } from '../../aws/stack/stack-graph.ts';
import type { EnvironmentConfig } from '../../envs/config.ts';
import type { TrustedKeys } from '../../envs/keys.ts';
import { synthesize } from '../../envs/synth.ts';
import { runTerraform } from '../../ops/terraform/run.ts';

/** The Terraform outputs that `npm start` reads; their names are contracts. */
const outputsSchema = z.object({
  master_uploads_bucket_name: z.string(),
  hls_outputs_bucket_name: z.string(),
  cloudfront_distribution_id: z.string(),
  cloudfront_domain_name: z.string(),
  cloudfront_public_key_id: z.string(),
  mediaconvert_role_arn: z.string(),
  mediaconvert_queue_arn: z.string(),
  cloudfront_private_key_secret_arn: z.string(),
  /** Of an environment with `playback`, at the end of the apply. */
  playback_table_name: z.string().optional(),
  playback_key_arn: z.string().optional(),
});
export type Outputs = z.infer<typeof outputsSchema>;

/** Kept between runs, so that the provider is downloaded once and not at every start. */
export const PLUGIN_CACHE = fileURLToPath(new URL('../../.storytime/terraform-plugins', import.meta.url));

export interface PrepareOptions {
  readonly config: EnvironmentConfig;
  readonly keys: TrustedKeys;
  /** Where the synthesized stack, Terraform's state and its working files go. */
  readonly directory: string;
  /**
   * The AWS_* variables that point Terraform at the local AWS API, for a state that is kept there.
   * @default - none: a state in a file asks no AWS API for anything
   */
  readonly environment?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** Synthesizes and initializes; gives back the folder of the stack. */
export async function prepareLocally(options: PrepareOptions): Promise<string> {
  const { config, keys, directory, environment = {}, signal } = options;
  await mkdir(PLUGIN_CACHE, { recursive: true });
  signal.throwIfAborted();
  const stack = synthesize({ config, keys, outdir: directory });
  await runTerraform(['init', '-input=false', '-no-color'], {
    cwd: stack,
    env: terraformVariables(environment),
    signal,
  });
  return stack;
}

export interface ApplyPreparedOptions {
  /** As `prepareLocally` gives it. */
  readonly stack: string;
  /** The AWS_* variables that point Terraform at the local AWS API. */
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly onStep: (step: string) => void;
  /**
   * Told the outputs before the end, as soon as only the job template and playback are missing. The provider waits 10 s for
   * every CloudFormation stack, and a job needs none: it names its queue, its role and its settings itself.
   *
   * @default - the outputs are known at the end
   * @see https://github.com/hashicorp/terraform-provider-aws/blob/v5.100.0/internal/service/cloudformation/stack.go (`Delay` in `waitStackCreated`)
   */
  readonly onEarlyOutputs?: (outputs: Outputs) => void;
}

/** Applies a prepared stack; gives back the outputs when Terraform has ended. */
export async function applyPrepared(options: ApplyPreparedOptions): Promise<Outputs> {
  const { stack, environment, signal, onStep, onEarlyOutputs = () => {} } = options;
  const run = { cwd: stack, env: terraformVariables(environment), signal };
  const missing = awaitedAddresses(await readFile(join(stack, 'cdk.tf.json'), 'utf8'));
  let early: Promise<Outputs | null> | null = null;
  const readEarly = async (): Promise<Outputs | null> => {
    // Terraform writes a local state at every resource; where one writes it at the end only, the end is soon enough.
    const outputs = await readOutputs(run).catch(() => null);
    if (outputs !== null) onEarlyOutputs(outputs);
    return outputs;
  };
  await runTerraform(['apply', '-input=false', '-no-color', '-auto-approve'], {
    ...run,
    onOutput: (line) => {
      const [, address = '', what] = /^(\S+): (Creating|Creation complete)/.exec(line) ?? [];
      if (what === undefined) return;
      onStep(`${address}: ${what}`);
      if (what === 'Creation complete') missing.delete(address);
      if (missing.size === 0) early ??= readEarly();
    },
    // However the apply ends, our Terraform is not left running.
  }).finally(() => early);
  const outputs = await readOutputs(run);
  const told = await early;
  if (told !== null && !isPartOf(told, outputs)) {
    throw new Error('the outputs at the end of the apply are not those that were told before it');
  }
  return outputs;
}

/** The key of playback is not known before the end. */
function isPartOf(told: Outputs, outputs: Outputs): boolean {
  return isDeepStrictEqual({ ...outputs, ...told }, outputs);
}

/** Prepares and applies; gives back the outputs. */
export async function applyLocally({
  environment,
  onStep,
  ...prepared
}: PrepareOptions & Pick<ApplyPreparedOptions, 'environment' | 'onStep'>): Promise<Outputs> {
  onStep('terraform init');
  const stack = await prepareLocally({ ...prepared, environment });
  onStep('terraform apply');
  return applyPrepared({ stack, environment, signal: prepared.signal, onStep });
}

async function readOutputs(run: Parameters<typeof runTerraform>[1]): Promise<Outputs> {
  const { stdout } = await runTerraform(['output', '-json'], run);
  const raw = z.record(z.string(), z.object({ value: z.unknown() })).parse(JSON.parse(stdout));
  return outputsSchema.parse(
    Object.fromEntries(Object.entries(raw).map(([name, { value }]) => [name, value])),
  );
}

/**
 * The addresses of all that a video needs: everything that the stack creates, but CloudFormation's stacks, the table and key
 * of playback, and the policies that name these. The provider waits 9 s for a KMS key, and 5 s more for its policy.
 */
function awaitedAddresses(stackJson: string): Set<string> {
  const graph = new StackGraph(JSON.parse(stackJson));
  const playback = graph.resources.filter(({ address }) => /\.playback(?:_key)?$/.test(address));
  const later = new Set([
    ...graph.ofType('aws_cloudformation_stack'),
    ...playback,
    ...playback.flatMap((one) => graph.referrers(one, 'aws_iam_policy', 'policy')),
  ]);
  return new Set(graph.resources.filter((one) => !later.has(one)).map(({ address }) => address));
}

function terraformVariables(environment: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return { TF_PLUGIN_CACHE_DIR: PLUGIN_CACHE, ...withoutOtherAccounts(process.env), ...environment };
}

/**
 * A person's shell may name another AWS account, endpoints of single services, a workspace or variables for another
 * stack (`AWS_PROFILE`, `AWS_ENDPOINT_URL_S3`, `TF_WORKSPACE`, …): each of them would win over what is meant here.
 */
export function withoutOtherAccounts(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const isOthers = /^(AWS_|TF_VAR_|TF_WORKSPACE$|TF_DATA_DIR$|TF_CLI_ARGS)/;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !isOthers.test(name)));
}
