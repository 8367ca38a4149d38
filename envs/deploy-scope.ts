/** What the roles that deploy an environment may reach, as its values say it. */
import type { DeployRolesProps } from '../modules/iam_roles/index.ts';
import type { EnvironmentConfig } from './config.ts';
import {
  accessLogsBucketName,
  deployRolesName,
  hlsOutputsBucketName,
  masterUploadsBucketName,
  stateKey,
} from './names.ts';
import { recordedDomains } from './other-domains.ts';
import { accountOf, appRoleName, definedProps } from './stack-props.ts';

/** @throws TypeError if the environment has no deploy roles */
export function deployScope(config: EnvironmentConfig): Omit<DeployRolesProps, 'stateBucketArn'> {
  const {
    backendPrincipal: backend,
    deployment,
    environment,
    projectName,
    awsRegion,
    forceDestroy,
    secretRecoveryDays,
  } = config;
  if (deployment === null) throw new TypeError(`environment "${environment}" has no deployment`);
  const terraformOwned = config.signingSecretValue === 'terraform';
  return {
    name: deployRolesName(config),
    repository: deployment.repository,
    environment,
    project: projectName,
    accountId: accountOf(config),
    region: awsRegion,
    stateKeys: [stateKey(config)],
    // The one for logs also where there are none any more: an apply that switches them off deletes it.
    bucketNames: [
      masterUploadsBucketName(config),
      hlsOutputsBucketName(config),
      accessLogsBucketName(config),
    ],
    otherDomains: recordedDomains(config),
    emptiesBuckets: forceDestroy,
    deletesSecretsAtOnce: secretRecoveryDays === 0,
    makesPlaybackTable: config.playback !== null,
    ...definedProps({
      oidcProviderArn: deployment.oidcProviderArn,
      permissionsBoundaryArn: config.permissionsBoundaryArn,
      encryptionKeyArn: config.encryptionKeyArn,
      hostedZoneId: config.hostedZoneId,
      domainName: config.domainName,
      webAclArn: config.webAcl?.kind === 'given' ? config.webAcl.arn : null,
      // With its path: IAM judges who attaches by the whole ARN.
      backend: backend !== null && 'name' in backend ? backend : null,
      instanceRoleName: backend?.kind === 'ec2' ? appRoleName(config) : null,
      managedSecretName: terraformOwned ? config.cloudfrontPrivateKeySecretName : null,
      rotatedSecretName: terraformOwned ? null : config.cloudfrontPrivateKeySecretName,
    }),
  };
}
