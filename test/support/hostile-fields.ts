/**
 * Fields of requests that nobody sends by mistake: an honest request's values moved, joined and broken by everything
 * that could separate one value from another.
 */
import { type KeyObject, sign } from 'node:crypto';
import fc from 'fast-check';
import { QUERY_NAMES } from '../../signer/src/wire.ts';
import { wireBase64 } from './wire-base64.ts';

const FIELD_NAMES = Object.values(QUERY_NAMES);
type FieldName = (typeof FIELD_NAMES)[number];

/** By their names in a query. */
export type Fields = Readonly<Record<string, string>>;

export interface HonestRequest {
  readonly url: string;
  readonly fields: Fields;
}

/** Signs a policy text written out here, with nothing of `@storytime/signer`. */
export function honestRequest(
  url: string,
  {
    kind,
    resource = url,
    expires,
    hash = 'SHA1',
    key,
  }: {
    readonly kind: 'canned' | 'custom';
    readonly resource?: string;
    readonly expires: number;
    readonly hash?: 'SHA1' | 'SHA256';
    readonly key: { readonly id: string; readonly privateKey: KeyObject };
  },
): HonestRequest {
  const text = Buffer.from(
    `{"Statement":[{"Resource":"${resource}","Condition":{"DateLessThan":{"AWS:EpochTime":${expires}}}}]}`,
  );
  const fields = {
    ...(kind === 'canned' ? { Expires: String(expires) } : { Policy: wireBase64(text) }),
    Signature: wireBase64(sign(hash, text, key.privateKey)),
    'Key-Pair-Id': key.id,
    ...(hash !== 'SHA1' && { 'Hash-Algorithm': hash }),
  };
  return { url, fields };
}

/** The fields as a request carries them: its query string, or its Cookie header. */
export function carry(
  fields: Fields,
  via: 'url' | 'cookies',
): { query: string; cookies: string | undefined } {
  const pairs = Object.entries(fields);
  return via === 'url'
    ? { query: `?${pairs.map(([name, value]) => `${name}=${value}`).join('&')}`, cookies: undefined }
    : { query: '', cookies: pairs.map(([name, value]) => `CloudFront-${name}=${value}`).join('; ') };
}

/** What may separate values: in a header, in a query, in JSON, in a key that a program builds of them. */
const JOINTS = ['\t', '\0', '=', '&', ';', '\n', ',', '","', ':', '|', ''];
const joint = fc.oneof(fc.constant(' '), fc.constantFrom(...JOINTS));

/** An honest request's fields after one to three changes. */
export function hostileFields(requests: readonly HonestRequest[]): fc.Arbitrary<Fields> {
  const everyValue = requests.flatMap(({ url, fields }) => [url, ...Object.values(fields)]);
  return fc
    .constantFrom(...requests)
    .chain(({ url, fields }) =>
      fc
        .array(changeOf(['SHA1', url, ...Object.values(fields)], everyValue), { minLength: 1, maxLength: 3 })
        .map((changes) => changes.reduce((changed, change) => change(changed), fields)),
    );
}

type Change = (fields: Fields) => Fields;

function changeOf(own: readonly string[], everyValue: readonly string[]): fc.Arbitrary<Change> {
  const name = fc.constantFrom(...FIELD_NAMES);
  const put = (target: FieldName, value: string): Change => {
    return (fields) => ({ ...fields, [target]: value });
  };
  // Several values in one field, as a key that joins them would have them; the fields that they came from may be gone.
  const join = fc
    .record({
      target: name,
      parts: fc.array(fc.constantFrom(...own), { minLength: 2, maxLength: 3 }),
      joint,
      isMoved: fc.boolean(),
    })
    .map(({ target, parts, joint: between, isMoved }): Change => {
      return (fields) => {
        const left = Object.entries(fields).filter(([, value]) => !(isMoved && parts.includes(value)));
        return { ...Object.fromEntries(left), [target]: parts.join(between) };
      };
    });
  return fc.oneof(
    { arbitrary: join, weight: 4 },
    {
      arbitrary: fc.tuple(name, fc.constantFrom(...everyValue)).map(([target, value]) => put(target, value)),
      weight: 2,
    },
    {
      arbitrary: fc
        .tuple(name, joint, fc.constantFrom(...everyValue), joint)
        .map(([target, ...parts]) => put(target, parts.join(''))),
      weight: 1,
    },
    {
      arbitrary: name.map(
        (gone): Change =>
          ({ [gone]: _, ...rest }) =>
            rest,
      ),
      weight: 1,
    },
  );
}
