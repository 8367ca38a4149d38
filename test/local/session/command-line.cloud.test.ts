import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { runCommand } from '../../ops/run-command.ts';
import { freePorts } from '../../support/free-ports.ts';

const start = (args: readonly string[], env: Record<string, string> = {}) =>
  runCommand('local/start.ts', args, { env });

describe('npm start', () => {
  it.each([
    [['--port', '0'], '--port: expected 1 to 65535, got "0"\n'],
    [['--edge-port=http'], '--edge-port: expected 1 to 65535, got "http"\n'],
    [['--edge-http-port', '65536'], '--edge-http-port: expected 1 to 65535, got "65536"\n'],
    [['--port', '4443'], '--port and --edge-port: expected two different ports, got 4443 for both\n'],
  ])('refuses %j as a mistake of the command line, before anything starts', async (args, message) => {
    expect(await start(args)).toEqual({ exitCode: 2, stdout: '', stderr: message });
  });

  it('names the option that chooses another port where one is taken', async () => {
    const server = createServer();
    const [demoPort = 0, edgeHttpPort = 0] = await freePorts(2);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port: edgePort } = server.address() as { port: number };
    const ports = [`--port=${demoPort}`, `--edge-port=${edgePort}`, `--edge-http-port=${edgeHttpPort}`];
    const { exitCode, stderr } = await start(ports).finally(() => server.close());

    expect(exitCode).toBe(1);
    expect(stderr.trim().split('\n').at(-1)).toBe(
      `port ${edgePort} on 127.0.0.1 is already in use: end the program that uses it (another npm start?), or choose another port with --edge-port`,
    );
  }, 60_000);

  it.each([
    ['/nope.mp4', '/somewhere', '"/nope.mp4" does not exist: check the path'],
    ['films/nope.mp4', '/somewhere', '"/somewhere/films/nope.mp4" does not exist: check the path'],
    ['/', '/somewhere', '"/" is a directory: pass one of the video files in it'],
  ])(
    'says where it looked for the video %s, as its caller sees it',
    async (video, INIT_CWD, message) => {
      const { exitCode, stderr } = await start(['--video', video], { INIT_CWD });

      expect(exitCode).toBe(1);
      expect(stderr.trim().split('\n').at(-1)).toBe(message);
    },
    60_000,
  );
});
