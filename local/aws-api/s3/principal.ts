/** Who calls S3. */
import type { IncomingHttpHeaders } from 'node:http';
import type { CredentialScope } from '../credential-scope.ts';
import { SERVICE_PRINCIPALS } from '../service-principals.ts';

export type Principal =
  | { readonly kind: 'account'; readonly accountId: string }
  | {
      readonly kind: 'service';
      readonly service: string;
      readonly sourceArn: string | undefined;
      readonly sourceAccount: string | undefined;
    }
  | { readonly kind: 'anonymous' };

/** By the access key id; what a service acts for is in its signed headers. */
export function principalOf(
  scope: CredentialScope | null,
  headers: IncomingHttpHeaders,
  accountId: string,
): Principal {
  if (scope === null) return { kind: 'anonymous' };
  const service = SERVICE_PRINCIPALS.get(scope.accessKeyId);
  if (service === undefined) return { kind: 'account', accountId };
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
