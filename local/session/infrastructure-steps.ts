/** From nothing to an applied environment with its private key in Secrets Manager. */

import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { readTrustedKeys } from '../../envs/keys.ts';
import { startLocalCloud } from '../aws-api/index.ts';
import { transcode } from '../transcoder/index.ts';
import { clientConfig } from './client-config.ts';
import { applyPrepared, prepareLocally } from './infrastructure.ts';
import { createLocalSigningKey, storeSigningKey } from './signing-key.ts';
import { group, keysDirectoryOf, outdirOf, type Run, type Step } from './steps.ts';

export function infrastructureSteps({ config, signal, closers, earlyOutputs }: Run): Step[] {
  const startApi: Step = {
    title: 'Start the local AWS API',
    task: async (context) => {
      const [accountId = ''] = config.allowedAccountIds;
      const starting = startLocalCloud({ accountId, region: config.awsRegion, transcode });
      closers.addStarting(starting);
      context.cloud = await starting;
    },
  };

  const prepare: Step = {
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

  return [
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
          onEarlyOutputs: earlyOutputs.tell,
        });
        // Terraform must have ended before the API it talks to does.
        closers.addRunning(applied);
        context.outputs = await applied;
        earlyOutputs.tell(context.outputs);
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
}
