/** Finds the Python that runs moto. Touches the file system and starts short-lived processes. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const VENV_PYTHON = fileURLToPath(new URL('../.venv/bin/python', import.meta.url));

/** Looks the modules up without importing them: importing moto takes a second. */
const CAN_RUN_MOTO = [
  'import importlib.util as util, sys',
  "sys.exit(not all(util.find_spec(name) for name in ('moto.moto_server', 'flask', 'flask_cors', 'werkzeug')))",
].join('\n');

let found: string | null = null;

/**
 * The command of a Python that can run moto, looked for until there is one: the machine's `python3`, else the project's own virtual environment
 * `local/.venv`; null where neither can.
 */
export async function findPython(): Promise<string | null> {
  for (const python of ['python3', VENV_PYTHON]) {
    if (found === null && (await canRunMoto(python))) found = python;
  }
  return found;
}

function canRunMoto(python: string): Promise<boolean> {
  return new Promise((resolve) => {
    execFile(python, ['-c', CAN_RUN_MOTO], (error) => resolve(error === null));
  });
}
