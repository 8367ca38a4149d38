/**
 * The file to read first: one environment, its modules wired in the order in which bytes travel.
 * A master is uploaded, transcoded, signed for, and delivered.
 */
import { TerraformOutput } from 'cdktf';
import type { Construct } from 'constructs';
import { HlsDistribution, TrustedKeyGroup } from '../modules/cloudfront_hls/index.ts';
import { EncryptionKey } from '../modules/encryption_key/index.ts';
import { AppPolicy, AppRole, LibraryAdminPolicy, TranscodeRole } from '../modules/iam_roles/index.ts';
import { JobEvents, TranscodeQueue } from '../modules/mediaconvert/index.ts';
import { PlaybackTable } from '../modules/playback_store/index.ts';
import { LogBucket, PrivateBucket } from '../modules/s3_bucket/index.ts';
import { SigningSecret } from '../modules/secrets/index.ts';
import { AddressedStack } from './addressed-stack.ts';
import { AppConfig } from './app-config.ts';
import { backendVariables } from './backend-variables.ts';
import type { EnvironmentConfig } from './config.ts';
import type { TrustedKeys } from './keys.ts';
import { kmsSigningKeys } from './kms-signing-keys.ts';
import {
  accessLogsBucketName,
  appConfigName,
  hlsOutputsBucketName,
  masterUploadsBucketName,
  playbackTableName,
  resourcePrefix,
} from './names.ts';
import { useAws, useState, useUsEast1 } from './provider.ts';
import {
  accountOf,
  appRoleName,
  backendTrust,
  customDomain,
  definedProps,
  existingBackend,
  jobTemplate,
  keyDeletion,
  mastersLifecycle,
  outputsAccess,
  outputsLifecycle,
  playbackKept,
  secretReaders,
  terraformOwnedValue,
} from './stack-props.ts';
import { watch } from './watch.ts';

/** Everything of one environment. Its values come from `dev.ts`, `prod.ts` and `local.ts`; it knows none of them. */
export class StorytimeStack extends AddressedStack {
  constructor(scope: Construct, config: EnvironmentConfig, keys: TrustedKeys) {
    super(scope, config.environment);
    const name = resourcePrefix(config);
    const accountId = accountOf(config);
    const { awsRegion: region, forceDestroy, preventDestroy } = config;
    useAws(this, config);
    useState(this, config);
    const usEast1 = useUsEast1(this, config);

    // At rest: one key for everything, and one bucket for every log.
    const encryption =
      config.encryption === 'kms' && config.encryptionKeyArn === null
        ? new EncryptionKey(this, 'encryption', { alias: name, accountId, ...keyDeletion(config) })
        : undefined;
    const bounded = definedProps({ permissionsBoundaryArn: config.permissionsBoundaryArn });
    const encrypted = definedProps({ encryptionKeyArn: config.encryptionKeyArn ?? encryption?.arn });
    const logs =
      config.accessLogRetentionDays === null
        ? undefined
        : new LogBucket(this, 'access', {
            bucketName: accessLogsBucketName(config),
            retentionDays: config.accessLogRetentionDays,
            forceDestroy,
            preventDestroy,
          });

    // In: masters, by presigned uploads. Out: HLS, by CloudFront alone.
    const masters = new PrivateBucket(this, 'masters', {
      bucketName: masterUploadsBucketName(config),
      forceDestroy,
      preventDestroy,
      versioned: config.mastersVersioning,
      corsOrigins: config.uploadOrigins,
      ...encrypted,
      lifecycle: mastersLifecycle(config),
      ...definedProps({ accessLogs: logs && { bucketName: logs.name, prefix: 's3/masters/' } }),
    });
    const outputs = new PrivateBucket(this, 'outputs', {
      bucketName: hlsOutputsBucketName(config),
      forceDestroy,
      preventDestroy,
      versioned: config.outputsVersioning !== null,
      served: true,
      ...encrypted,
      lifecycle: outputsLifecycle(config),
      ...definedProps({ accessLogs: logs && { bucketName: logs.name, prefix: 's3/outputs/' } }),
    });
    logs?.allowServerAccessLogs({ sourceBucketArns: [masters.arn, outputs.arn], accountId, prefix: 's3/' });

    // Between: transcoding.
    const transcode = new TranscodeQueue(this, 'transcode', { name, ...jobTemplate(config) });
    const events =
      config.jobEvents === 'none'
        ? undefined
        : new JobEvents(this, 'job_events', {
            name,
            queueArn: transcode.queueArn,
            ...definedProps({
              hopQueueArn: config.jobHop?.queueArn,
              topic: config.jobEvents === 'queue-and-topic' ? {} : null,
            }),
          });
    const transcodeRole = new TranscodeRole(this, 'mediaconvert', {
      name: `${name}-mediaconvert`,
      mastersBucketArn: masters.arn,
      outputsBucketArn: outputs.arn,
      ...encrypted,
      ...bounded,
      ...definedProps({
        logs: config.transcodeRoleLogs ? { region, accountId } : null,
        sourceAccountId: config.confusedDeputyGuard ? accountId : null,
      }),
    });

    // Who may watch: keys whose signatures CloudFront accepts, as PEM or in KMS.
    const inKms = kmsSigningKeys(this, config, keys);
    const viewers = new TrustedKeyGroup(this, 'viewers', {
      name,
      generations: { ...keys.generations, ...inKms.generationPublicKeys },
    });
    const activeKeyId = viewers.publicKeyId(keys.active);

    const delivery = new HlsDistribution(this, 'delivery', {
      name,
      originDomainName: outputs.regionalDomainName,
      trustedKeyGroupId: viewers.keyGroupId,
      pathPrefix: config.pathPrefix,
      playlistTtlSeconds: config.playlistTtlSeconds,
      segmentTtlSeconds: config.segmentTtlSeconds,
      playbackOrigins: config.playbackOrigins,
      priceClass: config.priceClass,
      geoAllowList: config.geoAllowList,
      bindsViewerIps: config.bindsViewerIps,
      publicThumbnails: config.publicThumbnails,
      waitForDeployment: config.waitForDeployment,
      usEast1,
      ...customDomain(config),
      ...definedProps({
        playlistMaxTtlSeconds: config.playlistMaxTtlSeconds,
        segmentMaxTtlSeconds: config.segmentMaxTtlSeconds,
        originShieldRegion: config.originShieldRegion,
        webAcl: config.webAcl,
        accessLogs: logs && { bucketArn: logs.arn, prefix: 'cloudfront' },
      }),
    });
    outputs.allowReadBy(delivery.arn);
    encryption?.allowDecryptBy(delivery.arn);
    logs?.allowDeliveredLogs({
      accountId,
      prefix: 'cloudfront/',
      ...definedProps({
        deliverySourceArns: delivery.accessLogSourceArn ? [delivery.accessLogSourceArn] : null,
      }),
    });

    // Who may sign: the backend, with the key in its secret or in KMS.
    const signing = new SigningSecret(this, 'signing', {
      name: config.cloudfrontPrivateKeySecretName,
      recoveryDays: config.secretRecoveryDays,
      ...encrypted,
      ...secretReaders(config),
      ...definedProps({ value: terraformOwnedValue(config, keys, activeKeyId) }),
    });

    // Premium titles: who plays what on which device, and wrapped content keys.
    const playback =
      config.playback === null
        ? undefined
        : new PlaybackTable(this, 'playback', {
            name: playbackTableName(config),
            accountId,
            ...playbackKept(config),
          });
    const playbackAccess = definedProps({
      playback: playback && { tableArn: playback.arn, keyArn: playback.keyArn },
    });
    const results = {
      master_uploads_bucket_name: masters.name,
      hls_outputs_bucket_name: outputs.name,
      cloudfront_distribution_id: delivery.id,
      cloudfront_domain_name: delivery.domainName,
      cloudfront_key_group_id: viewers.keyGroupId,
      cloudfront_public_key_id: activeKeyId,
      cloudfront_private_key_secret_name: signing.name,
      mediaconvert_role_arn: transcodeRole.arn,
      mediaconvert_queue_arn: transcode.queueArn,
      mediaconvert_job_template_name: transcode.jobTemplateName,
      ...definedProps({
        cloudfront_signing_kms_key_arn: inKms.activeArn,
        mediaconvert_events_queue_url: events?.eventsQueueUrl,
        mediaconvert_events_topic_arn: events?.topicArn,
        encryption_key_arn: encryption?.arn,
        playback_table_name: playback?.name,
        playback_key_arn: playback?.keyArn,
      }),
    };
    const appConfig = config.appConfigParameter
      ? new AppConfig(this, 'app_config', {
          name: appConfigName(config),
          variables: backendVariables(config, results).variables,
        })
      : undefined;
    const app = new AppPolicy(this, 'app', {
      name: `${name}-app`,
      mastersBucketArn: masters.arn,
      uploadKeyPrefix: config.uploadKeyPrefix,
      queueArn: transcode.queueArn,
      jobTemplateArn: transcode.jobTemplateArn,
      jobsArn: transcode.jobsArn,
      transcodeRoleArn: transcodeRole.arn,
      secretArn: signing.arn,
      distributionArn: delivery.arn,
      ...encrypted,
      ...playbackAccess,
      ...definedProps({
        eventsQueueArn: events?.eventsQueueArn,
        configParameterArn: appConfig?.arn,
        signingKmsKeyArns: inKms.arns.length > 0 ? inKms.arns : null,
        principal: existingBackend(config),
        outputs: outputsAccess(config, outputs.arn),
      }),
    });
    const libraryAdmin = config.libraryAdminPolicy
      ? new LibraryAdminPolicy(this, 'library_admin', {
          name: `${name}-library-admin`,
          mastersBucketArn: masters.arn,
          uploadKeyPrefix: config.uploadKeyPrefix,
          outputsBucketArn: outputs.arn,
          outputsKeyPrefix: `${config.pathPrefix}/`,
          queueArn: transcode.queueArn,
          jobsArn: transcode.jobsArn,
          distributionArn: delivery.arn,
          transcodeRoleArn: transcodeRole.arn,
          ...encrypted,
          ...playbackAccess,
          ...definedProps({ hopQueueArn: config.jobHop?.queueArn }),
        })
      : undefined;
    const trust = backendTrust(config);
    const appRole =
      trust === null
        ? undefined
        : new AppRole(this, 'backend_service', {
            name: appRoleName(config),
            accountId,
            trust,
            policyArn: app.arn,
            ...bounded,
          });

    const alarms = watch(this, config, {
      name,
      distributionId: delivery.id,
      queueArn: transcode.queueArn,
      secretArn: signing.arn,
      usEast1,
      ...definedProps({
        eventsQueueName: events?.eventsQueueName,
        eventsDeadLetterQueueName: events?.deadLetterQueueName,
      }),
    });
    this.#output({
      ...results,
      cloudfront_public_key_ids: viewers.publicKeyIds,
      cloudfront_private_key_secret_arn: signing.arn,
      app_policy_arn: app.arn,
      ...definedProps({
        library_admin_policy_arn: libraryAdmin?.arn,
        app_role_arn: appRole?.arn,
        app_instance_profile_name: appRole?.instanceProfileName,
        app_config_parameter_name: appConfig?.name,
        mediaconvert_events_queue_arn: events?.eventsQueueArn,
        mediaconvert_events_dead_letter_queue_arn: events?.deadLetterQueueArn,
        access_logs_bucket_name: logs?.resource.id,
        web_acl_arn: delivery.webAclArn,
        alarms_topic_arn: alarms?.topicArn,
        alarms_us_east_1_topic_arn: alarms?.usEast1TopicArn,
      }),
    });
  }

  /** Output names are what backends read: a contract like the addresses. */
  #output(values: Readonly<Record<string, string | Readonly<Record<string, string>>>>): void {
    for (const [name, value] of Object.entries(values)) new TerraformOutput(this, name, { value });
  }
}
