/** The countries that a token may name. */

import { expect, it } from 'vitest';
import { COUNTRY_CODES } from '../../../aws/values/country-codes.ts';
import { COUNTRY_CODES as OF_THE_SIGNER } from '../../../signer/src/bunny/country-codes.ts';

it('are those of the environments: the package, which imports nothing of the repository, has a list of its own', () => {
  expect([...OF_THE_SIGNER]).toEqual([...COUNTRY_CODES]);
});
