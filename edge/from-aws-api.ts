/** Keeps up with a distribution and its invalidations in the AWS API at `AWS_ENDPOINT_URL`. */

import {
  CloudFrontClient,
  GetInvalidationCommand,
  ListInvalidationsCommand,
} from '@aws-sdk/client-cloudfront';
import { readDistribution } from '../aws/account/read-distribution.ts';
import type { Distribution } from '../aws/cloudfront/distribution.ts';
import { OptionError } from '../aws/values/option-error.ts';
import type { InvalidationSource } from './invalidation-watch.ts';

/** Keeps an up-to-date picture of one distribution. */
export interface DistributionSource {
  /** What the API said last, at most about a second ago; the last good answer while the API fails. */
  current(): Distribution | Promise<Distribution>;
  /** Asks the API now. @throws when it does not answer */
  refresh(): Promise<void>;
  /** @default - there are none */
  readonly invalidations?: InvalidationSource;
  close(): void;
}

export interface DistributionSourceOptions {
  readonly distributionId: string;
  /** `AWS_ENDPOINT_URL`, `AWS_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`. */
  readonly environment: Readonly<Record<string, string>>;
  /** Told once when reading starts to fail, and once when it works again. */
  readonly onWarning: (message: string) => void;
  readonly now: () => Date;
}

const REFRESH_MS = 1000;

/**
 * Reads the distribution a first time.
 *
 * @throws UnsupportedDistributionError when it uses something that the edge does not support
 * @throws CloudFrontServiceException when there is no such distribution
 */
export async function readFromAwsApi(options: DistributionSourceOptions): Promise<DistributionSource> {
  const client = createClient(options.environment);
  const source = createSource(() => readDistribution(client, options.distributionId), options);
  try {
    await source.refresh();
  } catch (error) {
    client.destroy();
    throw error;
  }
  const invalidations = readInvalidations(client, options.distributionId);
  return { ...source, invalidations, close: () => client.destroy() };
}

/** What has been read is at the end of the first page, nearly always. */
const FIRST_PAGE = 4;

function readInvalidations(client: CloudFrontClient, distributionId: string): InvalidationSource {
  return {
    async page(marker) {
      const { InvalidationList: list } = await client.send(
        new ListInvalidationsCommand({
          DistributionId: distributionId,
          ...(marker === null ? { MaxItems: FIRST_PAGE } : { Marker: marker }),
        }),
      );
      const ids = (list?.Items ?? []).flatMap(({ Id }) => Id ?? []);
      return { ids, next: (list?.IsTruncated && list.NextMarker) || null };
    },
    async paths(id) {
      const { Invalidation: found } = await client.send(
        new GetInvalidationCommand({ DistributionId: distributionId, Id: id }),
      );
      return found?.InvalidationBatch?.Paths?.Items ?? [];
    },
  };
}

/** Asked again on use when the answer is a second old: idle, the edge is silent, and nobody is judged by old rules. */
function createSource(
  read: () => Promise<Distribution>,
  { onWarning, now }: Pick<DistributionSourceOptions, 'onWarning' | 'now'>,
): Pick<DistributionSource, 'current' | 'refresh'> {
  let known: Distribution | undefined;
  let readAt = Number.NEGATIVE_INFINITY;
  let isFailing = false;
  let reading: Promise<void> | undefined;
  const readOnce = () => {
    reading ??= read()
      .then((distribution) => {
        known = distribution;
        if (isFailing) onWarning('the distribution can be read again');
        isFailing = false;
      })
      .finally(() => {
        readAt = now().getTime();
        reading = undefined;
      });
    return reading;
  };
  return {
    async refresh() {
      // A reading that has begun may have passed what the caller has just changed.
      await reading?.catch(() => undefined);
      await readOnce();
    },
    async current() {
      if (now().getTime() - readAt >= REFRESH_MS) {
        await readOnce().catch((cause: unknown) => {
          if (!known) throw cause;
          if (!isFailing)
            onWarning(
              `cannot read the distribution; using the version that was read last: ${reasonOf(cause)}`,
            );
          isFailing = true;
        });
      }
      if (!known) throw new TypeError('the distribution has not been read yet');
      return known;
    },
  };
}

function createClient(environment: Readonly<Record<string, string>>): CloudFrontClient {
  const { AWS_ENDPOINT_URL: endpoint, AWS_REGION: region = 'us-east-1' } = environment;
  if (!endpoint) throw new OptionError('environment', 'expected AWS_ENDPOINT_URL, got none');
  // The SDK makes it part of a host name.
  if (!/^[a-z0-9-]{1,63}$/.test(region)) {
    throw new OptionError('AWS_REGION', 'expected a region of AWS, such as eu-central-1');
  }
  return new CloudFrontClient({
    endpoint,
    region,
    credentials: {
      accessKeyId: environment.AWS_ACCESS_KEY_ID ?? '',
      secretAccessKey: environment.AWS_SECRET_ACCESS_KEY ?? '',
    },
    // The API may have just closed a connection that was idle.
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 1000, requestTimeout: 3000 },
  });
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message || cause.name : String(cause);
}
