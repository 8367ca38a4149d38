/**
 * The file to read first: one environment, its modules wired in the order in which bytes travel.
 * A master comes in, is transcoded, is signed for, and goes out.
 */
import { TerraformOutput } from 'cdktf';
import type { Construct } from 'constructs';
import { HlsDistribution, TrustedKeyGroup } from '../modules/cloudfront_hls/index.ts';
import { AppPolicy, TranscodeRole } from '../modules/iam_roles/index.ts';
import { TranscodeQueue } from '../modules/mediaconvert/index.ts';
import { PrivateBucket } from '../modules/s3_bucket/index.ts';
import { SigningSecret } from '../modules/secrets/index.ts';
import { AddressedStack } from './addressed-stack.ts';
import type { EnvironmentConfig } from './config.ts';
import type { TrustedKeys } from './keys.ts';
import { hlsOutputsBucketName, masterUploadsBucketName, resourcePrefix } from './names.ts';
import { useAws, useState } from './provider.ts';
import { attachedPrincipal, bucketLifecycle, customDomain, terraformOwnedValue } from './stack-props.ts';

/** Everything of one environment. Its values come from `dev.ts`, `prod.ts` and `local.ts`; it knows none of them. */
export class StorytimeStack extends AddressedStack {
  constructor(scope: Construct, config: EnvironmentConfig, keys: TrustedKeys) {
    super(scope, config.environment);
    const name = resourcePrefix(config);
    useAws(this, config);
    useState(this, config);

    const masters = new PrivateBucket(this, 'masters', {
      bucketName: masterUploadsBucketName(config),
      forceDestroy: config.forceDestroy,
      versioned: config.mastersVersioning,
      corsOrigins: config.uploadOrigins,
      ...bucketLifecycle(config),
    });
    const outputs = new PrivateBucket(this, 'outputs', {
      bucketName: hlsOutputsBucketName(config),
      forceDestroy: config.forceDestroy,
    });

    const transcode = new TranscodeQueue(this, 'transcode', {
      name,
      ladder: config.ladder,
      segmentSeconds: config.segmentSeconds,
    });
    const transcodeRole = new TranscodeRole(this, 'mediaconvert', {
      name: `${name}-mediaconvert`,
      mastersBucketArn: masters.arn,
      outputsBucketArn: outputs.arn,
    });

    const viewers = new TrustedKeyGroup(this, 'viewers', { name, generations: keys.generations });
    const delivery = new HlsDistribution(this, 'delivery', {
      name,
      originDomainName: outputs.regionalDomainName,
      trustedKeyGroupId: viewers.keyGroupId,
      playlistTtlSeconds: config.playlistTtlSeconds,
      segmentTtlSeconds: config.segmentTtlSeconds,
      playbackOrigins: config.playbackOrigins,
      priceClass: config.priceClass,
      geoAllowList: config.geoAllowList,
      waitForDeployment: config.waitForDeployment,
      ...customDomain(config),
    });
    outputs.allowReadBy(delivery.arn);

    const activeKeyId = viewers.publicKeyId(keys.active);
    const signing = new SigningSecret(this, 'signing', {
      name: config.cloudfrontPrivateKeySecretName,
      recoveryDays: config.secretRecoveryDays,
      ...terraformOwnedValue(config, keys, activeKeyId),
    });
    const app = new AppPolicy(this, 'app', {
      name: `${name}-app`,
      mastersBucketArn: masters.arn,
      uploadKeyPrefix: config.uploadKeyPrefix,
      queueArn: transcode.queueArn,
      jobTemplateArn: transcode.jobTemplateArn,
      jobsArn: transcode.jobsArn,
      transcodeRoleArn: transcodeRole.arn,
      secretArn: signing.arn,
      ...attachedPrincipal(config),
    });

    this.#output({
      master_uploads_bucket_name: masters.name,
      hls_outputs_bucket_name: outputs.name,
      cloudfront_distribution_id: delivery.id,
      cloudfront_domain_name: delivery.domainName,
      cloudfront_key_group_id: viewers.keyGroupId,
      cloudfront_public_key_id: activeKeyId,
      cloudfront_public_key_ids: viewers.publicKeyIds,
      cloudfront_private_key_secret_arn: signing.arn,
      cloudfront_private_key_secret_name: signing.name,
      mediaconvert_role_arn: transcodeRole.arn,
      mediaconvert_queue_arn: transcode.queueArn,
      mediaconvert_job_template_name: transcode.jobTemplateName,
      app_policy_arn: app.arn,
    });
  }

  /** Output names are what backends read: a contract like the addresses. */
  #output(values: Readonly<Record<string, string | Readonly<Record<string, string>>>>): void {
    for (const [name, value] of Object.entries(values)) new TerraformOutput(this, name, { value });
  }
}
