/** The edge in a process of its own, so that load on it slows nothing else down. */
import { type Edge, startEdge } from '../../../edge/index.ts';
import type { FromEdge, ToEdge } from './messages.ts';

let edge: Edge | undefined;

process.on('disconnect', () => process.exit());
process.on('message', async (message: ToEdge) => {
  if (message.kind === 'start') {
    const onWarning = (text: string): void => say({ kind: 'warning', message: text });
    edge = await startEdge({ ...message.options, onWarning });
    say({ kind: 'listening', url: edge.url });
    return;
  }
  await edge?.refresh();
  say({ kind: 'refreshed' });
});

function say(message: FromEdge): void {
  process.send?.(message);
}
