import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseEnvironment } from '../../../envs/config.ts';
import { dev } from '../../../envs/dev.ts';
import { local } from '../../../envs/local.ts';
import { type LocalPorts, withPorts } from '../../../envs/local-ports.ts';
import { PORT_NAMES, PORT_OPTIONS, portsFrom } from '../../../local/session/ports.ts';
import { UsageError } from '../../../ops/terraform/targets.ts';

const defaults = { demoPort: 4400, edgePort: 4443, edgeHttpPort: 4480 };
const anyPorts: fc.Arbitrary<LocalPorts> = fc
  .uniqueArray(fc.integer({ min: 1, max: 65_535 }), { minLength: 3, maxLength: 3 })
  .map(([demoPort = 0, edgePort = 0, edgeHttpPort = 0]) => ({ demoPort, edgePort, edgeHttpPort }));

describe('the ports of a run', () => {
  it('are those of envs/local.ts unless the command line says otherwise', () => {
    expect(portsFrom({}, defaults)).toEqual(defaults);
    expect(portsFrom({ port: '4500', edgePort: '4600' }, defaults)).toEqual({
      demoPort: 4500,
      edgePort: 4600,
      edgeHttpPort: 4480,
    });
  });

  it('are whatever three different ports are asked for', () => {
    fc.assert(
      fc.property(anyPorts, (ports) => {
        const flags = {
          port: String(ports.demoPort),
          edgePort: String(ports.edgePort),
          edgeHttpPort: String(ports.edgeHttpPort),
        };
        expect(portsFrom(flags, defaults)).toEqual(ports);
      }),
    );
  });

  it.each([
    '',
    ' ',
    '0',
    '-1',
    '+80',
    '65536',
    '99999',
    '080000',
    '1e3',
    '0x50',
    '80.5',
    '80 ',
    'http',
    '４５',
  ])('refuse %j, naming the option and what was expected', (text) => {
    for (const [name, flag] of [
      ['demoPort', 'port'],
      ['edgePort', 'edgePort'],
      ['edgeHttpPort', 'edgeHttpPort'],
    ] as const) {
      const refusal = refusalOf(() => portsFrom({ [flag]: text }, defaults));

      expect(refusal).toBe(`${PORT_OPTIONS[name]}: expected 1 to 65535, got ${JSON.stringify(text)}`);
    }
  });

  it('refuse one port for two listeners, also where one of them is a default', () => {
    expect(refusalOf(() => portsFrom({ port: '4443' }, defaults))).toBe(
      '--port and --edge-port: expected two different ports, got 4443 for both',
    );
    expect(refusalOf(() => portsFrom({ edgePort: '5000', edgeHttpPort: '5000' }, defaults))).toBe(
      '--edge-port and --edge-http-port: expected two different ports, got 5000 for both',
    );
  });
});

describe('the environment "local" on other ports', () => {
  it('lets the demo page upload and play from its new origin alone, and is valid', () => {
    fc.assert(
      fc.property(anyPorts, (ports) => {
        const config = parseEnvironment(withPorts(local, ports));
        const origins = [`http://localhost:${ports.demoPort}`];

        expect(config).toEqual({
          ...local,
          localPorts: ports,
          uploadOrigins: origins,
          playbackOrigins: origins,
          playback: {
            ...local.playback,
            keyUrl: `http://localhost:${ports.demoPort}/api/video-keys`.replace(':80/', '/'),
          },
        });
      }),
    );
  });

  it('keeps the origins of other pages', () => {
    const theirs = 'http://localhost:3000';
    const config = { ...local, playbackOrigins: [theirs, 'http://localhost:4400'] };

    expect(withPorts(config, { ...defaults, demoPort: 4500 }).playbackOrigins).toEqual([
      theirs,
      'http://localhost:4500',
    ]);
  });

  it('keeps the address of content keys elsewhere', () => {
    const playback = { keyUrl: 'https://api.storytime.example/api/video-keys', accessLogDays: 30 };
    expect(withPorts({ ...local, playback }, { ...defaults, demoPort: 4500 }).playback).toEqual(playback);
  });

  it('has every port as an option', () => {
    expect([...PORT_NAMES].sort()).toEqual(Object.keys(local.localPorts ?? {}).sort());
  });

  it('leaves an environment of an account as it is', () => {
    expect(withPorts(dev, defaults)).toBe(dev);
  });
});

function refusalOf(ask: () => unknown): string {
  try {
    ask();
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return (error as Error).message;
  }
  throw new Error('it was accepted');
}
