/** Every guardrail, in the order in which bytes travel: bucket, distribution, keys, permissions, secrets, events, Terraform. */
import type { Rule } from '../rule.ts';
import { alarmRules } from './alarms.ts';
import { cloudfrontRules } from './cloudfront.ts';
import { corsRule } from './cors.ts';
import { encryptionRules } from './encryption.ts';
import { eventRules } from './events.ts';
import { iamRules } from './iam.ts';
import { keyRules } from './keys.ts';
import { logRules } from './logs.ts';
import { messageRules } from './messages.ts';
import { readerRules } from './readers.ts';
import { responseHeaderRules } from './response-headers.ts';
import { s3Rules } from './s3.ts';
import { secretRules } from './secrets.ts';
import { terraformRules } from './terraform.ts';
import { trustRules } from './trust.ts';
import { usEast1Rules } from './us-east-1.ts';

export const rules: readonly Rule[] = [
  ...s3Rules,
  ...encryptionRules,
  ...logRules,
  corsRule,
  ...cloudfrontRules,
  ...responseHeaderRules,
  ...usEast1Rules,
  ...keyRules,
  ...iamRules,
  ...trustRules,
  ...secretRules,
  ...readerRules,
  ...messageRules,
  ...eventRules,
  ...alarmRules,
  ...terraformRules,
];
