/** A whole run of `local` for a test: the steps of `npm start`, silent and on free ports. */

import { Listr } from 'listr2';
import { type EnvironmentConfig, parseEnvironment } from '../../envs/config.ts';
import { local } from '../../envs/local.ts';
import { withPorts } from '../../envs/local-ports.ts';
import { createSession, type Session, type SessionContext } from '../../local/session/index.ts';
import { freePorts } from './free-ports.ts';

/** @param changes what is otherwise than in envs/local.ts */
export async function runLocalSession(changes: Partial<EnvironmentConfig> = {}): Promise<{
  /** As the run has it, with its ports. */
  config: EnvironmentConfig;
  session: Session;
  context: SessionContext;
  close: () => Promise<void>;
}> {
  const [demoPort = 0, edgePort = 0, edgeHttpPort = 0] = await freePorts(3);
  const localPorts = { demoPort, edgePort, edgeHttpPort };
  const config = parseEnvironment(withPorts({ ...local, ...changes }, localPorts));
  const session = createSession({
    config: { ...config, localPorts },
    video: null,
    signal: new AbortController().signal,
  });
  const { close } = session;
  try {
    const context = await new Listr<SessionContext, 'silent'>(session.steps, {
      renderer: 'silent',
      registerSignalListeners: false,
    }).run();
    return { config, session, context, close };
  } catch (error) {
    await close();
    throw error;
  }
}
