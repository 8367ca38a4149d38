/** The bootstrap stack: makes the bucket (and table) that the other stacks keep their state and locks in. */
import { DynamodbTable } from '@cdktf/provider-aws/lib/dynamodb-table/index.js';
import { TerraformOutput } from 'cdktf';
import type { Construct } from 'constructs';
import { DeployRoles } from '../modules/iam_roles/index.ts';
import { PrivateBucket } from '../modules/s3_bucket/index.ts';
import { AddressedStack } from './addressed-stack.ts';
import type { EnvironmentConfig } from './config.ts';
import { deployScope } from './deploy-scope.ts';
import { useAws, useLocalState, useState } from './provider.ts';
import { definedProps } from './stack-props.ts';

/** Where the stack's own state is: in the bucket that it made, or in a file until there is one. */
export type StateStackBackend = 'bucket' | 'file';

/** `state-dev` */
export function stateStackName({ environment }: EnvironmentConfig): string {
  return `state-${environment}`;
}

/**
 * Applied once per environment, before everything else. Its own state is in the bucket that it makes
 * (`storytime/state-dev/terraform.tfstate`); only `npm run bootstrap` asks for a file, while there is no bucket.
 */
export class StateStack extends AddressedStack {
  constructor(scope: Construct, config: EnvironmentConfig, backend: StateStackBackend = 'bucket') {
    super(scope, stateStackName(config));
    if (config.state.kind !== 's3') {
      throw new TypeError(
        `environment "${config.environment}" keeps its state in a file, so there is no bucket to make`,
      );
    }
    const { bucket, region, lockTable } = config.state;
    useAws(this, { ...config, awsRegion: region });
    if (backend === 'file') useLocalState(this);
    else useState(this, { ...config, environment: stateStackName(config) });

    const state = new PrivateBucket(this, 'state', {
      bucketName: bucket,
      versioned: true,
      preventDestroy: true,
      // States are written whole: there are no parts to be left behind.
      lifecycle: 'none',
    });
    new TerraformOutput(this, 'state_bucket_name', { value: state.name });

    const locks = lockTable === null ? undefined : this.#lockTable(lockTable);
    if (config.deployment !== null) {
      const deploy = new DeployRoles(this, 'deploy', {
        ...deployScope(config),
        // Written out: the names of lock items begin with the bucket's.
        stateBucketArn: `arn:aws:s3:::${bucket}`,
        ...definedProps({ lockTableArn: locks?.arn }),
      });
      // The roles' own trust is known only after the apply that makes GitHub's provider, and a plan would not show whom they trust.
      new TerraformOutput(this, 'deploy_trusted_subjects', { value: deploy.trustedSubjects });
      new TerraformOutput(this, 'deploy_plan_role_arn', { value: deploy.planRoleArn });
      new TerraformOutput(this, 'deploy_apply_role_arn', { value: deploy.applyRoleArn });
      if (deploy.rotateRoleArn !== undefined) {
        new TerraformOutput(this, 'deploy_rotate_role_arn', { value: deploy.rotateRoleArn });
      }
    }
  }

  #lockTable(lockTable: string): DynamodbTable {
    const locks = new DynamodbTable(this, 'locks', {
      name: lockTable,
      billingMode: 'PAY_PER_REQUEST',
      hashKey: 'LockID',
      attribute: [{ name: 'LockID', type: 'S' }],
      pointInTimeRecovery: { enabled: true },
      lifecycle: { preventDestroy: true },
    });
    new TerraformOutput(this, 'state_lock_table_name', { value: locks.name });
    return locks;
  }
}
