/** What could be read, or why not: a user without all permissions still gets an answer about the rest. */

import { AssumeRoleError } from './role-session.ts';

export type Seen<T> =
  | { readonly seen: true; readonly value: T }
  | { readonly seen: false; readonly why: string };

/**
 * What the account refuses or fails to tell, in a line. The line holds an error's name or code and never its message.
 *
 * @throws what `read` throws, unless it is an answer of AWS or a failure to reach it
 */
export async function seen<T>(read: () => Promise<T>): Promise<Seen<T>> {
  try {
    return { seen: true, value: await read() };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (error.name === 'CredentialsProviderError') return notSeen('no AWS credentials');
    if (error instanceof AssumeRoleError) return notSeen('the role of assumeRoleArn cannot be assumed');
    const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
    const status =
      '$metadata' in error ? (error.$metadata as { httpStatusCode?: number }).httpStatusCode : undefined;
    if (status === undefined && code === '') throw error;
    return notSeen(
      status === 403 ? 'these credentials may not read it' : error.name === 'Error' ? code : error.name,
    );
  }
}

export function notSeen<T>(why: string): Seen<T> {
  return { seen: false, why };
}
