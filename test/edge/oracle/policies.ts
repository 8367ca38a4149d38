/** What policies say: resources drawn from a request's URL, and texts, sane and not. */
import type { Draft } from './draft.ts';

type Url = Pick<Draft, 'protocol' | 'host' | 'path' | 'query'>;

const directory = (path: string) => path.replace(/[^/]*$/, '');

/** The first three cover every request without a query of its own. */
export const RESOURCES: readonly ((url: Url) => string)[] = [
  ({ protocol, host, path }) => `${protocol}://${host}${directory(path)}*`,
  ({ protocol, host }) => `${protocol}://${host}/*`,
  ({ protocol, host, path, query }) => `${protocol}://${host}${path}${query && `?${query}`}`,
  () => '*',
  ({ host, path }) => `*://${host}${path}*`,
  ({ host, path }) => `http*://${host}${directory(path)}*\\?*`,
  ({ protocol, host, path }) => `${protocol}://${host}${path}\\?*`,
  ({ protocol, host, path }) => `${protocol}://${host}${path.replace(/\d/, '?')}`,
  ({ protocol, host, path }) => `${protocol}://${host}${path.replace(/\/[^/]*\//, '/*/')}`,
  ({ protocol, path }) => `${protocol}://*${directory(path)}*`,
  ({ protocol, host }) => `${protocol}://${host}*`,
  ({ protocol, host }) => `${protocol}://${host.replace(/^[^.]*/, '*')}/books/*`,
  ({ host }) => `*${host.slice(3)}`,
  ({ protocol, host, path }) => `${protocol}://${host.toUpperCase()}${path}*`,
  ({ protocol, host, path }) => `${protocol}://${host}${path}?size=*`,
  ({ protocol, host, path }) => `${protocol}://${host}${path}?a=?&b=?`,
  // These cover little or nothing.
  ({ protocol, host }) => `${protocol}://${host}`,
  ({ protocol, host }) => `${protocol}://${host}/books/44/*`,
  ({ protocol, host, path }) => `${protocol}://${host}${path.toUpperCase()}*`,
  ({ protocol, host, path }) => `${protocol}://${host}${path}x`,
  ({ protocol, host, path }) => `${protocol === 'https' ? 'http' : 'https'}://${host}${path}*`,
  ({ host, path }) => `${host}${path}*`,
  ({ protocol, path }) => `${protocol}://other.example${path}*`,
  ({ path }) => `${path}*`,
];

interface Terms {
  readonly resource: string;
  readonly lessThan: number;
  readonly greaterThan: number | undefined;
  readonly sourceIp: string | undefined;
}

/** The first is the usual one, the next two mean the same; the others are no policies. */
export const POLICY_TEXTS: readonly ((terms: Terms) => string)[] = [
  (terms) => statement(terms, conditions(terms)),
  (terms) => statement(terms, [...conditions(terms)].reverse()),
  (terms) => JSON.stringify(JSON.parse(statement(terms, conditions(terms))), null, 2),
  (terms) => statement(terms, conditions(terms).slice(1)),
  (terms) => statement(terms, [`"DateLessThan":{"AWS:EpochTime":"${terms.lessThan}"}`]),
  (terms) => statement(terms, [`"DateLessThan":{"AWS:EpochTime":${terms.lessThan}000}`]),
  (terms) => statement(terms, [`"DateLessThan":{"AWS:EpochTime":${terms.lessThan}.5}`]),
  (terms) => statement(terms, [`"DateLessThan":{"AWS:EpochTime":-${terms.lessThan}}`]),
  (terms) => statement(terms, [`"dateLessThan":{"AWS:EpochTime":${terms.lessThan}}`]),
  (terms) => statement(terms, [`"DateLessThan":{"EpochTime":${terms.lessThan}}`]),
  (terms) => statement(terms, [...conditions({ ...terms, sourceIp: '2001:db8::/32' })]),
  (terms) => statement(terms, [...conditions({ ...terms, sourceIp: '203.0.113.0/33' })]),
  (terms) => statement(terms, [...conditions({ ...terms, sourceIp: '203.0.113.256' })]),
  (terms) => statement(terms, conditions(terms)).replace('"Statement"', '"statement"'),
  (terms) => statement(terms, conditions(terms)).replace('"Condition"', '"Conditions"'),
  (terms) => statement(terms, conditions(terms)).slice(0, -1),
  (terms) => `${statement(terms, conditions(terms))},`,
  (terms) => statement(terms, conditions(terms)).replace(/\[(\{.*\})\]/, '[$1,$1]'),
  (terms) => statement(terms, conditions(terms)).replace(/\[(\{.*\})\]/, '$1'),
  () => '{}',
  () => '[]',
  () => 'null',
  () => 'policy',
];

function statement({ resource }: Terms, parts: readonly string[]): string {
  return `{"Statement":[{"Resource":${JSON.stringify(resource)},"Condition":{${parts.join(',')}}}]}`;
}

function conditions({ lessThan, greaterThan, sourceIp }: Terms): string[] {
  return [
    `"DateLessThan":{"AWS:EpochTime":${lessThan}}`,
    ...(greaterThan === undefined ? [] : [`"DateGreaterThan":{"AWS:EpochTime":${greaterThan}}`]),
    ...(sourceIp === undefined ? [] : [`"IpAddress":{"AWS:SourceIp":"${sourceIp}"}`]),
  ];
}
