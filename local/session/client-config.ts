import type { LocalCloud } from '../aws-api/index.ts';

/** What any AWS SDK client needs to reach a local AWS API, without touching the process's environment. */
export function clientConfig({ endpoint, environment }: LocalCloud) {
  return {
    endpoint,
    region: environment.AWS_REGION ?? '',
    credentials: {
      accessKeyId: environment.AWS_ACCESS_KEY_ID ?? '',
      secretAccessKey: environment.AWS_SECRET_ACCESS_KEY ?? '',
    },
  };
}
