import { connect, createServer, type Socket } from 'node:net';

/** A way to a MySQL server that can be cut just where it hurts. */
export type MysqlProxy = {
  port: number;
  /**
   * The next request that contains this reaches the server; its answer, and the connection, are
   * lost. `before`: the request itself is lost as well.
   */
  cutAt(text: string, where?: 'before' | 'after'): void;
  /** Keeps all connections, takes new ones, and lets nothing through, as a server that hangs. */
  freeze(): void;
  thaw(): void;
  /** Cuts all connections and refuses new ones. */
  pull(): Promise<void>;
  plugIn(): Promise<void>;
  close(): Promise<void>;
};

/** Opens one to `host:port`, on a port that the system chooses and that stays the same. */
export async function openMysqlProxy(target: { host: string; port: number }): Promise<MysqlProxy> {
  const sockets = new Set<Socket>();
  let cut: { text: Buffer; where: 'before' | 'after' } | undefined;
  let frozen = false;
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // A cut connection is the point of all this.
    socket.on('error', () => socket.destroy());
  };
  const server = createServer((near) => {
    const far = connect(target.port, target.host);
    keep(near);
    keep(far);
    if (frozen) for (const socket of [near, far]) socket.pause();
    let lostAnswer = false;
    near.on('data', (chunk: Buffer) => {
      if (cut && chunk.includes(cut.text)) {
        const { where } = cut;
        cut = undefined;
        if (where === 'before') return void near.destroy();
        lostAnswer = true;
      }
      far.write(chunk);
    });
    far.on('data', (chunk: Buffer) => {
      // The server has done it by now, or it would not answer.
      if (lostAnswer) near.destroy();
      else near.write(chunk);
    });
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  });
  const listen = (port: number) =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => resolve());
    });
  await listen(0);
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const pull = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  return {
    port,
    cutAt: (text, where = 'after') => void (cut = { text: Buffer.from(text), where }),
    freeze() {
      frozen = true;
      for (const socket of sockets) socket.pause();
    },
    thaw() {
      frozen = false;
      for (const socket of sockets) socket.resume();
    },
    pull,
    plugIn: () => listen(port),
    close: pull,
  };
}
