/** A viewer on one connection that stays open: writes a request, reads its answer whole, writes the next. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { DOMAIN } from './cookie-sets.ts';

const HEAD_END = '\r\n\r\n';

export class Viewer {
  readonly #socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  #bodyLeft = 0;
  #status = 0;
  #answered: { resolve: (status: number) => void; reject: (cause: Error) => void } | null = null;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay();
    socket.on('data', (chunk) => this.#read(chunk));
    socket.on('error', (cause) => this.#answered?.reject(cause));
    socket.on('close', () => this.#answered?.reject(new Error('the edge closed the connection')));
  }

  static async connect(port: number): Promise<Viewer> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new Viewer(socket);
  }

  /** @returns the status, once the body has been read and thrown away */
  get(path: string, cookie: string | null): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#answered = { resolve, reject };
      this.#socket.write(requestOf(path, cookie));
    });
  }

  async close(): Promise<void> {
    this.#answered = null;
    const closed = once(this.#socket, 'close');
    this.#socket.destroy();
    await closed;
  }

  #read(chunk: Buffer): void {
    let rest: Buffer = chunk;
    if (this.#bodyLeft === 0) {
      this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
      const end = this.#received.indexOf(HEAD_END);
      if (end === -1) return;
      const head = this.#received.toString('latin1', 0, end);
      this.#status = Number(head.slice(9, 12));
      this.#bodyLeft = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
      rest = this.#received.subarray(end + HEAD_END.length);
      this.#received = Buffer.alloc(0);
    }
    this.#bodyLeft -= rest.length;
    if (this.#bodyLeft === 0) this.#answered?.resolve(this.#status);
  }
}

/** Asks and reads nothing until it is told to; `leave` ends the connection in the middle of the answer. */
export interface SlowViewer {
  /** Resolves with the first bytes. */
  readonly began: Promise<void>;
  leave(): Promise<void>;
}

export async function connectSlowly(port: number, path: string, cookie: string): Promise<SlowViewer> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  const began = once(socket, 'readable').then(() => {});
  socket.write(requestOf(path, cookie));
  return {
    began,
    leave: async () => {
      const closed = once(socket, 'close');
      socket.destroy();
      await closed;
    },
  };
}

function requestOf(path: string, cookie: string | null): string {
  return `GET ${path} HTTP/1.1\r\nHost: ${DOMAIN}\r\n${cookie === null ? '' : `Cookie: ${cookie}\r\n`}\r\n`;
}
