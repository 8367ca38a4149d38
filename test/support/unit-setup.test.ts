/** What makes a unit test one: the set-up refuses what needs another project, and packages are their sources. */
import { exec, execFileSync, fork, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { get } from 'node:http';
import { connect, createServer } from 'node:net';
import { promisify } from 'node:util';
import { createJobInput } from '@storytime/hls-jobs';
import { createSigner } from '@storytime/signer';
import { explain } from '@storytime/signer/verify';
import { afterEach, describe, expect, it } from 'vitest';
import * as jobs from '../../modules/mediaconvert/hls-jobs/src/index.ts';
import * as signer from '../../signer/src/index.ts';
import * as verify from '../../signer/src/verify/index.ts';
import { takeRefused } from './unit-setup.ts';

afterEach(() => {
  takeRefused();
});

describe('a unit test', () => {
  it.each<[string, () => unknown]>([
    ['spawn', () => spawn('true')],
    ['execFileSync', () => execFileSync('true')],
    ['fork', () => fork('program.js')],
    ['exec', () => promisify(exec)('true')],
  ])('starts no process: %s', async (name, start) => {
    await expect(async () => start()).rejects.toThrow(
      `a unit test started a process (${name}): name its file`,
    );
    expect(takeRefused()).toHaveLength(1);
  });

  it.each<[string, () => unknown]>([
    ['an address', () => connect(443, '192.0.2.1')],
    ['a name', () => connect({ host: 'example.com', port: 443 })],
    ['a socket of the file system', () => connect('/run/docker.sock')],
    ['http', () => get('http://192.0.2.1/')],
  ])('connects to no other machine or program: %s', (_, connectTo) => {
    expect(connectTo).toThrow('a unit test connected to another machine or program');
  });

  it('fetches nothing from another machine', async () => {
    await expect(fetch('http://192.0.2.1/')).rejects.toThrow();
    expect(takeRefused()).toEqual([expect.stringContaining('connected to another machine')]);
  });

  it('listens on loopback alone, and talks to itself there', async () => {
    expect(() => createServer().listen(0)).toThrow('a unit test listened on more than loopback');
    expect(() => createServer().listen({ port: 0, host: '0.0.0.0' })).toThrow('more than loopback');
    expect(() => createSocket('udp4')).toThrow('a unit test opened a UDP socket');

    const server = createServer((socket) => socket.end('here')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const [answer] = await once(connect(port, '127.0.0.1'), 'data');
    expect(String(answer)).toBe('here');
    server.close();
  });

  it('sees our packages as their sources, so that an edit needs no build', () => {
    expect(createSigner).toBe(signer.createSigner);
    expect(explain).toBe(verify.explain);
    expect(createJobInput).toBe(jobs.createJobInput);
  });
});
