/** Every guardrail, in the order in which bytes travel: bucket, distribution, keys, permissions, secrets, tables, events, prod, Terraform. */
import type { Rule } from '../rule.ts';
import { accountRules } from './accounts.ts';
import { alarmRules } from './alarms.ts';
import { cloudfrontRules } from './cloudfront.ts';
import { corsRule } from './cors.ts';
import { encryptionRules } from './encryption.ts';
import { escalationRules } from './escalation.ts';
import { eventRules } from './events.ts';
import { iamRules } from './iam.ts';
import { keyRules } from './keys.ts';
import { logRules } from './logs.ts';
import { messageRules } from './messages.ts';
import { prodRules } from './prod.ts';
import { readerRules } from './readers.ts';
import { requestRules } from './requests.ts';
import { responseHeaderRules } from './response-headers.ts';
import { s3Rules } from './s3.ts';
import { secretRules } from './secrets.ts';
import { tableRules } from './tables.ts';
import { terraformRules } from './terraform.ts';
import { trustRules } from './trust.ts';
import { usEast1Rules } from './us-east-1.ts';

export const rules: readonly Rule[] = [
  ...s3Rules,
  ...encryptionRules,
  ...logRules,
  corsRule,
  ...cloudfrontRules,
  ...requestRules,
  ...responseHeaderRules,
  ...usEast1Rules,
  ...keyRules,
  ...iamRules,
  ...escalationRules,
  ...trustRules,
  ...accountRules,
  ...secretRules,
  ...readerRules,
  ...tableRules,
  ...messageRules,
  ...eventRules,
  ...alarmRules,
  ...prodRules,
  ...terraformRules,
];
