/** From a file to HLS in the outputs bucket, the way that an admin console takes. */

import { join } from 'node:path';
import { MediaConvertClient } from '@aws-sdk/client-mediaconvert';
import { S3Client } from '@aws-sdk/client-s3';
import { probeVideo } from '../../ops/probe/probe.ts';
import { makeTestClip } from '../transcoder/test-clip.ts';
import { clientConfig } from './client-config.ts';
import { transcodeMaster, uploadMaster } from './ingest.ts';
import type { Run, Step } from './steps.ts';

/** @param isTestClip - whether the video is made here */
export function videoSteps(
  { config, bookId, signal, closers, earlyOutputs }: Run,
  { isTestClip }: { readonly isTestClip: boolean },
): Step[] {
  return [
    {
      title: 'Make a 20-second test clip',
      enabled: isTestClip,
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
        const outputs = await earlyOutputs.told;
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
          outputs: await earlyOutputs.told,
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
}
