/** Bytes to a port and whatever comes back: no HTTP client stands between a hostile request and the edge. */
import { connect } from 'node:net';

/** Longer than any answer to a request that has ended takes; past it the connection counts as hanging. */
const PATIENCE_MS = 10_000;

/**
 * Sends the pieces one after the other, ends its own side and collects what the server sends until that side ends too.
 * A connection that the server resets is over as well.
 *
 * @throws Error when the server neither answers nor ends
 */
export function exchange(port: number, pieces: readonly (string | Buffer)[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const finish = () => {
      socket.destroy();
      resolve(Buffer.concat(chunks).toString('latin1'));
    };
    socket.setTimeout(PATIENCE_MS, () => {
      socket.destroy();
      reject(
        new Error(`no end after ${PATIENCE_MS} ms; so far: ${Buffer.concat(chunks).toString('latin1')}`),
      );
    });
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.once('end', finish);
    socket.once('close', finish);
    // Reset in the middle of our sending: what came before it is the answer.
    socket.once('error', finish);
    socket.once('connect', () => {
      for (const piece of pieces)
        socket.write(typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece);
      socket.end();
    });
  });
}

/** The status of every answer in what came back, one behind the other without a line end between; not the 100 that asks for a body. */
export function statusesIn(answer: string): number[] {
  return [...answer.matchAll(/HTTP\/1\.1 ([2-5]\d\d) /g)].map(([, status]) => Number(status));
}
