/** The main listener as the command line asks for it, the same whichever provider's edge it is. */
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { callersFile } from '../terraform/callers-file.ts';
import { hasColours } from '../terraform/colours.ts';
import { complain, sayInColour } from '../terraform/command-line.ts';
import { optionError, UsageError } from '../terraform/targets.ts';
import { humanLine, jsonLine, type LoggedRequest } from './log.ts';
import { portOption } from './port-option.ts';

export interface Surroundings {
  readonly say: (line: string) => void;
  /** Ends the edge. */
  readonly signal: AbortSignal;
  readonly env: NodeJS.ProcessEnv;
}

export interface ListenerOptions {
  readonly port: string;
  readonly https?: boolean;
  readonly cert?: string;
  readonly key?: string;
  readonly explain?: boolean;
  readonly json?: boolean;
}

/** Options that name files. */
export interface FileOptions {
  readonly directory?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly publicKey: readonly string[];
}

export interface MainListener {
  readonly port: number;
  readonly https?: 'self-signed' | { readonly cert: string; readonly key: string };
  readonly explain?: boolean;
  readonly onRequest: (entry: LoggedRequest) => void;
  readonly onWarning: (message: string) => void;
}

/** @throws UsageError for options that do not go together */
export function mainListener(options: ListenerOptions, say: Surroundings['say']): MainListener {
  const colour = hasColours(process.stdout, process.env);
  return {
    port: portOption('--port', options.port, { lowest: 0 }),
    ...httpsOf(options),
    ...(options.explain && { explain: true }),
    onRequest: (entry) =>
      options.json ? say(jsonLine(entry)) : (colour ? sayInColour : say)(humanLine(entry, { colour })),
    onWarning: (message) => complain(`warning: ${message}`),
  };
}

/** Files of options are where the caller is. */
export function fromCallersFolder<T extends FileOptions>(options: T, env: NodeJS.ProcessEnv): T {
  const { directory, cert, key, publicKey } = options;
  return {
    ...options,
    publicKey: publicKey.map((text) =>
      text.replace(/^([^=]*=)(.+)$/, (_, id, file) => id + callersFile(file, env)),
    ),
    ...(directory !== undefined && { directory: callersFile(directory, env) }),
    ...(cert !== undefined && { cert: callersFile(cert, env) }),
    ...(key !== undefined && { key: callersFile(key, env) }),
  };
}

function httpsOf({ https, cert, key }: ListenerOptions): Pick<MainListener, 'https'> {
  if (cert === undefined && key === undefined) return https ? { https: 'self-signed' } : {};
  if (!https) throw new UsageError('--cert and --key need --https');
  if (cert === undefined || key === undefined)
    throw new UsageError(
      `expected --cert <file> and --key <file>, got only ${cert === undefined ? '--key' : '--cert'}`,
    );
  const pair = { cert: readPem('--cert', cert), key: readPem('--key', key) };
  try {
    createSecureContext(pair);
  } catch (cause) {
    throw optionError(
      '--cert and --key',
      'expected a PEM certificate and the private key that belongs to it',
      {
        cause,
      },
    );
  }
  return { https: pair };
}

function readPem(option: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw optionError(option, `${file} cannot be read`, { cause });
  }
}
