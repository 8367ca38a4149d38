/** What another terminal needs to talk to a running laptop. Pure. */

export interface RunningLaptop {
  /** The AWS_* variables of the local AWS API. */
  readonly environment: Readonly<Record<string, string>>;
  /** Where the environment was applied from. */
  readonly outdir: string;
  readonly edgeUrl: string;
  readonly bookId: string;
}

const NEEDED = ['AWS_ENDPOINT_URL', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_REGION'];

/**
 * Lines to paste. The credentials open nothing but the AWS API on this machine; a profile or a session that the other
 * shell has for AWS would win over them or spoil them, so both are emptied there.
 */
export function otherTerminal({ environment, outdir, edgeUrl, bookId }: RunningLaptop): string {
  const variables = [
    ...NEEDED.map((name) => `${name}=${environment[name] ?? ''}`),
    'AWS_PROFILE=',
    'AWS_SESSION_TOKEN=',
    `CDKTF_OUTDIR=${outdir}`,
    `STORYTIME_EDGE_URL=${edgeUrl}`,
  ];
  return [
    'In another terminal:',
    `  export ${variables.join(' ')}`,
    `  npm run doctor -- local '${edgeUrl}/books/${bookId}/index.m3u8'`,
    '  npm run keys -- status local',
  ].join('\n');
}
