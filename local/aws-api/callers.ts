/** Tells who makes a request. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Principal } from '../../aws/iam/principal.ts';
import { ACCOUNT_ACCESS_KEY_ID, SERVICE_PRINCIPALS } from '../../aws/iam/service-principals.ts';
import { accountIn } from '../../aws/values/arns.ts';
import type { CredentialScope } from './credential-scope.ts';
import type { MotoClient } from './moto-client.ts';
import { textOf } from './xml.ts';

/** The account's root, whom nobody's policy but a resource's own Deny holds back. */
function accountRoot(accountId: string): Principal {
  return { kind: 'account', accountId, arn: `arn:aws:iam::${accountId}:root` };
}

/** Knows every caller by the access key id. */
export class Callers {
  readonly #moto: MotoClient;
  readonly #accountId: string;

  constructor(options: { moto: MotoClient; accountId: string }) {
    this.#moto = options.moto;
    this.#accountId = options.accountId;
  }

  /**
   * A service by its own access key id, with what it acts for in its signed headers; a session or user by the access
   * key that moto's STS or IAM gave out; the account's root by any other.
   */
  async principalOf(scope: CredentialScope | null, headers: IncomingHttpHeaders): Promise<Principal> {
    if (scope === null) return { kind: 'anonymous' };
    const service = SERVICE_PRINCIPALS.get(scope.accessKeyId);
    if (service !== undefined) return servicePrincipal(service, headers);
    if (scope.accessKeyId === ACCOUNT_ACCESS_KEY_ID) return accountRoot(this.#accountId);
    return this.#identityOf(scope.accessKeyId);
  }

  async #identityOf(accessKeyId: string): Promise<Principal> {
    const parameters = { Action: 'GetCallerIdentity', Version: '2011-06-15' };
    const { xml } = await this.#moto.query('sts', parameters, { accessKeyId });
    const arn = textOf(xml.GetCallerIdentityResponse, 'GetCallerIdentityResult', 'Arn');
    if (arn.startsWith('arn:aws:iam:')) return { kind: 'account', accountId: accountIn(arn), arn };
    const role = /^arn:aws:sts::\d{12}:assumed-role\/([^/]+)\//.exec(arn)?.[1];
    // moto gives a made-up ARN to keys that it has not given out.
    if (role === undefined) return accountRoot(this.#accountId);
    return {
      kind: 'account',
      accountId: accountIn(arn),
      arn: await this.#roleArn(role, arn),
      sessionArn: arn,
    };
  }

  /** The session's ARN lacks the path of its role. */
  async #roleArn(name: string, sessionArn: string): Promise<string> {
    const parameters = { Action: 'GetRole', Version: '2010-05-08', RoleName: name };
    const { xml } = await this.#moto.query('iam', parameters);
    const arn = textOf(xml.GetRoleResponse, 'GetRoleResult', 'Role', 'Arn');
    // moto lets anybody assume a role that does not exist.
    return arn === '' ? `arn:aws:iam::${accountIn(sessionArn)}:role/${name}` : arn;
  }
}

function servicePrincipal(service: string, headers: IncomingHttpHeaders): Principal {
  const isSigned = (name: string) => signedHeaders(headers).includes(name);
  const header = (name: string) => (isSigned(name) ? headers[name]?.toString() : undefined);
  return {
    kind: 'service',
    service,
    sourceArn: header('x-amz-source-arn'),
    sourceAccount: header('x-amz-source-account'),
  };
}

function signedHeaders(headers: IncomingHttpHeaders): readonly string[] {
  return /\bSignedHeaders=([^,\s]+)/.exec(headers.authorization ?? '')?.[1]?.split(';') ?? [];
}
