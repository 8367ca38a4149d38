/** A list of URLs by one call: how long it takes, and for how long the event loop answers nobody meanwhile. */

import { getSignedUrl } from '@aws-sdk/cloudfront-signer';
import { createSigner, type Signer, staticKey } from '@storytime/signer';
import { type BenchKey, DOMAIN, KEY_PAIR_ID, p256, rsa } from './fixtures.ts';
import { measure, quantile, type Rounds } from './measure.ts';
import { atLeast, atMost, type Row } from './report.ts';

/** Thumbnails of one page. */
const LENGTH = 500;
const ROUNDS = 5;

export async function benchLists(): Promise<{ rows: Row[]; times: Record<string, Rounds> }> {
  const withRsa = signerWith(rsa);
  const withP256 = signerWith(p256);
  const times = await measure(
    {
      '500 URLs, RSA, signUrls': list(withRsa),
      '500 URLs, RSA, one after the other': oneByOne(withRsa),
      '500 URLs, RSA PEM, AWS signer in a loop': awsLoop(rsa),
      '500 URLs, P-256, signUrls': list(withP256),
      '500 URLs, P-256, one after the other': oneByOne(withP256),
      '500 URLs, P-256 PEM, AWS signer in a loop': awsLoop(p256),
    },
    { batchMs: 1, batches: 4 },
  );
  const blockRsa = await longestBlocks(list(withRsa));
  const blockP256 = await longestBlocks(list(withP256));
  const rsaInTurn = times['500 URLs, RSA, one after the other'];
  return {
    rows: [
      atMost(
        1,
        '500 URLs by signUrls, RSA, against one after the other',
        rsaInTurn,
        times['500 URLs, RSA, signUrls'],
      ),
      atMost(
        1.1,
        '500 URLs by signUrls, P-256, against one after the other',
        times['500 URLs, P-256, one after the other'],
        times['500 URLs, P-256, signUrls'],
      ),
      atLeast(
        1,
        '500 URLs by signUrls, RSA, against the AWS signer in a loop',
        times['500 URLs, RSA PEM, AWS signer in a loop'],
        times['500 URLs, RSA, signUrls'],
      ),
      atLeast(
        5,
        '500 URLs by signUrls, P-256, against the AWS signer in a loop',
        times['500 URLs, P-256 PEM, AWS signer in a loop'],
        times['500 URLs, P-256, signUrls'],
      ),
      // 50 ms of the 606 ms that a loop of RSA signatures took when the limit was set.
      atMost(0.08, 'longest block of the event loop by 500 URLs, RSA, against the loop', rsaInTurn, blockRsa),
      atMost(0.08, 'longest block by 500 URLs, P-256, against the RSA loop', rsaInTurn, blockP256),
    ],
    times: {
      ...times,
      'longest block of the event loop, 500 URLs, RSA': blockRsa,
      'longest block of the event loop, 500 URLs, P-256': blockP256,
    },
  };
}

function signerWith({ privatePem }: BenchKey): Signer {
  return createSigner({
    key: staticKey({ keyPairId: KEY_PAIR_ID, privateKey: privatePem }),
    domain: DOMAIN,
  });
}

const paths = (index: number) => Array.from({ length: LENGTH }, (_, at) => `/thumbnails/${index}/${at}.jpg`);

const list = (signer: Signer) => (index: number) => signer.signUrls(paths(index));

const oneByOne = (signer: Signer) => async (index: number) => {
  for (const path of paths(index)) await signer.signUrl(path);
};

/** As its documentation shows it. */
const awsLoop =
  ({ privatePem }: BenchKey) =>
  (index: number) => {
    const dateLessThan = new Date(Date.now() + 3_600_000);
    for (const path of paths(index)) {
      getSignedUrl({
        url: `https://${DOMAIN}${path}`,
        keyPairId: KEY_PAIR_ID,
        privateKey: privatePem,
        dateLessThan,
      });
    }
  };

/** Seconds for which nothing else could run during one call, the longest of each; a round's figure is the best of four calls. */
async function longestBlocks(call: (index: number) => Promise<unknown>): Promise<Rounds> {
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const blocks: number[] = [];
    for (let one = 0; one < 4; one++) blocks.push(await longestBlock(() => call(round * 4 + one)));
    rounds.push(quantile(blocks, 0.05));
  }
  return rounds;
}

async function longestBlock(call: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let last = performance.now();
  let isDone = false;
  const look = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    if (!isDone) setImmediate(look);
  };
  setImmediate(look);
  await call();
  isDone = true;
  look();
  return longest / 1000;
}
