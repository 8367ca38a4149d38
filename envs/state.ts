/** The bootstrap stack: makes the bucket (and table) that the other stacks keep their state and locks in. */
import { DynamodbTable } from '@cdktf/provider-aws/lib/dynamodb-table/index.js';
import { TerraformOutput } from 'cdktf';
import type { Construct } from 'constructs';
import { PrivateBucket } from '../modules/s3_bucket/index.ts';
import { AddressedStack } from './addressed-stack.ts';
import type { EnvironmentConfig } from './config.ts';
import { useAws, useLocalState } from './provider.ts';

/** `state-dev` */
export function stateStackName({ environment }: EnvironmentConfig): string {
  return `state-${environment}`;
}

/** Applied once per environment, before everything else; its own state cannot be in the bucket that it makes. */
export class StateStack extends AddressedStack {
  constructor(scope: Construct, config: EnvironmentConfig) {
    super(scope, stateStackName(config));
    if (config.state.kind !== 's3') {
      throw new TypeError(
        `environment "${config.environment}" keeps its state in a file: there is no bucket to make`,
      );
    }
    const { bucket, region, lockTable } = config.state;
    useAws(this, { ...config, awsRegion: region });
    useLocalState(this);

    const state = new PrivateBucket(this, 'state', {
      bucketName: bucket,
      versioned: true,
      preventDestroy: true,
    });
    new TerraformOutput(this, 'state_bucket_name', { value: state.name });

    if (lockTable !== null) {
      const locks = new DynamodbTable(this, 'locks', {
        name: lockTable,
        billingMode: 'PAY_PER_REQUEST',
        hashKey: 'LockID',
        attribute: [{ name: 'LockID', type: 'S' }],
        pointInTimeRecovery: { enabled: true },
        lifecycle: { preventDestroy: true },
      });
      new TerraformOutput(this, 'state_lock_table_name', { value: locks.name });
    }
  }
}
