/** `npm run doctor` in this process, on the clinic: what it says, and its exit code. */
import { vi } from 'vitest';
import type { EnvironmentConfig } from '../../../envs/config.ts';
import type { DoctorAccount } from '../../../ops/doctor/account.ts';
import { doctorProgram } from '../../../ops/doctor/program.ts';
import { type Clinic, CONFIG } from './clinic.ts';

export interface Diagnosed {
  readonly exitCode: number;
  readonly said: string;
}

export interface RunDoctorOptions {
  readonly clinic: Clinic;
  readonly config?: EnvironmentConfig;
  readonly connect?: (config: EnvironmentConfig) => DoctorAccount;
}

/** @throws what the command line would print for a mistake */
export async function runDoctor(
  args: readonly string[],
  { clinic, config = CONFIG, connect }: RunDoctorOptions,
): Promise<Diagnosed> {
  const lines: string[] = [];
  const before = process.exitCode;
  for (const [name, value] of Object.entries(clinic.cloud.environment)) vi.stubEnv(name, value);
  vi.stubEnv('STORYTIME_EDGE_URL', clinic.edge.url);
  vi.stubEnv('AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED', 'true');
  try {
    await doctorProgram({
      environmentNamed: () => config,
      keysDirectories: clinic.keysDirectories,
      names: ['local'],
      say: (line) => lines.push(line),
      signal: new AbortController().signal,
      ...(connect && { connect }),
    }).parseAsync(['local', ...args], { from: 'user' });
    return { exitCode: Number(process.exitCode ?? 0), said: lines.join('\n') };
  } finally {
    process.exitCode = before;
    vi.unstubAllEnvs();
  }
}
