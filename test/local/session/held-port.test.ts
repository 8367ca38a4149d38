import { describe, expect, it } from 'vitest';
import { holdPort, PortUnavailableError } from '../../../local/session/held-port.ts';
import { freePorts } from '../../support/free-ports.ts';

describe('a held port', () => {
  it('is refused to a second run, in a line that names the option', async () => {
    const [port = 0] = await freePorts(1);
    const held = await holdPort(port, '--edge-port');
    const second = await holdPort(port, '--edge-port').catch((error: unknown) => error);
    await held.release();

    expect(second).toBeInstanceOf(PortUnavailableError);
    expect((second as Error).message).toBe(
      `port ${port} on 127.0.0.1 is already in use: end the program that uses it (another npm start?), or choose another port with --edge-port`,
    );
  });

  it('can be taken again once released, and releasing twice is no mistake', async () => {
    const [port = 0] = await freePorts(1);
    const held = await holdPort(port, '--edge-port');
    await held.release();
    await held.release();

    await (await holdPort(port, '--edge-port')).release();
  });
});
