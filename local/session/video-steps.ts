/** From a file to a title that plays, the way that `npm run upload` takes. */

import { join } from 'node:path';
import { checkMaster } from '../../ops/upload/check/check-master.ts';
import { makeTestClip } from '../transcoder/test-clip.ts';
import { publishMaster, uploadMaster } from './ingest.ts';
import { libraryOf } from './library-context.ts';
import type { Run, Step } from './steps.ts';

/** @param isTestClip - whether the video is made here */
export function videoSteps(run: Run, { isTestClip }: { readonly isTestClip: boolean }): Step[] {
  const { config, bookId, signal, closers, earlyOutputs } = run;
  return [
    {
      title: 'Make a 20-second test clip',
      enabled: isTestClip,
      task: async (context) => {
        const path = join(context.directory, 'test-clip.mp4');
        const made = makeTestClip(path, { signal });
        closers.addRunning(made);
        await made;
        const clip = { file: path, path, id: { value: bookId, given: true }, title: 'The test clip' };
        context.video = await checkMaster(clip, { config, signal, env: process.env });
      },
    },
    {
      title: 'Upload the master in parts, by its content',
      task: async (context, task) => {
        task.output = 'waiting for the buckets, the queue and the role';
        const outputs = await earlyOutputs.told;
        task.output = '';
        context.masterKey = await uploadMaster(libraryOf(run, { ...context, outputs }), context.video);
      },
    },
    {
      title: 'Transcode to HLS with a MediaConvert job',
      task: async (context, task) => {
        const outputs = await earlyOutputs.told;
        await publishMaster(libraryOf(run, { ...context, outputs }), context.video, (percent) => {
          // By tens: where there is no terminal, every change is a line.
          const output = `${percent - (percent % 10)} %`;
          if (task.task.output !== output) task.output = output;
        });
      },
    },
  ];
}
