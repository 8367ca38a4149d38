/** The edge over a folder, without a cache: every request is judged and every object read. */
import { readFileSync } from 'node:fs';
import { dev } from '../../../envs/dev.ts';
import { startEdgeFromStack } from '../../../local/edge/start-from-stack.ts';
import { keysFor, synthesizedStack } from '../../../ops/edge/synthesized.ts';

const [folder = '', keyPairId = '', publicKeyFile = ''] = process.argv.slice(2);

const edge = await startEdgeFromStack({
  stack: synthesizedStack(dev, keysFor(dev, new Map())),
  publicKeys: new Map([[keyPairId, readFileSync(publicKeyFile, 'utf8')]]),
  origin: { directory: folder },
  cache: false,
});
process.send?.({ port: Number(new URL(edge.url).port) });
