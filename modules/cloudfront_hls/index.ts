export { type CustomDomain, HlsDistribution, type HlsDistributionProps } from './hls-distribution.ts';
export { keyFingerprint } from './key-fingerprint.ts';
export { type PublicHalf, TrustedKeyGroup, type TrustedKeyGroupProps } from './trusted-key-group.ts';
