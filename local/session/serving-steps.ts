/** The edge and the demo page, from what was applied and transcoded. */

import { type EdgeLogEntry, startEdge } from '../../edge/index.ts';
import { createCatalogue } from '../../ops/library/catalogue.ts';
import { recordStore } from '../../ops/library/record-store.ts';
import { createLibrary } from '../demo/library.ts';
import { RequestFeed } from '../demo/request-feed.ts';
import { Rotation } from '../demo/rotation.ts';
import { startDemo } from '../demo/server.ts';
import { createUploads } from '../demo/uploads.ts';
import { clientConfig } from './client-config.ts';
import { libraryOf } from './library-context.ts';
import { rotateKey } from './rotate-key.ts';
import { keysDirectoryOf, outdirOf, type Run, type Step } from './steps.ts';
import { watchKeyCommands } from './watch-key-commands.ts';

export interface ServingOptions {
  /** Frees a port that was held since the run began. */
  readonly releasePort: (port: number) => Promise<void>;
}

export function servingSteps(run: Run, { releasePort }: ServingOptions): Step[] {
  const { config, signal, closers } = run;
  const { demoPort, edgePort, edgeHttpPort } = config.localPorts;
  const requests = new RequestFeed<EdgeLogEntry>();
  return [
    {
      title: 'Start the edge',
      task: async (context) => {
        for (const port of [edgePort, edgeHttpPort]) await releasePort(port);
        const starting = startEdge({
          distributionId: context.outputs.cloudfront_distribution_id,
          environment: context.cloud.environment,
          port: edgePort,
          httpPort: edgeHttpPort,
          ...(config.domainName !== null && { loopbackAlias: config.domainName }),
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
        await releasePort(demoPort);
        const titles = libraryOf(run, context);
        const records = recordStore({
          s3: titles.s3,
          bucket: context.outputs.master_uploads_bucket_name,
          signal,
        });
        const rotation = new Rotation((onEvent) => {
          const rotating = rotateKey({
            config,
            keysDirectory: keysDirectoryOf(context),
            outdir: outdirOf(context),
            environment: context.cloud.environment,
            edgeUrl: context.edgeUrl,
            signal,
            onEvent,
          });
          // Its Terraform must have ended before the API it talks to does.
          closers.addRunning(rotating);
          return rotating;
        });
        closers.addRunning(
          watchKeyCommands({
            outdir: outdirOf(context),
            environment: config.environment,
            keysDirectory: keysDirectoryOf(context),
            signal,
            onChange: (keys) => rotation.observe(keys),
          }),
        );
        const starting = startDemo({
          port: demoPort,
          pathPrefix: config.pathPrefix,
          signing: context.signing,
          library: createLibrary(createCatalogue({ records })),
          uploads: createUploads(titles),
          origins: { playback: context.edgeUrl, uploads: context.cloud.endpoint },
          requests,
          rotation,
        });
        closers.addStarting(starting);
        context.demoUrl = (await starting).url;
      },
    },
  ];
}
