/**
 * Makes an environment's state bucket, then moves the state of the stack that made it into it.
 *
 * It keeps no record of how far it came: every run looks at the bucket and at the file beside the stack and continues
 * from there, so that it may be interrupted at any point and run again.
 */
import { type EnvironmentConfig, parseEnvironment } from '../../envs/config.ts';
import { environments } from '../../envs/environments.ts';
import type { StateStackBackend } from '../../envs/state.ts';
import { synthesizeState } from '../../envs/synth.ts';
import { refuseExampleValues } from '../terraform/guard.ts';
import { forgetPlan } from '../terraform/kept-plan.ts';
import { localState, parseState, removeLocalState, STATE_FILE } from '../terraform/local-state.ts';
import { runTerraform, TerraformError } from '../terraform/run.ts';
import { UsageError } from '../terraform/targets.ts';
import { bucketOwner } from './bucket-owner.ts';
import { namedResources } from './named-resources.ts';
import { remoteState } from './remote-state.ts';
import { trustLines } from './trust-lines.ts';
import { whereStateIs } from './where-state-is.ts';

export interface BootstrapOptions {
  /** Of an environment that keeps its state in S3. */
  readonly config: EnvironmentConfig;
  /** Passed through to `terraform apply`, which asks before it makes anything. */
  readonly flags: readonly string[];
  /** Where stacks are synthesized. */
  readonly outdir: string;
  readonly say: (line: string) => void;
  /** Aborting interrupts Terraform, which saves its state, and nothing more is begun. */
  readonly signal: AbortSignal;
}

const LOCK_TABLE = 'aws_dynamodb_table.locks';
/** A table that the environment names from now on cannot lock the apply that makes it. */
const LOCKED_BY_FILE = ['-backend-config=dynamodb_table=', '-backend-config=use_lockfile=true'];

/**
 * @throws UsageError when the values are still the repository's examples and AWS is not the local one, when another
 *   environment makes this bucket, or when the file and the bucket hold different states
 */
export async function bootstrap(options: BootstrapOptions): Promise<void> {
  const { config, flags, outdir, say, signal } = options;
  const { environment, state } = parseEnvironment(config);
  if (state.kind !== 's3') throw new UsageError(`"${environment}" keeps its state in a file`);
  refuseExampleValues({ config }, process.env);
  const owner = bucketOwner(state.bucket, environments.values());
  if (owner !== undefined && owner !== environment) {
    throw new UsageError(
      `state bucket "${state.bucket}" is made with "${owner}": npm run bootstrap -- ${owner}`,
    );
  }
  const synthesizedFor = (backend: StateStackBackend) => synthesizeState({ config, outdir, backend });
  const folder = synthesizedFor('bucket');
  const terraform = (...args: string[]) => runTerraform(args, { cwd: folder, signal });
  const apply = () =>
    runTerraform(['apply', ...flags], { cwd: folder, signal, inherit: true }).catch((error) => {
      throw isProviderThere(error) ? new UsageError(providerThereText(config)) : error;
    });
  forgetPlan(folder);

  for (const line of trustLines(config)) say(line);
  say(`looking for s3://${state.bucket}`);
  const remote = await remoteState(folder, signal);
  const file = localState(folder);
  const where = whereStateIs(file, remote === 'no-bucket' ? null : remote);
  if (where === 'contradiction') {
    throw new UsageError(
      `${folder}/${STATE_FILE} and s3://${state.bucket} hold different states: look at both (terraform show), ` +
        'then delete the file if the bucket is right',
    );
  }
  if (where === 'bucket') {
    // A run that was stopped after the move left its file.
    removeLocalState(folder);
    const known = remote !== null && remote !== 'no-bucket' ? remote.addresses : [];
    const newTable = known.includes(LOCK_TABLE) ? null : state.lockTable;
    const initialise = ['init', '-input=false', '-reconfigure'];
    await terraform(...initialise, ...(newTable === null ? [] : LOCKED_BY_FILE));
    if (newTable !== null) await adopt(terraform, known, LOCK_TABLE, newTable);
    await apply();
    if (newTable !== null) await terraform(...initialise);
  } else {
    synthesizedFor('file');
    await terraform('init', '-input=false', '-reconfigure');
    const known = file?.addresses ?? [];
    const [accountId = ''] = config.allowedAccountIds;
    const made = remote === 'no-bucket' ? [] : namedResources(folder, accountId);
    for (const { address, id } of made) await adopt(terraform, known, address, id);
    if (made.length === 0 && state.lockTable !== null)
      await adopt(terraform, known, LOCK_TABLE, state.lockTable);
    await apply();
    // `-help` ends well and makes nothing.
    if (localState(folder) === null) return;
    synthesizedFor('bucket');
    await moveToBucket(terraform, folder);
    say(`the bucket's own state is in s3://${state.bucket} now, and no longer in a file`);
  }
  say(`state of "${environment}" is kept in s3://${state.bucket}; next: npm run plan -- ${environment}`);
}

type Terraform = (...args: string[]) => Promise<{ stdout: string }>;

/** Takes over what a run made that was killed before it could write its state; `apply` then shows what it would change. */
async function adopt(
  terraform: Terraform,
  known: readonly string[],
  address: string,
  id: string,
): Promise<void> {
  if (known.includes(address)) return;
  await terraform('import', '-input=false', address, id).catch((error) => {
    const said = error instanceof TerraformError ? error.lastLines.join('\n') : '';
    if (!/Cannot import non-existent remote object/.test(said)) throw error;
  });
}

/** The file goes only when the bucket is seen to hold what was in it. */
async function moveToBucket(terraform: Terraform, folder: string): Promise<void> {
  const file = localState(folder);
  // Not `-input=false`: Terraform would refuse to move anything, whatever `-force-copy` says.
  await terraform('init', '-migrate-state', '-force-copy');
  const moved = parseState((await terraform('state', 'pull')).stdout);
  if (whereStateIs(file, moved) !== 'bucket') {
    throw new Error(`${folder}: the bucket does not hold the state that was moved there`);
  }
  removeLocalState(folder);
}

/** An account has one identity provider for GitHub, and another environment or project may have made it. */
function isProviderThere(error: unknown): boolean {
  const said = error instanceof TerraformError ? error.lastLines.join('\n') : '';
  return /CreateOpenIDConnectProvider[\s\S]{0,400}EntityAlreadyExists/.test(said);
}

function providerThereText({ environment, allowedAccountIds: [accountId = ''] }: EnvironmentConfig): string {
  return (
    `the account has GitHub's identity provider already: set deployment.oidcProviderArn in envs/${environment}.ts to ` +
    `'arn:aws:iam::${accountId}:oidc-provider/token.actions.githubusercontent.com', then run this again`
  );
}
