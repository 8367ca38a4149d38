/** Kinds of values that several fields have. A zod message here is the `wanted` of a violation. */
import { z } from 'zod';
import { PRINCIPAL_ARN } from '../../aws/values/arns.ts';
import { isLoopbackHost } from '../../aws/values/loopback.ts';
import { isOrigin, isSafeOrigin } from '../../aws/values/origins.ts';
import { REGION } from '../../aws/values/regions.ts';

export function text(pattern: RegExp, wanted: string) {
  return z.string({ error: wanted }).regex(pattern, { error: wanted });
}

export function flag() {
  return z.boolean({ error: 'true or false' });
}

/** @param kind - `of days`, `as port`: what it counts or what it is */
export function whole(least: number, most: number, kind: `${'of' | 'as'} ${string}`) {
  const error = `a whole number ${kind} from ${least} to ${most}`;
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
  return text(REGION, 'an AWS region such as "eu-central-1"');
}

export function principalArn() {
  return text(PRINCIPAL_ARN, 'the exact ARN of an IAM role or user, without a wildcard');
}

/** An exact origin as browsers send it; http only where it never leaves the machine. */
export function origin() {
  const wanted =
    'an exact https:// origin such as "https://app.example.com": no wildcard, path or trailing slash';
  return z
    .string({ error: wanted })
    .refine(isOrigin, { error: wanted, abort: true })
    .refine(isSafeOrigin, { error: 'an https:// origin (http:// is for loopback hosts only)' });
}

/** Origins that prod refuses, since any program on a viewer's machine may serve one. */
export const LOOPBACK_IN_PROD = {
  careless: (origins: readonly string[]) => origins.some((one) => isLoopbackHost(new URL(one).hostname)),
  wanted: 'no loopback origin in prod: any program on a viewer’s machine could serve it',
};
