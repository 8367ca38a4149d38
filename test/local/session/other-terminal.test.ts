import { describe, expect, it } from 'vitest';
import { otherTerminal } from '../../../local/session/other-terminal.ts';

describe('what another terminal is told', () => {
  const text = otherTerminal({
    environment: {
      AWS_ENDPOINT_URL: 'http://127.0.0.1:4566',
      AWS_ACCESS_KEY_ID: 'EXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'example',
      AWS_REGION: 'eu-central-1',
      NO_PROXY: '127.0.0.1',
    },
    outdir: '/tmp/run/cdktf.out',
    edgeUrl: 'http://localhost:4443',
    bookId: '42',
  });

  it('reaches the local AWS API, its state and the edge, in one line to paste', () => {
    expect(text.split('\n')[1]).toBe(
      '  export AWS_ENDPOINT_URL=http://127.0.0.1:4566 AWS_ACCESS_KEY_ID=EXAMPLE AWS_SECRET_ACCESS_KEY=example AWS_REGION=eu-central-1 AWS_PROFILE= AWS_SESSION_TOKEN= CDKTF_OUTDIR=/tmp/run/cdktf.out STORYTIME_EDGE_URL=http://localhost:4443',
    );
  });

  it('is a command for a request that is refused', () => {
    expect(text).toContain("npm run doctor -- local 'http://localhost:4443/books/42/index.m3u8'");
  });
});
