export { COUNTRY_CODES } from '../aws/values/country-codes.ts';
