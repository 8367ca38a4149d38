/** What goes wrong with a request after it was signed, by mistake or on purpose. */
import type { Draft } from './draft.ts';

type Fault = (draft: Draft, chance: number, keyPairIds: readonly string[]) => void;

const pick = <Value>(values: readonly Value[], chance: number) => values[chance % values.length] as Value;

/** Works on whichever pairs carry the signature. */
function change(
  field: string,
  to: (value: string, chance: number, ids: readonly string[]) => string | null,
): Fault {
  return (draft, chance, ids) => {
    for (const kind of ['parameters', 'cookies'] as const) {
      draft[kind] = draft[kind].flatMap(([name, value]): [string, string][] => {
        if (!name.endsWith(field)) return [[name, value]];
        const changed = to(value, chance, ids);
        return changed === null ? [] : [[name, changed]];
      });
    }
  };
}

const rename =
  (from: string, to: string): Fault =>
  (draft) => {
    for (const kind of ['parameters', 'cookies'] as const) {
      draft[kind] = draft[kind].map(([name, value]) => [name.replace(from, to), value]);
    }
  };

/** Adds to both places: where the signature is, the name comes twice or fills a gap. */
const add =
  (field: string, value: string): Fault =>
  (draft) => {
    if (draft.cookies.length > 0) draft.cookies.push([`CloudFront-${field}`, value]);
    else draft.parameters.push([field, value]);
  };

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-~';

function otherCharacter(text: string, chance: number): string {
  const at = chance % Math.max(1, text.length);
  const known = ALPHABET.indexOf(text[at] ?? 'A');
  // Padding is left alone: what a shifted padding means is the business of other faults.
  if (known === -1) return text;
  return `${text.slice(0, at)}${pick([...ALPHABET], known + 1 + (chance % 63))}${text.slice(at + 1)}`;
}

export const FAULTS: readonly Fault[] = [
  (draft, chance) => {
    draft.method = pick(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'HEAD'], chance);
  },
  (draft) => {
    draft.protocol = draft.protocol === 'http' ? 'https' : 'http';
  },
  (draft) => {
    draft.protocol = 'http';
  },
  (draft, chance) => {
    draft.country = pick(['CH', 'MC', 'DE', undefined], chance);
  },
  (draft, chance) => {
    draft.host = pick(['other.example', 'storytime.example', 'media.storytime.example.evil.example'], chance);
  },
  (draft, chance) => {
    draft.host = pick(['media.storytime.example', 'd111111abcdef8.cloudfront.net'], chance);
  },
  (draft, chance) => {
    draft.path = pick(
      [
        `${draft.path}x`,
        draft.path.toUpperCase(),
        draft.path.replace('42', '44'),
        draft.path.replace('/', '/./'),
        draft.path.replace('b', '%62'),
        `/open/..${draft.path}`,
        `/books/42/%2e%2e${draft.path}`,
        `${draft.path}%00`,
        draft.path.slice(0, -1) || '/',
      ],
      chance,
    );
  },
  (draft, chance) => {
    draft.query = pick(['', 'size=small', `${draft.query}&c=3`, 'Policy2=x', 'size=large?a=1'], chance);
  },
  (draft, chance) => {
    draft.nowSeconds += pick([3599, 3600, 3601, 86_400, -1, -59, -60, -61, -86_400, 1], chance);
  },
  (draft, chance) => {
    draft.ip = pick(['203.0.113.8', '203.0.112.255', '192.0.2.15', '192.0.2.16', '::1', '10.0.0.1'], chance);
  },
  change('Key-Pair-Id', () => null),
  change('Key-Pair-Id', () => ''),
  change('Key-Pair-Id', (id, chance) =>
    pick([`${id}A`, id.toLowerCase(), 'KUNKNOWN', '*', '__proto__'], chance),
  ),
  change('Key-Pair-Id', (_, chance, ids) => pick(ids, chance)),
  change('Policy', () => null),
  change('Policy', (policy, chance) => pick(['', '!', `${policy}=`, `${policy}+`, policy.slice(1)], chance)),
  change('Policy', otherCharacter),
  change('Policy', () =>
    Buffer.from('{"Statement":[{"Resource":"*","Condition":{"DateLessThan":{"AWS:EpochTime":1999999999}}}]}')
      .toString('base64')
      .replaceAll('=', '_'),
  ),
  change('Expires', () => null),
  change('Expires', (expires, chance) =>
    pick(
      [String(Number(expires) + 1), '9999999999', `${expires}000`, '', 'never', '-1', '1e10', `0${expires}`],
      chance,
    ),
  ),
  change('Signature', () => null),
  change('Signature', (signature, chance) =>
    pick(['', '!', '%2B', `${signature}=`, `${signature}%20`, signature.slice(1), `${signature}AAA`], chance),
  ),
  change('Signature', otherCharacter),
  change('Signature', (signature) => signature.slice(0, -4)),
  change('Signature', (signature) => `AAAA${signature}`),
  change('Hash-Algorithm', () => null),
  change('Hash-Algorithm', (_, chance) => pick(['SHA1', 'SHA512', 'sha256', 'MD5', 'none'], chance)),
  add('Hash-Algorithm', 'SHA256'),
  add('Hash-Algorithm', 'SHA512'),
  add('Hash-Algorithm', 'sha1'),
  add('Key-Pair-Id', 'KRSATRUSTED01'),
  add('Expires', '1999999999'),
  add('Policy', 'eyJ9'),
  rename('Policy', 'policy'),
  rename('Signature', 'signature'),
  rename('Key-Pair-Id', 'key-pair-id'),
  // Good cookies, and something in the query that makes CloudFront leave them aside.
  (draft, chance) => {
    const names = ['Expires', 'Policy', 'Signature', 'Key-Pair-Id', 'Hash-Algorithm', 'expires', 'policy'];
    draft.query = [draft.query, `${pick(names, chance)}=${pick(['', '1', 'KRSATRUSTED01'], chance >> 3)}`]
      .filter(Boolean)
      .join('&');
  },
  // Stale cookies beside whatever there is.
  (draft) => {
    if (draft.cookies.length === 0)
      draft.cookies = [
        ['CloudFront-Policy', 'eyJ9'],
        ['session', 'abc'],
      ];
  },
  (draft) => {
    draft.cookies = [['session', 'abc'], ['theme', 'a=b=c'], ...draft.cookies, ['CloudFront-Other', 'x']];
  },
  (draft) => {
    draft.parameters = [];
    draft.cookies = [];
  },
];
