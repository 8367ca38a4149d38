/** Which part of a resource a finding is about: names from the stack itself, never a place in a list. Pure. */

import type { Statement } from '../../aws/iam/document.ts';
import { type Block, blocksOf } from '../../aws/stack/blocks.ts';
import { describeSafely } from '../config-error.ts';

/** The names that a part can have, and what each holds. */
export interface NamedPart {
  /** A cache behaviour: its path pattern, or `(default)`. */
  readonly behaviour?: string;
  /** An origin: its id. */
  readonly origin?: string;
  /** A statement of a policy: its Sid. */
  readonly statement?: string;
  /** A rule of a lifecycle, of a replication or of a web ACL: its id or name. */
  readonly entry?: string;
  /** Of several that a statement or a policy names: a service, a role, an account. */
  readonly principal?: string;
  /** An action that a statement allows. */
  readonly action?: string;
  /** An argument of the resource, or the condition key of a statement. */
  readonly argument?: string;
  /** One of several values there: an ARN, an address, an origin of CORS, a status, … A reference is without its `${}`. */
  readonly value?: string;
}

/** A part as a rule finds it; null if it has no stable name, so that nothing can name this finding. */
export type Part = { readonly [Name in keyof NamedPart]: NamedPart[Name] | null };

/** In the order in which they are written. */
export const PART_NAMES = [
  'behaviour',
  'origin',
  'statement',
  'entry',
  'principal',
  'action',
  'argument',
  'value',
] as const satisfies readonly (keyof NamedPart)[];

const REFERENCE = /^\$\{([a-z0-9_.-]{1,120})\}(\/\*)?$/i;
/** An ARN is no secret, however long its path is, and neither is the name of a managed group of the firewall. */
const LONG_NAMES = [
  /^arn:aws[a-z-]*:[a-z0-9-]*:[a-z0-9*?-]*:[\d*?]*:[\w+=,.@:/*?-]{1,400}$/,
  /^AWSManagedRules[A-Za-z]{1,100}$/,
];
const ACCESS_KEY_ID = /\b(?:AKIA|ASIA)[A-Z0-9]{12,}/;
/** How a statement without a Sid is called: by its place, which the next statement takes over. */
const PLACE = /^statement \d+$/;

/** A value as the name of a part; null if it might be a secret, or is not a name. */
export function nameOf(value: unknown): string | null {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string' || value === '') return null;
  const [, referred, rest = ''] = REFERENCE.exec(value) ?? [];
  if (referred !== undefined) return referred + rest;
  const isShown = describeSafely(value) === JSON.stringify(value);
  const isName = LONG_NAMES.some((form) => form.test(value)) && !ACCESS_KEY_ID.test(value);
  return isShown || isName ? value : null;
}

/** A statement by its Sid. */
export function statementPart({ name }: Pick<Statement, 'name'>): Part {
  return { statement: PLACE.test(name) ? null : nameOf(name) };
}

/**
 * What the default behaviour is called: CloudFront allows no parentheses in a path pattern.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesCacheBehavior.html#DownloadDistValuesPathPattern
 */
const DEFAULT_BEHAVIOUR = '(default)';

/** A cache behaviour, and where in its distribution it is. */
export interface Behaviour {
  readonly block: Block;
  readonly part: Part;
  readonly isDefault: boolean;
  /** The path patterns that CloudFront tries first. */
  readonly earlier: readonly unknown[];
}

/** The behaviours of a distribution: the ordered ones by their path patterns, and the default one by its place alone. */
export function behavioursOf(distribution: Block): Behaviour[] {
  const ordered = blocksOf(distribution.ordered_cache_behavior);
  const patterns = ordered.map(({ path_pattern: pattern }) => pattern);
  return [
    ...ordered.map((block, index) => ({
      block,
      part: { behaviour: orderedName(block) },
      isDefault: false,
      earlier: patterns.slice(0, index),
    })),
    ...blocksOf(distribution.default_cache_behavior).map((block) => ({
      block,
      part: { behaviour: DEFAULT_BEHAVIOUR },
      isDefault: true,
      earlier: patterns,
    })),
  ];
}

function orderedName({ path_pattern: pattern }: Block): string | null {
  return pattern === DEFAULT_BEHAVIOUR ? null : nameOf(pattern);
}

/** An origin by its id. */
export function originPart({ origin_id: id }: Block): Part {
  return { origin: nameOf(id) };
}

/** Whether two parts are the same, both with names that stay. */
export function samePart(one: Part, other: Part): boolean {
  return PART_NAMES.every((name) => one[name] === other[name] && one[name] !== null);
}

/** Whether `narrow` is `wide`, or a part of it. */
export function isWithin(narrow: Part, wide: Part): boolean {
  return PART_NAMES.every((name) => wide[name] === undefined || wide[name] === narrow[name]);
}

/** The names that a finding lacks. */
export function unnamedIn(part: Part): (keyof NamedPart)[] {
  return PART_NAMES.filter((name) => part[name] === null);
}
