/** Every guardrail, in the order in which bytes travel: bucket, distribution, keys, permissions, secrets, Terraform. */
import type { Rule } from '../rule.ts';
import { cloudfrontRules } from './cloudfront.ts';
import { corsRule } from './cors.ts';
import { iamRules } from './iam.ts';
import { keyRules } from './keys.ts';
import { s3Rules } from './s3.ts';
import { secretRules } from './secrets.ts';
import { terraformRules } from './terraform.ts';

export const rules: readonly Rule[] = [
  ...s3Rules,
  corsRule,
  ...cloudfrontRules,
  ...keyRules,
  ...iamRules,
  ...secretRules,
  ...terraformRules,
];
