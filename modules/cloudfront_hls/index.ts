export {
  ACCESS_LOG_FIELDS,
  AccessLogDelivery,
  type AccessLogDeliveryProps,
  type AccessLogs,
} from './access-log-delivery.ts';
export { type HlsBehaviour, type HlsContent, hlsBehaviours } from './behaviours.ts';
export type { CustomDomain, HlsDistributionProps, OtherDomain, WebAcl } from './distribution-props.ts';
export { HlsDistribution } from './hls-distribution.ts';
export { keyFingerprint } from './key-fingerprint.ts';
export { RequestedCertificate, type RequestedCertificateProps } from './requested-certificate.ts';
export { type GenerationPublicKey, TrustedKeyGroup, type TrustedKeyGroupProps } from './trusted-key-group.ts';
export { ViewerFirewall, type ViewerFirewallProps } from './viewer-firewall.ts';
