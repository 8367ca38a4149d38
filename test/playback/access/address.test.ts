import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { networkOf, truncateAddress } from '../../../playback/src/access/address.ts';

describe('truncateAddress', () => {
  it.each([
    { address: '203.0.113.77', kept: '203.0.113.0' },
    { address: '203.0.113.0', kept: '203.0.113.0' },
    { address: '255.255.255.255', kept: '255.255.255.0' },
    { address: '::ffff:203.0.113.77', kept: '203.0.113.0' },
    { address: '::FFFF:203.0.113.77', kept: '203.0.113.0' },
    { address: '0:0:0:0:0:ffff:cb00:714d', kept: '203.0.113.0' },
    { address: '::ffff:0:1', kept: '0.0.0.0' },
    { address: '2001:db8:1:2:3:4:5:6', kept: '2001:db8:1::' },
    { address: '2001:0DB8:0001:0000:0000:0000:0000:0001', kept: '2001:db8:1::' },
    { address: '2001:db8::1', kept: '2001:db8::' },
    { address: '2001:0:1:2:3:4:5:6', kept: '2001:0:1::' },
    { address: '2001::5:6:7:8:9', kept: '2001::' },
    { address: '0:0:1:2:3:4:5:6', kept: '0:0:1::' },
    { address: 'fe80::1%eth0', kept: 'fe80::' },
    { address: '::1', kept: '::' },
    { address: '::', kept: '::' },
    { address: ' 203.0.113.77 ', kept: '203.0.113.0' },
  ])('keeps $kept of $address', ({ address, kept }) => {
    expect(truncateAddress(address)).toBe(kept);
  });

  it.each([
    '',
    'unknown',
    '203.0.113',
    '203.0.113.256',
    '203.0.113.7:443',
    '[::1]',
    '1:2:3',
    'a.example',
    '%',
  ])('keeps nothing of %j, which is no address', (text) => {
    expect(truncateAddress(text)).toBe('unknown');
  });

  it('keeps the same of what it kept, and never throws', () => {
    const anyText = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.ipV4().map((address) => `::ffff:${address}`),
      fc.string(),
    );
    fc.assert(
      fc.property(anyText, (text) => {
        const kept = truncateAddress(text);
        expect(truncateAddress(kept)).toBe(kept);
      }),
      { numRuns: 2_000 },
    );
  });

  it('keeps the same of two IPv6 addresses exactly if their first 48 bits are the same', () => {
    const group = fc.constantFrom(0, 1, 0xffff, 0xdb8);
    const address = fc.array(group, { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(address, address, (one, other) => {
        const isMapped = [one, other].some(
          (groups) => groups.slice(0, 5).every((part) => part === 0) && groups[5] === 0xffff,
        );
        fc.pre(!isMapped);
        const text = (groups: readonly number[]) => groups.map((part) => part.toString(16)).join(':');
        const isSame = text(one.slice(0, 3)) === text(other.slice(0, 3));
        expect(truncateAddress(text(one)) === truncateAddress(text(other))).toBe(isSame);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('networkOf', () => {
  it('names the family and the block', () => {
    expect(networkOf('203.0.113.77')).toEqual({ family: 4, address: '203.0.113.0', cidr: '203.0.113.0/24' });
    expect(networkOf('2001:db8:1:2::3')).toEqual({
      family: 6,
      address: '2001:db8:1::',
      cidr: '2001:db8:1::/48',
    });
    expect(networkOf('none')).toBeUndefined();
  });
});
