/** The edge over a folder, without a cache: every request is judged and every object read. Says on request what it holds. */
import { readdirSync, readFileSync } from 'node:fs';
import { platform } from 'node:os';
import { startEdgeFromStack } from '../../../../edge/start-from-stack.ts';
import { dev } from '../../../../envs/dev.ts';
import { keysFor, synthesizedStack } from '../../../../ops/edge/synthesized.ts';
import type { Usage } from './server-process.ts';

const [folder = '', keyPairId = '', publicKeyFile = ''] = process.argv.slice(2);

const edge = await startEdgeFromStack({
  stack: synthesizedStack(dev, keysFor(dev, new Map())),
  publicKeys: new Map([[keyPairId, readFileSync(publicKeyFile, 'utf8')]]),
  origin: { directory: folder },
  cache: false,
});
process.on('message', () => process.send?.(usage()));
process.on('disconnect', () => process.exit());
process.send?.({ port: Number(new URL(edge.url).port) });

/** After two collections, because the first only finds what the second frees. */
function usage(): Usage {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  return {
    heapBytes: heapUsed,
    externalBytes: external,
    residentBytes: rss,
    openFiles: platform() === 'linux' ? readdirSync('/proc/self/fd').length : null,
  };
}
