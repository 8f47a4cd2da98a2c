import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** The cable between the router and the platforms. It carries everything unless told otherwise. */
export type Line = {
  /** `http://host:port`, in place of the platform's own. */
  url: string;
  /**
   * From now on requests that contain the text stay in the line: the platform never gets them.
   * Resolves when the first one is held.
   */
  hold(text: string): Promise<void>;
  /** Answers to requests that contain the text come this much later. */
  delayAnswers(text: string, ms: number): void;
  /** Carries everything again; what was held is gone. */
  clear(): void;
  close(): Promise<void>;
};

export async function openLine(target: string): Promise<Line> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let held: { text: string; seen: () => void } | null = null;
  let delayed: { text: string; ms: number } | null = null;
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      // The other side is cut with it; there is nobody to tell.
      socket.on('error', () => socket.destroy());
    }
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
    let late = 0;
    near.on('data', (chunk) => {
      const content = chunk.toString('latin1');
      if (held && content.includes(held.text)) return held.seen();
      if (delayed && content.includes(delayed.text)) late = delayed.ms;
      far.write(chunk);
    });
    far.on('data', (chunk) => {
      if (late === 0) near.write(chunk);
      else setTimeout(() => near.destroyed || near.write(chunk), late);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    hold: (text) => new Promise((seen) => (held = { text, seen })),
    delayAnswers: (text, ms) => void (delayed = { text, ms }),
    clear() {
      held = null;
      delayed = null;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
