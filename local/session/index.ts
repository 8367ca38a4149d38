/**
 * One run of the laptop: from nothing to a book that plays behind signed cookies, as a list of steps.
 * `npm start` shows them live; the browser test runs the same list silently.
 */

import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, parse } from 'node:path';
import { MediaConvertClient } from '@aws-sdk/client-mediaconvert';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { ListrTask } from 'listr2';
import { type EdgeLogEntry, startEdge } from '../../edge/index.ts';
import type { EnvironmentConfig } from '../../envs/config.ts';
import { readTrustedKeys } from '../../envs/keys.ts';
import { type LocalCloud, startLocalCloud } from '../aws-api/index.ts';
import { createIngest } from '../demo/ingest.ts';
import { Library } from '../demo/library.ts';
import { RequestFeed } from '../demo/request-feed.ts';
import { Rotation } from '../demo/rotation.ts';
import { type SigningAccess, startDemo } from '../demo/server.ts';
import { transcode } from '../transcoder/index.ts';
import { probeVideo } from '../transcoder/probe.ts';
import { makeTestClip } from '../transcoder/test-clip.ts';
import { clientConfig } from './client-config.ts';
import { Closers } from './closers.ts';
import { type HeldPort, holdPort } from './held-port.ts';
import { applyPrepared, type Outputs, prepareLocally } from './infrastructure.ts';
import { bookJob, transcodeMaster, uploadMaster, type Video } from './ingest.ts';
import { PORT_NAMES, PORT_OPTIONS } from './ports.ts';
import { probeMaster } from './probe-master.ts';
import { rotateKey } from './rotate-key.ts';
import { createLocalSigningKey, type LocalSigningKey, storeSigningKey } from './signing-key.ts';

export interface SessionOptions {
  readonly config: EnvironmentConfig & { readonly laptop: NonNullable<EnvironmentConfig['laptop']> };
  /** A video already probed, or null for the test clip. */
  readonly video: Video | null;
  /** Aborting ends the step that runs; call `close` as well. */
  readonly signal: AbortSignal;
}

/** What the steps leave behind, each field set by the step that makes it. */
export interface SessionContext {
  directory: string;
  key: LocalSigningKey;
  cloud: LocalCloud;
  /** The folder of the synthesized and initialized stack. */
  stack: string;
  outputs: Outputs;
  video: Video;
  masterKey: string;
  signing: SigningAccess;
  edgeUrl: string;
  demoUrl: string;
}

export interface Session {
  readonly bookId: string;
  readonly steps: ListrTask<SessionContext>[];
  /** Ends what the steps started, newest first, and nothing else; once, however often it is called. */
  close(): Promise<void>;
}

export function createSession(options: SessionOptions): Session {
  const { config } = options;
  const { demoPort, edgePort, edgeHttpPort } = config.laptop;
  const bookId = randomUUID();
  const requests = new RequestFeed<EdgeLogEntry>();
  const closers = new Closers();
  const heldPorts = new Map<number, HeldPort>();
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);

  const early = announcement<Outputs>(signal);

  const startApi: ListrTask<SessionContext> = {
    title: 'Start the local AWS API',
    task: async (context) => {
      const [accountId = ''] = config.allowedAccountIds;
      const starting = startLocalCloud({ accountId, region: config.awsRegion, transcode });
      closers.addStarting(starting);
      context.cloud = await starting;
    },
  };

  const prepare: ListrTask<SessionContext> = {
    title: 'Make a signing key pair, synthesize, terraform init',
    task: async (context) => {
      const keysDirectory = keysDirectoryOf(context);
      context.key = await createLocalSigningKey(keysDirectory, new Date());
      const preparing = prepareLocally({
        config,
        keys: readTrustedKeys(keysDirectory),
        directory: outdirOf(context),
        signal,
      });
      closers.addRunning(preparing);
      context.stack = await preparing;
    },
  };

  const infrastructure: readonly ListrTask<SessionContext>[] = [
    group('Prepare', [startApi, prepare], { concurrent: true, signal }),
    {
      title: 'Apply the "local" environment with Terraform',
      task: async (context, task) => {
        const applied = applyPrepared({
          stack: context.stack,
          environment: context.cloud.environment,
          signal,
          onStep: (step) => {
            task.output = step;
          },
          onEarlyOutputs: early.tell,
        });
        // Terraform must have ended before the API it talks to does.
        closers.addRunning(applied);
        context.outputs = await applied;
        early.tell(context.outputs);
      },
    },
    {
      title: 'Put the private key into Secrets Manager',
      task: async (context) => {
        await storeSigningKey(
          new SecretsManagerClient(clientConfig(context.cloud)),
          context.outputs.cloudfront_private_key_secret_arn,
          { ...context.key, keyPairId: context.outputs.cloudfront_public_key_id },
        );
      },
    },
  ];

  const video: readonly ListrTask<SessionContext>[] = [
    {
      title: 'Make a 20-second test clip',
      enabled: options.video === null,
      task: async (context) => {
        const path = join(context.directory, 'test-clip.mp4');
        const made = makeTestClip(path, { signal });
        closers.addRunning(made);
        await made;
        const longestSeconds = config.longestMasterSeconds;
        context.video = { path, probed: await probeVideo(path, { longestSeconds, signal }) };
      },
    },
    {
      title: 'Upload the master through a presigned POST',
      task: async (context, task) => {
        task.output = 'waiting for the buckets, the queue and the role';
        const outputs = await early.told;
        task.output = '';
        context.masterKey = await uploadMaster(new S3Client(clientConfig(context.cloud)), {
          config,
          outputs,
          bookId,
          video: context.video,
          signal,
        });
      },
    },
    {
      title: 'Transcode to HLS with a MediaConvert job',
      task: async (context, task) => {
        await transcodeMaster(new MediaConvertClient(clientConfig(context.cloud)), {
          ...context,
          outputs: await early.told,
          config,
          bookId,
          signal,
          // By tens: where there is no terminal, every change is a line.
          onProgress: (percent) => {
            const output = `${percent - (percent % 10)} %`;
            if (task.task.output !== output) task.output = output;
          },
        });
      },
    },
  ];

  const steps: ListrTask<SessionContext>[] = [
    {
      title: 'Take the ports',
      task: async (context) => {
        for (const name of PORT_NAMES) {
          const held = await holdPort(config.laptop[name], PORT_OPTIONS[name]);
          heldPorts.set(config.laptop[name], held);
          closers.add(() => held.release());
        }
        context.directory = await mkdtemp(join(tmpdir(), 'storytime-'));
        closers.add(() => rm(context.directory, { recursive: true, force: true }));
        if (options.video !== null) context.video = options.video;
      },
    },
    group(
      'Build the infrastructure and the video',
      [
        group('Infrastructure', infrastructure, { concurrent: false, signal }),
        // Encoding takes as long as Terraform waits for the job template, which no job needs.
        group('Video', video, { concurrent: false, signal }),
      ],
      { concurrent: true, signal },
    ),
    {
      title: 'Start the edge',
      task: async (context) => {
        for (const port of [edgePort, edgeHttpPort]) await heldPorts.get(port)?.release();
        const starting = startEdge({
          distributionId: context.outputs.cloudfront_distribution_id,
          environment: context.cloud.environment,
          port: edgePort,
          httpPort: edgeHttpPort,
          onRequest: (entry) => requests.publish(entry),
        });
        closers.addStarting(starting);
        await starting;
        // Cookies ignore the port but not the spelling of the host: the page says localhost, so the edge does.
        context.edgeUrl = `http://localhost:${edgePort}`;
      },
    },
    {
      title: 'Start the demo page',
      task: async (context) => {
        context.signing = {
          domain: config.domainName ?? context.outputs.cloudfront_domain_name,
          secretId: context.outputs.cloudfront_private_key_secret_arn,
          aws: clientConfig(context.cloud),
          signerCacheSeconds: config.signerCacheSeconds,
          longestSignatureSeconds: config.longestSignatureSeconds,
        };
        await heldPorts.get(demoPort)?.release();
        const s3 = new S3Client(clientConfig(context.cloud));
        const bucket = context.outputs.master_uploads_bucket_name;
        const title = titleOf(context.video, options.video === null);
        const starting = startDemo({
          port: demoPort,
          signing: context.signing,
          library: new Library([{ id: bookId, title, state: { status: 'ready' } }]),
          ingest: createIngest({
            s3,
            mediaConvert: new MediaConvertClient(clientConfig(context.cloud)),
            rules: { ...config, bucket },
            job: bookJob(config, context.outputs),
            probeMaster: (key, title, signal) => probeMaster(s3, { ...config, bucket, key, title, signal }),
            signal,
          }),
          origins: { playback: context.edgeUrl, uploads: context.cloud.endpoint },
          requests,
          rotation: new Rotation((onLine) => {
            const rotating = rotateKey({
              config,
              keysDirectory: keysDirectoryOf(context),
              outdir: outdirOf(context),
              environment: context.cloud.environment,
              edgeUrl: context.edgeUrl,
              signal,
              onLine,
            });
            // Its Terraform must have ended before the API it talks to does.
            closers.addRunning(rotating);
            return rotating;
          }),
        });
        closers.addStarting(starting);
        context.demoUrl = (await starting).url;
      },
    },
  ];

  return {
    bookId,
    steps: steps.map((step) => unlessAborted(step, signal)),
    close: () => {
      stop.abort();
      return closers.closeAll();
    },
  };
}

/** Steps under one title, one after the other or side by side. */
function group(
  title: string,
  steps: readonly ListrTask<SessionContext>[],
  { concurrent, signal }: { readonly concurrent: boolean; readonly signal: AbortSignal },
): ListrTask<SessionContext> {
  const guarded = steps.map((step) => unlessAborted(step, signal));
  return { title, task: (_, task) => task.newListr(guarded, { concurrent }) };
}

/** A value that one step tells and others wait for; they are told the signal's reason when the run ends before. */
function announcement<Value>(signal: AbortSignal): {
  readonly told: Promise<Value>;
  readonly tell: (value: Value) => void;
} {
  let tell: (value: Value) => void = () => {};
  const told = new Promise<Value>((resolve, reject) => {
    tell = resolve;
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  // Nobody may be waiting when it is aborted.
  told.catch(() => {});
  return { told, tell };
}

/** A step that does not begin once the run is to end. */
function unlessAborted(step: ListrTask<SessionContext>, signal: AbortSignal): ListrTask<SessionContext> {
  return {
    ...step,
    task: (context, task) => {
      signal.throwIfAborted();
      return step.task?.(context, task);
    },
  };
}

/** Where the environment is synthesized and applied from; the state is below it. */
export function outdirOf({ directory }: Pick<SessionContext, 'directory'>): string {
  return join(directory, 'cdktf.out');
}

/** The run's own, so that two runs of one checkout do not replace each other's keys. */
export function keysDirectoryOf({ directory }: Pick<SessionContext, 'directory'>): string {
  return join(directory, 'keys');
}

function titleOf(video: Video, isTestClip: boolean): string {
  return isTestClip ? 'The test clip' : parse(video.path).name;
}
