/** What `npm run keys` knows: its commands with their options, for tests that run none of them. */
import { keysProgram } from '../../../ops/keys/program.ts';

export const keyCommands = keysProgram({
  environmentNamed: () => {
    throw new Error('nothing is run here');
  },
  names: [],
  outdir: '',
  say: () => {},
  signal: new AbortController().signal,
}).commands;
