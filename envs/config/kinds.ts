/** Kinds of values that several fields have. A zod message here is the `wanted` of a violation. */
import { z } from 'zod';
import { isLoopbackHost } from '../../aws/values/loopback.ts';

export function text(pattern: RegExp, wanted: string) {
  return z.string({ error: wanted }).regex(pattern, { error: wanted });
}

export function flag() {
  return z.boolean({ error: 'true or false' });
}

export function whole(least: number, most: number, unit: string) {
  const error = `a whole number ${unit.startsWith('as ') ? unit : `of ${unit}`} from ${least} to ${most}`;
  return z.int({ error }).min(least, { error }).max(most, { error });
}

export function oneOf<const T extends readonly [string, ...string[]]>(...values: T) {
  return z.enum(values, { error: values.map((value) => `"${value}"`).join(' or ') });
}

export function list<T extends z.ZodType>(element: T, wanted: string, least = 0) {
  return z
    .array(element, { error: wanted })
    .min(least, { error: wanted })
    .refine((members) => new Set(members.map((member) => JSON.stringify(member))).size === members.length, {
      error: 'every member once',
    });
}

export function region() {
  return text(/^(?!cn-|us-gov-|us-iso)[a-z]{2}-[a-z]+-\d$/, 'an AWS region such as "eu-central-1"');
}

export function principalArn() {
  return text(
    /^arn:aws:iam::\d{12}:(?:root|(?:role|user)\/[\w+=,.@/-]{1,576})$/,
    'the exact ARN of an IAM role or user, without a wildcard',
  );
}

/** An exact origin as browsers send it; http only where it never leaves the machine. */
export function origin() {
  const wanted =
    'an exact https:// origin such as "https://app.example.com": no wildcard, path or trailing slash';
  return z
    .string({ error: wanted })
    .refine((value) => !value.includes('*') && URL.canParse(value) && new URL(value).origin === value, {
      error: wanted,
      abort: true,
    })
    .refine((value) => value.startsWith('https://') || isLoopbackOrigin(new URL(value)), {
      error: 'an https:// origin (http:// is for loopback hosts only)',
    });
}

/** Origins that prod refuses, since any program on a laptop may serve one. */
export const LOOPBACK_IN_PROD = {
  careless: (origins: readonly string[]) => origins.some((one) => isLoopbackHost(new URL(one).hostname)),
  wanted: 'no loopback origin in prod: any program on a laptop may serve one',
};

function isLoopbackOrigin({ protocol, hostname }: URL): boolean {
  return protocol === 'http:' && isLoopbackHost(hostname);
}
