/** Every npm command that a person runs, in groups and in the order in which they are met. Pure. */

export interface CommandGroup {
  readonly title: string;
  readonly commands: readonly HelpedCommand[];
}

interface HelpedCommand {
  /** Name of the script in `package.json`. */
  readonly script: string;
  /** What follows `--`. @default - nothing */
  readonly args?: string;
  /** One line: what it does. */
  readonly does: string;
}

export const COMMAND_GROUPS: readonly CommandGroup[] = [
  {
    title: 'See it play on this machine',
    commands: [
      { script: 'start', does: 'play a video behind signed cookies; --video, --port, --edge-port, --once' },
      {
        script: 'edge',
        args: '<environment>',
        does: "answer as CloudFront would, or Bunny (--bunny), for a backend's tests",
      },
    ],
  },
  {
    title: 'Plan and apply',
    commands: [
      {
        script: 'synth',
        args: '[environments]',
        does: 'write cdk.tf.json of the environments named, or of dev and prod',
      },
      { script: 'bootstrap', args: '<environment>', does: 'make the bucket that keeps the state, once' },
      { script: 'plan', args: '<environment>', does: 'plan, and keep the plan file' },
      { script: 'apply', args: '<environment>', does: 'apply the kept plan, or plan and ask' },
      { script: 'destroy', args: '<environment>', does: 'destroy an environment, after asking' },
      { script: 'terraform', args: '<environment> <command>', does: 'any other command of Terraform' },
    ],
  },
  {
    title: 'Operate an environment',
    commands: [
      {
        script: 'env',
        args: '<environment>',
        does: 'print its outputs as the variables that a backend reads',
      },
      {
        script: 'upload',
        args: '<environment> <files>',
        does: 'make titles of video files: check, send, transcode, list',
      },
      {
        script: 'titles',
        args: '[command] <environment>',
        does: 'list its titles, adopt those without a record, rename or encode one',
      },
      {
        script: 'withdraw',
        args: '<environment> <id>',
        does: 'take a title off the air: catalogue, files, caches',
      },
      {
        script: 'restore',
        args: '<environment> <id>',
        does: 'put a withdrawn title back on the air, as a new version',
      },
      {
        script: 'content-keys',
        args: 'rotate <environment>',
        does: 'encode an encrypted title again with a new key, and switch to it',
      },
      {
        script: 'keys',
        args: '<command> <environment>',
        does: 'show, rotate or revoke the signing key',
      },
      {
        script: 'key-policy',
        args: '<environment>',
        does: 'print what the policy of your own KMS key must say',
      },
      { script: 'doctor', args: "<environment> '<url>'", does: 'say why a viewer gets 403, and the fix' },
    ],
  },
  {
    title: 'Change the code',
    commands: [
      { script: 'test', does: 'run every test' },
      { script: 'test:unit', does: 'run the tests that need nothing but Node.js' },
      { script: 'test:watch', does: 'wait for a change, and run the unit tests that it touches' },
      { script: 'check', does: 'format, lint, types, unused code, guardrails, generated pages, words' },
      { script: 'check:secrets', does: 'look for secrets in the files' },
      { script: 'format', does: 'format the files and fix what the linter can fix' },
      { script: 'build', does: 'compile the packages: the signer and the job builder' },
      { script: 'docs', does: 'write the generated parts of the documentation' },
      { script: 'help', does: 'print this list' },
    ],
  },
  {
    title: 'Measure and prove',
    commands: [
      { script: 'bench', does: 'measure the signer and the synthesis, in ratios' },
      { script: 'bench:synth', does: 'measure the synthesis alone' },
      { script: 'bench:edge', does: 'measure what judging a request costs the edge (needs wrk)' },
      {
        script: 'bench:upload',
        does: 'measure how fast masters are sent, against the AWS SDK’s own uploader',
      },
      { script: 'prove:rotation', does: 'rotate keys under load: no viewer gets a wrong answer' },
      { script: 'prove:edge', does: 'send a million requests to the edge' },
      { script: 'prove:compat', does: 'run the signer on Node.js 20, 22, 24 and Bun' },
      { script: 'prove:portable', does: 'synthesize every stack with CDK Terrain too, and compare' },
    ],
  },
];

/** The list as it is printed, a line for each command. */
export function helpText(groups: readonly CommandGroup[]): string {
  const width = Math.max(...groups.flatMap(({ commands }) => commands.map((each) => typed(each).length)));
  const blocks = groups.map(({ title, commands }) =>
    [title, ...commands.map((each) => `  ${typed(each).padEnd(width)}  ${each.does}`)].join('\n'),
  );
  return `${blocks.join('\n\n')}\n\nCommands that ask have --yes, which answers every question with yes.\nOptions of start, edge and of the commands for environments: npm run <command> -- --help`;
}

/** npm runs two of them without `run`. */
function typed({ script, args }: HelpedCommand): string {
  const command = script === 'start' || script === 'test' ? `npm ${script}` : `npm run ${script}`;
  return args === undefined ? command : `${command} -- ${args}`;
}
