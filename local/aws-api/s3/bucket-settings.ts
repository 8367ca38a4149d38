/** A bucket's settings that are kept here and not by moto: its policy, its access logging, and who pays. */
import type { IncomingMessage } from 'node:http';
import type { ApiAnswer } from '../api-request.ts';
import { ownValue } from '../own.ts';
import type { BucketAccess } from './access.ts';
import { BucketLogging } from './bucket-logging.ts';
import { readChecked } from './checked-body.ts';

/** Reads, writes or deletes one setting of a bucket that exists. */
export type SettingHandler = (incoming: IncomingMessage, bucket: string) => Promise<ApiAnswer>;

const XML = { 'content-type': 'application/xml' };
const OWNER_PAYS =
  '<RequestPaymentConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Payer>BucketOwner</Payer></RequestPaymentConfiguration>';

export class BucketSettings {
  readonly #logging = new BucketLogging();
  readonly #access: BucketAccess;
  readonly #handlers: Readonly<Record<string, SettingHandler>>;

  constructor({ access }: { access: BucketAccess }) {
    this.#access = access;
    this.#handlers = {
      policy: (incoming, bucket) => this.#policy(incoming, bucket),
      logging: (incoming, bucket) => this.#accessLogging(incoming, bucket),
      requestPayment: async () => ({ status: 200, headers: XML, body: OWNER_PAYS }),
    };
  }

  /** Undefined for a subresource that moto keeps. */
  answerFor(subresource: string): SettingHandler | undefined {
    return ownValue(this.#handlers, subresource);
  }

  /** Called when a bucket has been deleted. */
  forget(bucket: string): void {
    this.#access.deletePolicy(bucket);
    this.#logging.forget(bucket);
  }

  async #policy(incoming: IncomingMessage, bucket: string): Promise<ApiAnswer> {
    if (incoming.method === 'PUT') {
      const { body } = await readChecked(incoming);
      this.#access.putPolicy(bucket, body);
      return { status: 204 };
    }
    if (incoming.method === 'DELETE') {
      this.#access.deletePolicy(bucket);
      return { status: 204 };
    }
    const headers = { 'content-type': 'application/json' };
    return { status: 200, headers, body: this.#access.policyOf(bucket) };
  }

  async #accessLogging(incoming: IncomingMessage, bucket: string): Promise<ApiAnswer> {
    if (incoming.method !== 'PUT') {
      return { status: 200, headers: XML, body: this.#logging.get(bucket) };
    }
    const { body } = await readChecked(incoming);
    const log = {
      service: 'logging.s3.amazonaws.com',
      sourceArn: `arn:aws:s3:::${bucket}`,
      action: 's3:PutObject',
    };
    await this.#logging.put(bucket, body, {
      exists: (name) => this.#access.exists(name),
      letsIn: (target) => this.#access.letsService({ ...log, target }),
    });
    return { status: 200 };
  }
}
