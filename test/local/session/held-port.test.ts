import { describe, expect, it } from 'vitest';
import { holdPort, PortTakenError } from '../../../local/session/held-port.ts';
import { freePorts } from '../../support/free-ports.ts';

describe('a held port', () => {
  it('is refused to a second run, in a line that says what to do', async () => {
    const [port = 0] = await freePorts(1);
    const held = await holdPort(port);
    const second = await holdPort(port).catch((error: unknown) => error);
    await held.release();

    expect(second).toBeInstanceOf(PortTakenError);
    expect((second as Error).message).toBe(
      `port ${port} on 127.0.0.1 is taken: end what listens there (another npm start?) or change "laptop" in envs/local.ts, and demoPort in its two lists of origins as well`,
    );
  });

  it('can be taken again once released, and releasing twice is no mistake', async () => {
    const [port = 0] = await freePorts(1);
    const held = await holdPort(port);
    await held.release();
    await held.release();

    await (await holdPort(port)).release();
  });
});
