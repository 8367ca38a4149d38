export { AppPolicy, type AppPolicyProps, type BackendPrincipal } from './app-policy.ts';
export { TranscodeRole, type TranscodeRoleProps } from './transcode-role.ts';
