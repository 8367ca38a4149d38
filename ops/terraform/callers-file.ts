/** Where a file is that a person named. Pure. */
import { resolve } from 'node:path';

/**
 * npm runs our commands in this repository, whatever folder its caller is in; a relative path is meant from the caller's
 * folder, which npm names in `INIT_CWD`.
 *
 * @param env - of this process
 * @see https://docs.npmjs.com/cli/commands/npm-run-script
 */
export function callersFile(file: string, { INIT_CWD }: NodeJS.ProcessEnv): string {
  return resolve(INIT_CWD ?? '', file);
}

/** Terraform's flags that name a file; Terraform runs in the stack's folder. @param env - of this process */
export function withCallersFiles(flags: readonly string[], env: NodeJS.ProcessEnv): string[] {
  return flags.map((flag, index) => {
    const [, name, file] = /^(--?(?:var-file|generate-config-out)=)(.+)$/.exec(flag) ?? [];
    if (name !== undefined && file !== undefined) return `${name}${callersFile(file, env)}`;
    return /^--?(?:var-file|generate-config-out)$/.test(flags[index - 1] ?? '')
      ? callersFile(flag, env)
      : flag;
  });
}
