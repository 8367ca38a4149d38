/** Who may do what in a bucket: by its policy, and for reading by the key that an object is encrypted with. */
import type { IncomingHttpHeaders } from 'node:http';
import { bucketPolicyRules } from '../../../aws/iam/bucket-policy.ts';
import type { PolicyDocument } from '../../../aws/iam/document.ts';
import { isAllowed } from '../../../aws/iam/evaluate.ts';
import type { Principal } from '../../../aws/iam/principal.ts';
import type { ConditionContext } from '../../../aws/iam/request-context.ts';
import { regionIn } from '../../../aws/values/arns.ts';
import { AwsError } from '../aws-error.ts';
import type { Callers } from '../callers.ts';
import type { CredentialScope } from '../credential-scope.ts';
import type { KmsLayer } from '../kms/service.ts';
import type { MotoClient } from '../moto-client.ts';
import { parsePolicy } from '../stored-policy.ts';
import { requestContext } from './request-context.ts';
import { objectPath, type S3Target } from './target.ts';

type Place = Pick<S3Target, 'bucket' | 'key'>;

/** What a service of AWS wants to do on behalf of a resource. */
export interface ServiceUse {
  readonly service: string;
  readonly sourceArn: string;
  readonly action: string;
  readonly target: Place;
  readonly context?: ConditionContext;
}

export class BucketAccess {
  /** By bucket. moto never sees them: it evaluates policies without their conditions. */
  readonly #policies = new Map<string, PolicyDocument>();
  readonly #moto: MotoClient;
  readonly #accountId: string;
  readonly #callers: Callers;
  readonly #kms: KmsLayer;

  constructor(options: { moto: MotoClient; accountId: string; callers: Callers; kms: KmsLayer }) {
    this.#moto = options.moto;
    this.#accountId = options.accountId;
    this.#callers = options.callers;
    this.#kms = options.kms;
  }

  /** The policy's text. @throws AwsError 404 for a bucket without one */
  policyOf(bucket: string): string {
    const policy = this.#policies.get(bucket);
    if (policy !== undefined) return policy.text;
    const details = { BucketName: bucket };
    throw new AwsError(404, 'NoSuchBucketPolicy', 'The bucket policy does not exist', details);
  }

  putPolicy(bucket: string, text: string): void {
    const rules = { ...bucketPolicyRules(bucket), malformedCode: 'MalformedPolicy' };
    this.#policies.set(bucket, parsePolicy(text, rules));
  }

  deletePolicy(bucket: string): void {
    this.#policies.delete(bucket);
  }

  allows(principal: Principal, action: string, target: Place, context: ConditionContext = {}): boolean {
    const resource = `arn:aws:s3:::${target.bucket}${target.key === '' ? '' : `/${target.key}`}`;
    return isAllowed(this.#policies.get(target.bucket), { principal, action, resource, context });
  }

  /** Whether a service of AWS that acts for a resource of this account may do this; its default is that it may not. */
  letsService({ service, sourceArn, action, target, context }: ServiceUse): boolean {
    const principal = { kind: 'service', service, sourceArn, sourceAccount: this.#accountId } as const;
    return this.allows(principal, action, target, context);
  }

  /** @throws AwsError 403 for what is not allowed; 404 where there is no such bucket */
  async require(
    principal: Principal,
    action: string,
    target: Place,
    context?: ConditionContext,
  ): Promise<void> {
    if (this.allows(principal, action, target, context)) return;
    if (target.bucket !== '') await this.requireBucket(target.bucket);
    throw accessDenied();
  }

  /** For a browser's form, whose fields take the place of headers. */
  async requireForForm(
    bucket: string,
    key: string,
    scope: CredentialScope,
    fields: ReadonlyMap<string, string>,
  ): Promise<void> {
    await this.requireBucket(bucket);
    // A form has no headers of its own, so it cannot speak for a service.
    const principal = await this.#callers.principalOf(scope, {});
    const context = requestContext(
      (name) => fields.get(name) ?? (name === 'x-amz-acl' ? fields.get('acl') : undefined),
    );
    await this.require(principal, 's3:PutObject', { bucket, key }, context);
  }

  /** Reading an object needs its key as well: the one that moto's answer names. */
  async requireDecryptable(principal: Principal, headers: IncomingHttpHeaders): Promise<void> {
    const keyId = headers['x-amz-server-side-encryption-aws-kms-key-id']?.toString();
    if (keyId === undefined) return;
    const region = regionIn(keyId);
    if (region === '') return;
    await this.#kms.requireAccess({ principal, action: 'kms:Decrypt', keyId, region }).catch((error) => {
      throw error instanceof AwsError && error.status === 400
        ? new AwsError(403, 'AccessDenied', error.message)
        : error;
    });
  }

  /** @throws AwsError 404 where there is no such bucket */
  async requireBucket(bucket: string): Promise<void> {
    if (await this.exists(bucket)) return;
    throw new AwsError(404, 'NoSuchBucket', 'The specified bucket does not exist', { BucketName: bucket });
  }

  async exists(bucket: string): Promise<boolean> {
    const headers = { authorization: this.#moto.authorization('s3') };
    const answer = await this.#moto.call({ method: 'HEAD', target: objectPath(bucket, ''), headers });
    return answer.status !== 404;
  }
}

export function accessDenied(): AwsError {
  return new AwsError(403, 'AccessDenied', 'Access Denied');
}
