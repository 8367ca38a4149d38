/**
 * `npm run edge -- <environment>`, `npm run edge -- --from-synth <environment> --directory <folder>`,
 * `npm run edge -- --bunny --directory <folder>`.
 */
import { Option } from 'commander';
import type { EdgeCommandOptions } from '../ops/edge/start.ts';
import { interrupted, newProgram, runProgram, say } from '../ops/terraform/command-line.ts';
import { type BunnyCommandOptions, runEitherEdge } from './bunny/command.ts';

// Node 20.19 is supported here until the SDK drops it; a user of the edge can do nothing about the SDK's notice.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

const program = newProgram('npm run edge')
  .description(
    "Answers requests on this machine as the environment's CloudFront distribution would, denials included.",
  )
  .usage(
    '-- <environment> | --from-synth <environment> (--directory <folder> | --s3-endpoint <url>) | --bunny --directory <folder>',
  )
  .argument('[environment]', 'an environment that has been applied to the AWS API at AWS_ENDPOINT_URL')
  .option(
    '--distribution <id>',
    'the distribution of an applied environment (default: read from the Terraform outputs)',
  )
  .option(
    '--from-synth <environment>',
    'an environment that is synthesized here, without Terraform or an AWS API',
  )
  .option('--directory <folder>', 'the folder that holds the objects, laid out like the bucket')
  .option(
    '--s3-endpoint <url>',
    'the S3 that holds the objects; requests are signed if AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are set',
  )
  .option('--bucket <name>', 'the bucket at --s3-endpoint (default: the stack’s bucket)')
  .addOption(
    new Option(
      '--public-key <id=file.pem>',
      'a trusted public key and its key pair id, instead of the environment’s keys; may be repeated',
    )
      .argParser((value: string, earlier: string[]) => [...earlier, value])
      .default([], 'the keys of envs/keys/<environment>'),
  )
  .option(
    '--bunny',
    'act as Bunny instead of CloudFront: a pull zone with tokens, the Stream API and TUS uploads',
  )
  .option(
    '--zone <host>',
    'with --bunny: the pull zone’s host, or BUNNY_PULL_ZONE (default: "vz-local.b-cdn.net")',
  )
  .option('--library <number>', 'with --bunny: the video library, or BUNNY_STREAM_LIBRARY_ID (default: "1")')
  .option(
    '--api-port <number>',
    'with --bunny: port for the Stream API and TUS; 0 for any free port (default: "4481")',
  )
  .option('--country <code>', 'with --bunny: the country of all viewers, such as DE (default: unknown)')
  .option(
    '--webhook <url>',
    'with --bunny: the URL of a signed webhook call for each change of a video’s state',
  )
  .option('--domain <name>', 'with --from-synth: the distribution’s domain name, which URLs are signed for')
  .option(
    '--port <number>',
    'port for requests that CloudFront would get by https; 0 for any free port',
    '4443',
  )
  .option(
    '--http-port <number>',
    'port for requests that CloudFront would get by http; 0 for any free port',
    '4480',
  )
  .option('--https', 'use TLS and HTTP/2 on --port, with a certificate made for this run')
  .option('--cert <file>', 'with --https and --key: your own certificate (PEM)')
  .option('--key <file>', 'with --https and --cert: the private key of the certificate (PEM)')
  .option('--explain', 'add the header x-storytime-explain to every answer, with the verdict and its reason')
  .option('--no-cache', 'fetch every object from the origin')
  .option('--json', 'print one JSON object per line; the first one has the addresses of the edge')
  .action((environment: string | undefined, options: EdgeCommandOptions & BunnyCommandOptions) =>
    runEitherEdge(environment, options, { say, signal: interrupted, env: process.env }),
  );

await runProgram(program);
