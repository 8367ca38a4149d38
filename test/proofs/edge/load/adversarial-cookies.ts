/** Cookies that open nothing, made of the values of cookies that do: joined, moved to other names, padded with blanks. */
import { CANNED_PATH, DOMAIN } from './cookie-sets.ts';

const URL_SIGNED = `https://${DOMAIN}${CANNED_PATH}`;
/** What may separate values where a program joins them, and may appear in a cookie's value on the wire. */
const JOINTS = [' ', '\t', '=', '|', ',', ':', '","', '  '];

type Values = Readonly<Record<string, string>>;

/** Each takes a canned and a custom set, and gives a `Cookie` header that is denied for every path. */
const ATTACKS: readonly ((sets: { canned: Values; custom: Values; joint: string }) => Values)[] = [
  ({ canned: { Expires, ...rest }, joint }) => ({ ...rest, Policy: `${Expires}${joint}${URL_SIGNED}` }),
  ({ canned: { Expires, Signature, ...rest }, joint }) => ({
    ...rest,
    Policy: URL_SIGNED,
    Signature: `${Signature}${joint}${Expires}`,
  }),
  ({ canned: { Expires, Signature, ...rest }, joint }) => ({
    ...rest,
    Policy: URL_SIGNED,
    Signature: `${Expires}`,
    'Hash-Algorithm': `SHA1${joint}${Signature}`,
  }),
  ({ custom: { Policy, Signature, ...rest }, joint }) => ({
    ...rest,
    Policy: `${Policy}`,
    Signature: `${Signature}${joint}${Policy}`,
  }),
  ({ custom, canned, joint }) => ({ ...custom, Policy: `${custom.Policy}${joint}${canned.Expires}` }),
  ({ custom, joint }) => ({ ...custom, 'Key-Pair-Id': `${custom['Key-Pair-Id']}${joint}${custom.Policy}` }),
  ({ custom, joint }) => ({ ...custom, 'Hash-Algorithm': `SHA1${joint}SHA256` }),
  ({ custom, canned }) => ({ ...custom, Signature: `${canned.Signature}` }),
  ({ custom, canned }) => ({ ...canned, Policy: `${custom.Policy}` }),
];

/** The `index`th of them. */
export function adversarialCookie(
  index: number,
  { canned, custom }: { readonly canned: string; readonly custom: string },
): string {
  const attack = ATTACKS[index % ATTACKS.length] as (typeof ATTACKS)[number];
  const joint = JOINTS[Math.floor(index / ATTACKS.length) % JOINTS.length] ?? ' ';
  const values = attack({ canned: valuesOf(canned), custom: valuesOf(custom), joint });
  return Object.entries(values)
    .map(([name, value]) => `CloudFront-${name}=${value}`)
    .join('; ');
}

function valuesOf(header: string): Values {
  return Object.fromEntries(
    header.split('; ').map((pair) => {
      const equals = pair.indexOf('=');
      return [pair.slice('CloudFront-'.length, equals), pair.slice(equals + 1)];
    }),
  );
}
