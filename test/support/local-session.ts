/** A whole laptop run for a test: the steps of `npm start`, silent, on free ports and with a key folder of its own. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Listr } from 'listr2';
import { type EnvironmentConfig, parseEnvironment } from '../../envs/config.ts';
import { local } from '../../envs/local.ts';
import { createSession, type Session, type SessionContext } from '../../local/session/index.ts';
import { freePorts } from './free-ports.ts';

/** @param changes what is otherwise than in envs/local.ts */
export async function runLocalSession(changes: Partial<EnvironmentConfig> = {}): Promise<{
  session: Session;
  context: SessionContext;
  close: () => Promise<void>;
}> {
  const [demoPort = 0, edgePort = 0, edgeHttpPort = 0] = await freePorts(3);
  const laptop = { demoPort, edgePort, edgeHttpPort };
  const origins = [`http://localhost:${demoPort}`];
  const config = parseEnvironment({
    ...local,
    ...changes,
    laptop,
    uploadOrigins: origins,
    playbackOrigins: origins,
  });
  const keysDirectory = await mkdtemp(join(tmpdir(), 'storytime-keys-'));
  const session = createSession({
    config: { ...config, laptop },
    keysDirectory,
    video: null,
    signal: new AbortController().signal,
  });
  const close = async (): Promise<void> => {
    await session.close();
    await rm(keysDirectory, { recursive: true, force: true });
  };
  try {
    const context = await new Listr<SessionContext, 'silent'>(session.steps, {
      renderer: 'silent',
      registerSignalListeners: false,
    }).run();
    return { session, context, close };
  } catch (error) {
    await close();
    throw error;
  }
}
