import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ORIGIN_SHIELD_REGION, REGION } from '../../../aws/values/regions.ts';
import { regionsOfSdk } from './sdk-regions.ts';

const known = await regionsOfSdk();

it('takes every region that the AWS SDK knows', () => {
  expect(known.length).toBeGreaterThan(30);
  expect(known.filter((name) => !REGION.test(name))).toEqual([]);
});

it.each(['eu-central-9', 'nz-north-1', 'af-northwest-1', 'sa-southwest-2'])(
  'takes one that AWS may open tomorrow, by the parts of its name: %s',
  (name) => expect(REGION.test(name)).toBe(true),
);

it.each([
  ...[
    'eu-centrl-1',
    'eu-cental-1',
    'eu-centrall-1',
    'eu-westt-1',
    'us-est-1',
    'ap-souteast-1',
    'ap-north-east-1',
  ],
  ...[
    'ue-central-1',
    'uk-west-1',
    'eu-central-0',
    'eu-central-11',
    'eu-central',
    'eucentral1',
    'EU-CENTRAL-1',
  ],
  ...[
    'us-gov-west-1',
    'us-iso-east-1',
    'cn-north-1',
    'eusc-de-east-1',
    'aws-global',
    'eu-central-1a',
    '',
    '*',
  ],
  ...['eu-central-1 ', 'eu-central-1\n', 'eu_central_1'],
])('takes no other: %j', (name) => expect(REGION.test(name)).toBe(false));

it('takes no direction with a letter more, less or exchanged', () => {
  const position = fc.nat({ max: 12 });
  fc.assert(
    fc.property(fc.constantFrom(...known), position, fc.stringMatching(/^[a-z]?$/), (name, at, letter) => {
      const [area, direction = '', number] = name.split('-');
      const wrong =
        direction.slice(0, at % direction.length) + letter + direction.slice((at % direction.length) + 1);
      fc.pre(wrong !== direction);
      expect(REGION.test(`${area}-${wrong}-${number}`)).toBe(false);
    }),
  );
});

it('knows regions with Origin Shield by their names', () => {
  const shielded = known.filter((name) => ORIGIN_SHIELD_REGION.test(name));
  expect(shielded).toHaveLength(12);
  expect(ORIGIN_SHIELD_REGION.test('eu-north-1')).toBe(false);
});
