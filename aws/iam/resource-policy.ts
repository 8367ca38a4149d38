/** Policies as the services that keep them take them; whatever cannot be evaluated is refused, never ignored. Pure. */
import { ACCOUNT_ID, IDENTITY_ARN } from '../values/arns.ts';
import { type Condition, conditionFault } from './conditions.ts';
import { type PolicyDocument, type PolicyPrincipal, readPolicy, type Statement } from './document.ts';
import { malformed, unsupported } from './policy-error.ts';
import { isEverybody } from './principal.ts';

/** What one service takes in the policy of one of its resources. */
export interface ResourcePolicyRules {
  /** The only service whose actions a statement may name: `s3`, `kms`, … */
  readonly service: string;
  /** Whether a statement may name this as its `Resource`. */
  readonly takesResource: (resource: string) => boolean;
}

/** Keys that requests to the local AWS API have, or are known not to have. */
const KEYS = new Set([
  'aws:principalaccount',
  'aws:principalarn',
  'aws:securetransport',
  'aws:sourceaccount',
  'aws:sourcearn',
  'aws:sourceowner',
  'kms:encryptioncontextkeys',
  'kms:signingalgorithm',
  'kms:viaservice',
  's3:tlsversion',
  's3:x-amz-acl',
  's3:x-amz-server-side-encryption',
  's3:x-amz-server-side-encryption-aws-kms-key-id',
  's3:x-amz-server-side-encryption-customer-algorithm',
]);
/** One pair of an encryption context, by its name, which may have any character. */
const CONTEXT_PAIR = /^kms:encryptioncontext:./s;
const SERVICE_NAME = /^[a-z0-9.-]+\.amazonaws\.com$/;

/** @throws PolicyError malformed as the service has it; unsupported for elements, operators and keys not evaluated here */
export function readResourcePolicy(text: string, rules: ResourcePolicyRules): PolicyDocument {
  const policy = readPolicy(text);
  for (const statement of policy.statements) requireTaken(statement, rules);
  return policy;
}

function requireTaken(statement: Statement, { service, takesResource }: ResourcePolicyRules): void {
  const { principals, actions, resources, conditions } = statement;
  for (const element of ['notPrincipals', 'notActions', 'notResources'] as const) {
    if (statement[element] !== null) throw unsupported(`the policy element N${element.slice(1, -1)}`);
  }
  if (principals.length === 0) throw malformed('Missing required field Principal');
  principals.forEach(requirePrincipal);
  const ownAction = new RegExp(`^${service}:[a-z*?]+$`, 'i');
  if (!actions.every((name) => name === '*' || ownAction.test(name)))
    throw malformed('Policy has invalid action');
  if (resources.length === 0) throw malformed('Missing required field Resource');
  for (const resource of resources) {
    if (resource.includes('${')) throw unsupported('policy variables');
    if (!takesResource(resource)) throw malformed('Policy has invalid resource');
  }
  conditions.forEach(requireCondition);
}

function requirePrincipal(principal: PolicyPrincipal): void {
  const { kind, id } = principal;
  if (isEverybody(principal)) return;
  if (kind !== 'AWS' && kind !== 'Service') throw unsupported(`the policy principal ${kind}`);
  if (!(kind === 'Service' ? SERVICE_NAME.test(id) : isAwsName(id)))
    throw malformed('Invalid principal in policy');
}

function requireCondition(condition: Condition): void {
  const { operator, key, values } = condition;
  const fault = conditionFault(condition);
  if (fault === 'operator') throw unsupported(`the condition operator ${operator}`);
  if (!KEYS.has(key) && !CONTEXT_PAIR.test(key)) throw unsupported(`the condition key ${key}`);
  if (values.some((value) => value.includes('${'))) throw unsupported('policy variables');
  if (fault === 'value') throw malformed('Invalid Condition');
}

function isAwsName(id: string): boolean {
  return id === '*' || ACCOUNT_ID.test(id) || IDENTITY_ARN.test(id);
}
