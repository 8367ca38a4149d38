/**
 * `npm run edge -- <environment>`, `npm run edge -- --from-synth <environment> --directory <folder>`,
 * `npm run edge -- --bunny --directory <folder>`.
 */
import { Option } from 'commander';
import type { EdgeCommandOptions } from '../ops/edge/start.ts';
import { interrupted, newProgram, runProgram, say } from '../ops/terraform/command-line.ts';
import { type BunnyCommandOptions, runEitherEdge } from './bunny/command.ts';

// Node 20.19 is supported here until the SDK drops it; who runs an edge can do nothing about the SDK's notice.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

const program = newProgram('npm run edge')
  .description(
    "CloudFront's answer on this machine: serves what the environment's distribution would, refuses what it would",
  )
  .usage(
    '-- <environment> | --from-synth <environment> (--directory <folder> | --s3-endpoint <url>) | --bunny --directory <folder>',
  )
  .argument('[environment]', 'one that has been applied to the AWS API at AWS_ENDPOINT_URL')
  .option('--distribution <id>', 'of an applied environment, instead of asking Terraform for its output')
  .option(
    '--from-synth <environment>',
    'one that is synthesized here: neither Terraform nor an AWS API is needed',
  )
  .option('--directory <folder>', 'objects: the bucket’s root, with the folder of titles in it')
  .option(
    '--s3-endpoint <url>',
    'objects: an S3, asked with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY if set',
  )
  .option('--bucket <name>', 'the bucket there, when it is not the stack’s')
  .addOption(
    new Option(
      '--public-key <id=file.pem>',
      'trust this key under this key pair id, and none of the environment’s; several times for several',
    )
      .argParser((value: string, earlier: string[]) => [...earlier, value])
      .default([], 'the keys of envs/keys/<environment>'),
  )
  .option(
    '--bunny',
    'Bunny in the place of CloudFront: a pull zone with tokens, the Stream API and TUS uploads',
  )
  .option(
    '--zone <host>',
    'with --bunny: the pull zone’s host, or BUNNY_PULL_ZONE (default: "vz-local.b-cdn.net")',
  )
  .option('--library <number>', 'with --bunny: the video library, or BUNNY_STREAM_LIBRARY_ID (default: "1")')
  .option(
    '--api-port <number>',
    'with --bunny: listener of Stream API and TUS; 0 for any free one (default: "4481")',
  )
  .option('--country <code>', 'with --bunny: where every viewer is, as in DE (default: unknown)')
  .option('--webhook <url>', 'with --bunny: called, signed, when a video’s state changes')
  .option('--domain <name>', 'name of the distribution before its apply: what URLs are signed for')
  .option('--port <number>', 'listener that stands for CloudFront’s TLS port; 0 for any free one', '4443')
  .option('--http-port <number>', 'listener that stands for port 80; 0 for any free one', '4480')
  .option('--https', 'TLS and HTTP/2 on the main listener, with a certificate made for this run')
  .option('--cert <file>', 'with --https: certificate (PEM), with --key')
  .option('--key <file>', 'with --https: its private key (PEM), with --cert')
  .option('--explain', 'say in every answer’s x-storytime-explain how it was judged')
  .option('--no-cache', 'ask the origin every time')
  .option('--json', 'one JSON object per line, the first says where the edge listens')
  .action((environment: string | undefined, options: EdgeCommandOptions & BunnyCommandOptions) =>
    runEitherEdge(environment, options, { say, signal: interrupted, env: process.env }),
  );

await runProgram(program);
