/** Looks for the content key of the encrypted title in all that the local run made: Terraform's files, the template, its jobs. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  GetJobCommand,
  ListJobsCommand,
  ListJobTemplatesCommand,
  MediaConvertClient,
} from '@aws-sdk/client-mediaconvert';
import { expect, it } from 'vitest';
import { clientConfig } from '../../local/session/client-config.ts';
import { placesWith } from '../support/secret-forms.ts';
import { localRun } from './local-run.ts';
import { LESSON, premiumSite } from './premium-site.ts';

it('the content key is not in Terraform’s state, stack or plan, nor in the job template or a job', async () => {
  const { context } = localRun();
  const { store, keys } = premiumSite().options;
  const wrapped = (await store.contentKey(LESSON, 1)) ?? expect.fail('no key is stored');
  const key = await (keys ?? expect.fail('nothing unwraps')).unwrap(wrapped);

  const places = new Map<string, Buffer>();
  for (const entry of readdirSync(context.directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    // The provider is a program of 700 MB, which Terraform links to.
    if (entry.isFile() && !path.includes('/.terraform/')) places.set(path, readFileSync(path));
  }
  const mediaConvert = new MediaConvertClient(clientConfig(context.cloud));
  const { JobTemplates = [] } = await mediaConvert.send(new ListJobTemplatesCommand({}));
  for (const template of JobTemplates) places.set('job template', Buffer.from(JSON.stringify(template)));
  const { Jobs = [] } = await mediaConvert.send(new ListJobsCommand({ MaxResults: 20 }));
  for (const { Id = '' } of Jobs) {
    const { Job } = await mediaConvert.send(new GetJobCommand({ Id }));
    places.set(`job ${Id}`, Buffer.from(JSON.stringify(Job)));
  }
  mediaConvert.destroy();

  expect(places.has('job template')).toBe(true);
  expect([...places.keys()].filter((path) => path.endsWith('.tfstate'))).not.toEqual([]);
  expect([...places.keys()].filter((path) => path.endsWith('.tf.json'))).not.toEqual([]);
  expect([...places.values()].filter((content) => content.includes('StaticKeyValue'))).not.toEqual([]);
  expect(placesWith([key], places)).toEqual([]);
  expect(
    placesWith([key], new Map([['here', Buffer.from(`{"key":"${Buffer.from(key).toString('hex')}"}`)]])),
  ).toEqual(['here']);
});
