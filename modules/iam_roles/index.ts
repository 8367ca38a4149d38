export { AppPolicy, type AppPolicyProps, type OutputsAccess } from './app-policy.ts';
export { AppRole, type AppRoleProps } from './app-role.ts';
export type {
  AppRoleTrust,
  BackendPrincipal,
  Ec2Trust,
  EcsTrust,
  ExistingPrincipal,
  ExternalTrust,
  ServiceAccountTrust,
} from './backend-principal.ts';
export { DeployRoles, type DeployRolesProps } from './deploy-roles.ts';
export { guardingEnvironments, type TrustedSubjects, trustedSubjects } from './deploy-trust.ts';
export { LibraryAdminPolicy, type LibraryAdminPolicyProps } from './library-admin-policy.ts';
export { type TranscodeLogs, TranscodeRole, type TranscodeRoleProps } from './transcode-role.ts';
