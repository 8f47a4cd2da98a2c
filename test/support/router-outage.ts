import { connect, createServer, type Socket } from 'node:net';
import { freePort } from '../../src/local/ports.ts';

/** A server as seen over a cable that can be pulled. It is pulled at first. */
export type Cable = {
  /** `host:port` of this end; connections are refused while it is pulled. */
  address: string;
  plugIn(): Promise<void>;
  /** Cuts every connection and refuses new ones. */
  pull(): Promise<void>;
  /** Keeps the connections and lets nothing through any more, as a server that hangs. */
  freeze(): void;
};

/** A cable to `target` (`host:port`); pull it when you are done with it. */
export async function createCable(target: string): Promise<Cable> {
  const port = await freePort();
  const [host = '', targetPort = ''] = target.split(':');
  const sockets = new Set<Socket>();
  let frozen = false;
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // A cut connection is the point of all this.
    socket.on('error', () => socket.destroy());
  };
  const server = createServer((near) => {
    const far = connect(Number(targetPort), host);
    keep(near);
    keep(far);
    if (!frozen) near.pipe(far).pipe(near);
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  });
  return {
    freeze() {
      frozen = true;
      for (const socket of sockets) socket.unpipe().pause();
    },
    address: `127.0.0.1:${port}`,
    plugIn: () =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, '127.0.0.1', () => resolve());
      }),
    pull: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
