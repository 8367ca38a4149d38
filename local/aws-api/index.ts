/** The local cloud: moto behind a gateway that answers what moto lacks and enforces what moto lets pass. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { ACCOUNT_ACCESS_KEY_ID } from '../../aws/iam/service-principals.ts';
import type { Transcode } from '../transcoder/contract.ts';
import type { AddedService } from './added-service.ts';
import { createGateway } from './gateway.ts';
import { startMoto } from './moto.ts';
import { MotoClient } from './moto-client.ts';
import { createServices, RESERVED } from './services.ts';

export interface LocalCloud {
  /** `http://127.0.0.1:<port>`; the numeric host makes S3 clients use path style. */
  readonly endpoint: string;
  /**
   * All that Terraform and AWS SDK clients need to reach this cloud and no other. The secret access key is made for this
   * run, and a program that has it may do everything here.
   */
  readonly environment: Readonly<Record<string, string>>;
  /** Ends moto and every running job. May be called again. */
  close(): Promise<void>;
}

export interface LocalCloudOptions {
  /** The account that everything belongs to, 12 digits. */
  readonly accountId: string;
  readonly region: string;
  /** Runs MediaConvert's jobs. */
  readonly transcode: Transcode;
  /** Services beyond those of `npm start`. @default - none: calls of such services are 501 */
  readonly services?: readonly AddedService[];
  /**
   * What the ages of unfinished uploads and of client request tokens are measured by. Signatures are checked by the machine's
   * clock, as clients make them by it. @default - the machine's clock
   */
  readonly now?: () => Date;
  /**
   * Seconds that an archived object of S3 takes to be restored; on AWS minutes to days, by its storage class and the tier.
   * @default 0.25
   */
  readonly restoreSeconds?: number;
  /** @default 0: a free port */
  readonly port?: number;
  /** Failures and refused calls, one per line, without bodies, queries or credentials. @default - silent */
  readonly log?: (line: string) => void;
}

/**
 * Starts an AWS account on loopback. Its state is in memory and ends with `close`, or with this process.
 *
 * @throws Error when no Python can import moto, or the port is taken
 */
export async function startLocalCloud(options: LocalCloudOptions): Promise<LocalCloud> {
  const { accountId, region, transcode, services: added = [], log = () => {} } = options;
  const now = options.now ?? (() => new Date());
  // 40 characters, as AWS's, and none that a shell reads.
  const secretAccessKey = randomBytes(30).toString('base64url');
  const reserved = [...RESERVED, ...added.map(({ name }) => name)];
  const motoProcess = await startMoto({
    accountId,
    region,
    reserved,
    ...(options.restoreSeconds !== undefined && { restoreSeconds: options.restoreSeconds }),
  });
  const moto = new MotoClient({ ...motoProcess, region });
  const services = createServices({
    moto,
    accountId,
    transcode,
    added,
    log,
    now,
    secretAccessKey,
    endpoint: () => endpoint,
    environment: () => environment,
  });
  const server = createGateway({
    moto,
    log,
    secretAccessKey,
    s3: (incoming, outgoing, caller) => services.s3.handle(incoming, outgoing, caller),
    handlers: services.handlers,
  });
  server.listen(options.port ?? 0, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (error) {
    await motoProcess.close();
    throw error;
  }
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const environment = clientEnvironment({ endpoint, region, secretAccessKey });
  const end = async () => {
    await services.close();
    server.close();
    server.closeAllConnections();
    moto.close();
    await motoProcess.close();
  };
  let ended: Promise<void> | undefined;
  return {
    endpoint,
    environment,
    close: () => {
      ended ??= end();
      return ended;
    },
  };
}

function clientEnvironment({
  endpoint,
  region,
  secretAccessKey,
}: {
  readonly endpoint: string;
  readonly region: string;
  readonly secretAccessKey: string;
}): Readonly<Record<string, string>> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: ACCOUNT_ACCESS_KEY_ID,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_REGION: region,
    AWS_EC2_METADATA_DISABLED: 'true',
    // Whatever the user's own files say, this is the only account that is meant.
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    NO_PROXY: '127.0.0.1,localhost',
  };
}
