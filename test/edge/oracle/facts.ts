/** What a request says, read as AWS's pages describe it and judged by nobody yet. */
import { z } from 'zod';
import { networkBits } from './addresses.ts';
import { coversPath, isPathAmbiguous } from './patterns.ts';
import type { World, WorldBehaviour, WorldRequest } from './world.ts';

/** All that a rule may look at. */
export interface Facts {
  readonly world: World;
  readonly request: WorldRequest;
  readonly behaviour: WorldBehaviour;
  readonly url: {
    readonly protocol: string;
    readonly host: string;
    readonly path: string;
    readonly query: string;
  };
  readonly via: 'url' | 'cookies' | null;
  readonly fields: Readonly<Record<Field, readonly string[]>>;
  readonly signedText: Buffer | null;
  readonly policy: Policy | null;
  readonly signature: Buffer | null;
  /** No page says what CloudFront makes of it. */
  readonly isSilent: boolean;
}

type Field = (typeof FIELDS)[number];
const FIELDS = ['Expires', 'Policy', 'Signature', 'Key-Pair-Id', 'Hash-Algorithm'] as const;

interface Policy {
  readonly resource: string | null;
  readonly lessThan: number;
  readonly greaterThan?: number | undefined;
  readonly sourceIp?: string | undefined;
}

export const firstOf = (values: readonly string[]) => values[0] ?? '';

export function factsOf(world: World, request: WorldRequest): Facts {
  const [, path = '', , query = ''] = /^([^?]*)(\?(.*))?$/s.exec(request.target) ?? [];
  const behaviour = world.behaviours.find(({ pathPattern }) => coversPath(pathPattern, path));
  if (!behaviour) throw new TypeError('a world has a default behaviour');
  const inUrl = fieldsIn(query.split('&'), '');
  const inCookies = fieldsIn((request.cookie ?? '').split(/; */), 'CloudFront-');
  // "CloudFront assumes that URLs that contain any of those query string parameters are signed URLs, and therefore
  // won't look at signed cookies": private-content-choosing-signed-urls-cookies.html
  const via = isAny(inUrl) ? 'url' : isAny(inCookies) ? 'cookies' : null;
  const fields = via === 'cookies' ? inCookies : inUrl;
  const own = query.split('&').filter((pair) => !FIELDS.some((name) => pair.split('=')[0] === name));
  const url = {
    protocol: request.protocol,
    host: request.host,
    path,
    query: isAny(inUrl) ? own.join('&') : query,
  };
  const spelled = `${url.protocol}://${url.host}${url.path}${url.query === '' ? '' : `?${url.query}`}`;
  const expires = fields.Expires[0];
  const isCustom = fields.Policy.length > 0;
  const cannedText =
    expires === undefined
      ? null
      : Buffer.from(
          `{"Statement":[{"Resource":"${spelled}","Condition":{"DateLessThan":{"AWS:EpochTime":${expires}}}}]}`,
        );
  const signedText = isCustom ? decoded(firstOf(fields.Policy)) : cannedText;
  // Whichever of the two CloudFront reads, it reads this.
  const isSaidTwice = via === 'url' && cannedText !== null && signedText?.equals(cannedText) === true;
  const canned = /^\d{1,10}$/.test(expires ?? '') ? { resource: null, lessThan: Number(expires) } : null;
  return {
    world,
    request,
    behaviour,
    url,
    via,
    fields,
    signedText,
    policy: isCustom ? customPolicy(signedText) : canned,
    signature: decoded(firstOf(fields.Signature)),
    isSilent:
      isPathAmbiguous(path) ||
      FIELDS.some((name) => fields[name].length > 1) ||
      (isCustom && expires !== undefined && !isSaidTwice) ||
      [...fields.Policy, ...fields.Signature].some(hasSpareBits),
  };
}

function fieldsIn(pairs: readonly string[], prefix: string): Record<Field, string[]> {
  const found = Object.fromEntries(FIELDS.map((name) => [name, [] as string[]])) as Record<Field, string[]>;
  for (const pair of pairs) {
    const [, name, value = ''] = /^([^=]*)=?(.*)$/s.exec(pair) ?? [];
    for (const field of FIELDS) if (name === `${prefix}${field}`) found[field].push(value);
  }
  return found;
}

const isAny = (fields: Readonly<Record<Field, readonly string[]>>) =>
  FIELDS.some((name) => fields[name].length > 0);

/** MIME base64 with `+ = /` replaced by `- _ ~`. */
function decoded(text: string): Buffer | null {
  if (text === '' || text.length % 4 !== 0 || !/^[A-Za-z0-9~-]*_{0,2}$/.test(text)) return null;
  return Buffer.from(
    text.replace(/[-_~]/g, (character) => ({ '-': '+', _: '=', '~': '/' })[character] ?? ''),
    'base64',
  );
}

/** Bits that no byte has: whether CloudFront minds them is not said. */
function hasSpareBits(text: string): boolean {
  const bytes = decoded(text);
  return (
    bytes !== null && bytes.toString('base64').replaceAll(/[+/=]/g, '.') !== text.replaceAll(/[-~_]/g, '.')
  );
}

const epoch = z.strictObject({ 'AWS:EpochTime': z.int().nonnegative().max(9_999_999_999) });
const document = z.strictObject({
  Statement: z.tuple([
    z.strictObject({
      Resource: z.string().min(1),
      Condition: z.strictObject({
        DateLessThan: epoch,
        DateGreaterThan: epoch.optional(),
        IpAddress: z
          .strictObject({ 'AWS:SourceIp': z.string().refine((text) => networkBits(text) !== null) })
          .optional(),
      }),
    }),
  ]),
});

function customPolicy(text: Buffer | null): Policy | null {
  if (!text) return null;
  let json: unknown;
  try {
    // "Use UTF-8 character encoding."
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(text));
  } catch {
    return null;
  }
  const parsed = document.safeParse(json);
  if (!parsed.success) return null;
  const { Resource, Condition } = parsed.data.Statement[0];
  return {
    resource: Resource,
    lessThan: Condition.DateLessThan['AWS:EpochTime'],
    greaterThan: Condition.DateGreaterThan?.['AWS:EpochTime'],
    sourceIp: Condition.IpAddress?.['AWS:SourceIp'],
  };
}
