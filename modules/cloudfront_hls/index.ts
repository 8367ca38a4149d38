export { type CustomDomain, HlsDistribution, type HlsDistributionProps } from './hls-distribution.ts';
export { keyFingerprint } from './key-fingerprint.ts';
export { TrustedKeyGroup, type TrustedKeyGroupProps } from './trusted-key-group.ts';
