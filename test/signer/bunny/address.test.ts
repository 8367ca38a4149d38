/** What a token binds for each way of writing an address. */

import { describe, expect, it } from 'vitest';
import { failureOf } from '../fixtures.ts';
import { bunnySigner, documentedToken, judgeBunny, TOKEN_KEY } from './fixtures.ts';

const signer = bunnySigner();
const EXPIRES = 1_795_176_060;
const tokenFor = (ipAddress: string) =>
  new URL(signer.signFileUrl('/a.mp4', { ipAddress, expiresIn: 60 }).url).searchParams.get('token');

describe('an address', () => {
  it.each([
    ['203.0.113.7', 'cb007107'],
    ['203.0.113.7/32', 'cb007107'],
    ['203.0.113.0/24', 'cb007100'],
    ['::ffff:203.0.113.7', 'cb007107'],
    ['::FFFF:cb00:7107', 'cb007107'],
    ['0:0:0:0:0:ffff:203.0.113.7', 'cb007107'],
    ['2001:db8:1:2:3:4:5:6', '20010db8000100020000000000000000'],
    ['2001:DB8:1:2::', '20010db8000100020000000000000000'],
    ['2001:db8:1:2::/64', '20010db8000100020000000000000000'],
    ['2001:db8::203.0.113.7', '20010db8000000000000000000000000'],
    ['fe80::1', 'fe800000000000000000000000000000'],
    ['1::', '00010000000000000000000000000000'],
    ['::1', '00000000000000000000000000000000'],
    ['::ffff:0:203.0.113.7', '00000000000000000000000000000000'],
  ])('%s is bound as %s', async (ipAddress, bytes) => {
    expect(tokenFor(ipAddress)).toBe(await documentedToken(TOKEN_KEY, '/a.mp4', EXPIRES, {}, bytes));
  });

  it.each([
    ['203.0.113.0', 'append /24'],
    ['::ffff:203.0.113.0', 'append /24'],
    ['203.0.113.0/32', 'append /24'],
    ['203.0.113.7/24', 'bits set beyond /24'],
    ['203.0.113.0/25', 'a /24 and no other range'],
    ['203.0.0.0/16', 'a /24 and no other range'],
    ['203.0.113.7/', 'a /24 and no other range'],
    ['::ffff:203.0.113.0/120', 'write an IPv4 range as IPv4'],
    ['2001:db8::/32', 'an IPv6 /64 and no other range'],
    ['2001:db8::1/128', 'an IPv6 /64 and no other range'],
    ['2001:db8::1/64', 'bits set beyond /64'],
    ['fe80::1%eth0', 'expected an IPv4 address'],
    ['[2001:db8::1]', 'expected an IPv4 address'],
    ['203.0.113.7/24/24', 'expected an IPv4 address'],
    ['203.0.113.07', 'expected an IPv4 address'],
    ['203.0.113', 'expected an IPv4 address'],
    [' 203.0.113.7', 'expected an IPv4 address'],
    ['203.0.113.7, 10.0.0.1', 'expected an IPv4 address'],
    ['', 'expected an IPv4 address'],
  ])('%j is refused', async (ipAddress, words) => {
    const { code, message } = await failureOf(() => tokenFor(ipAddress));
    expect(code).toBe('ERR_IP_ADDRESS');
    expect(message).toContain(words);
  });
});

describe('a token for', () => {
  const PLAYERS = [
    '203.0.113.7',
    '203.0.113.9',
    '203.0.114.7',
    '2001:db8:1:2::9',
    '2001:db8:1:3::9',
    '::ffff:203.0.113.7',
  ];

  it.each([
    ['203.0.113.7', ['203.0.113.7', '::ffff:203.0.113.7']],
    ['203.0.113.0/24', ['203.0.113.7', '203.0.113.9', '::ffff:203.0.113.7']],
    ['2001:db8:1:2::1', ['2001:db8:1:2::9']],
  ])('%s allows %j, and nobody else', (ipAddress, expected) => {
    for (const sign of [
      () => signer.signFileUrl('/a.mp4', { ipAddress }),
      () => signer.signPlaylistUrl('eb1c4f77-0cda-46be-b47d-1118ad7c2ffe', { ipAddress }),
    ]) {
      const { url } = sign();
      expect(PLAYERS.filter((ip) => judgeBunny(url, { ip }).allowed)).toEqual(expected);
    }
  });

  it('an address is denied where the viewer is not known, or is no address', () => {
    const { url } = signer.signFileUrl('/a.mp4', { ipAddress: '203.0.113.7' });
    expect(judgeBunny(url)).toMatchObject({
      reason: 'ip-mismatch',
      hint: expect.stringContaining("the viewer's address is not known"),
    });
    for (const ip of ['', 'unknown', '203.0.113', 'fe80::1%eth0']) {
      expect(judgeBunny(url, { ip })).toMatchObject({ allowed: false, reason: 'ip-mismatch' });
    }
  });

  it('::ffff:… as IPv6, as five of the signers make it, is found out', async () => {
    const token = await documentedToken(TOKEN_KEY, '/a.mp4', EXPIRES, {}, '0'.repeat(32));
    const url = `https://a.b-cdn.net/a.mp4?token=${token}&expires=${EXPIRES}`;
    expect(judgeBunny(url, { ip: '203.0.113.7' })).toMatchObject({
      allowed: false,
      reason: 'ip-mismatch',
      hint: expect.stringContaining('::ffff:'),
    });
  });
});
