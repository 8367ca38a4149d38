/** Statements that the policy of the backend and the one of the library's administrators share. */
import type { PolicyStatement } from '../policy-document.ts';
import { regionOf } from './arn.ts';

/** A prefix of keys in a policy's resource: a wildcard in it would open more. */
export const KEY_PREFIX = /[^*?]+\//;
export const KEY_PREFIX_WANTED = 'a prefix without * and ? that ends in "/"';

/** Bound to MediaConvert, so that the role cannot be handed to anything else. */
export function passTranscodeRole(roleArn: string): PolicyStatement {
  return {
    Sid: 'PassTranscodeRole',
    Effect: 'Allow',
    Action: 'iam:PassRole',
    Resource: roleArn,
    Condition: { StringEquals: { 'iam:PassedToService': 'mediaconvert.amazonaws.com' } },
  };
}

/** Multipart uploads need Decrypt in addition to GenerateDataKey. */
export function useKeyThrough(services: readonly string[], keyArn: string): PolicyStatement {
  const region = regionOf(keyArn);
  return {
    Sid: 'UseEncryptionKey',
    Effect: 'Allow',
    Action: ['kms:GenerateDataKey', 'kms:Decrypt'],
    Resource: keyArn,
    Condition: {
      StringEquals: { 'kms:ViaService': services.map((service) => `${service}.${region}.amazonaws.com`) },
    },
  };
}
