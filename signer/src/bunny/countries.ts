/** The countries that a token names. */

import { wrongType } from '../arguments.ts';
import { SignerError } from '../errors.ts';
import { COUNTRY_CODES } from './country-codes.ts';

/**
 * @returns `CA,US`: in capitals, in the order given, as Bunny's documentation writes them
 * @throws SignerError `ERR_BUNNY_COUNTRY`; SignerTypeError `ERR_ARGUMENT_TYPE`
 */
export function joinCountries(name: string, countries: unknown): string {
  if (!Array.isArray(countries))
    throw wrongType(`"${name}"`, "a list of country codes such as ['DE']", countries);
  // `map` would step over the holes of a sparse list.
  const codes = Array.from(countries, (country: unknown) => readCode(name, country));
  if (codes.length === 0) {
    throw new SignerError('ERR_BUNNY_COUNTRY', `"${name}" is an empty list; omit it, or name a country`);
  }
  return [...new Set(codes)].join(',');
}

function readCode(name: string, country: unknown): string {
  if (typeof country !== 'string')
    throw wrongType(`each of "${name}"`, "a country code such as 'DE'", country);
  // Before it is written in capitals, in which an "ß" is two letters.
  const code = /^[A-Za-z]{2}$/.test(country) ? country.toUpperCase() : '';
  if (COUNTRY_CODES.has(code)) return code;
  throw new SignerError(
    'ERR_BUNNY_COUNTRY',
    `"${name}" contains a value that is not an ISO 3166-1 alpha-2 code; expected codes such as 'DE' ('GB' for the United Kingdom)`,
  );
}
