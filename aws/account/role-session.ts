/** Credentials of a role in an account, for a caller whose own credentials belong to another account. */
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { accountIn } from '../values/arns.ts';

export interface RoleSessionOptions {
  readonly roleArn: string;
  /** How CloudTrail of the account names the session. */
  readonly sessionName: string;
  readonly region: string;
  readonly maxAttempts?: number;
}

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

export interface RoleSession {
  /** For the clients of the AWS SDK, as many as there are: one session for all. */
  readonly credentials: () => Promise<Credentials>;
  readonly close: () => void;
}

/** The role cannot be assumed. The message names the role and what AWS said. */
export class AssumeRoleError extends Error {
  override readonly name = 'AssumeRoleError';
}

/** New credentials are asked for this long before the old ones expire. */
const RENEWED_BEFORE_MS = 5 * 60 * 1000;

/**
 * A session of the role, renewed as it expires. A caller in the role's account keeps their own credentials, which
 * may allow less than the role, and need not be allowed to assume it.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 */
export function roleSession({ roleArn, sessionName, ...client }: RoleSessionOptions): RoleSession {
  const sts = new STSClient(client);
  let current: Promise<Credentials> | undefined;
  const assume = async (): Promise<Credentials> => {
    const { Account } = await sts.send(new GetCallerIdentityCommand({}));
    if (Account === accountIn(roleArn)) return sts.config.credentials();
    const { Credentials: given } = await sts
      .send(new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: sessionName }))
      .catch((cause: unknown) => {
        const said = cause instanceof Error ? cause.message || cause.name : String(cause);
        throw new AssumeRoleError(
          `cannot assume ${roleArn} (assumeRoleArn) with credentials of account ${Account}: ${said}; ` +
            'the role must trust who you are, and you must be allowed sts:AssumeRole on it',
          { cause },
        );
      });
    const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey } = given ?? {};
    if (accessKeyId === undefined || secretAccessKey === undefined) {
      throw new AssumeRoleError(`cannot assume ${roleArn} (assumeRoleArn): AWS gave no credentials`);
    }
    return {
      accessKeyId,
      secretAccessKey,
      ...(given?.SessionToken !== undefined && { sessionToken: given.SessionToken }),
      ...(given?.Expiration !== undefined && { expiration: given.Expiration }),
    };
  };
  const renew = (): Promise<Credentials> => {
    const asked = assume();
    current = asked;
    asked.catch(() => {
      if (current === asked) current = undefined;
    });
    return asked;
  };
  return {
    credentials: async () => {
      const { expiration, ...known } = await (current ?? renew());
      if (expiration === undefined) return known;
      if (expiration.getTime() - Date.now() > RENEWED_BEFORE_MS) return { ...known, expiration };
      return renew();
    },
    close: () => sts.destroy(),
  };
}
