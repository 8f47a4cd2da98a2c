import { connect, createServer } from 'node:net';

/** A port that is taken. The message is one line and names the variable that moves the part. */
export class PortTakenError extends Error {
  constructor(port: number, part: string, variable: string) {
    super(`Port ${port} (${part}) is taken by another program. Set ${variable} to a free one.`);
    this.name = 'PortTakenError';
  }
}

/** A port on 127.0.0.1 that was free a moment ago. */
export function freePort(): Promise<number> {
  return listenOnce(0);
}

/** Throws {@link PortTakenError} when nothing can listen on this port of 127.0.0.1. */
export async function requireFreePort(port: number, part: string, variable: string): Promise<void> {
  try {
    await listenOnce(port);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EADDRINUSE' || code === 'EACCES') throw new PortTakenError(port, part, variable);
    throw error;
  }
}

/** Whether something accepts connections on this port of 127.0.0.1. */
export function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

function listenOnce(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      const taken = typeof address === 'object' && address ? address.port : port;
      server.close(() => resolve(taken));
    });
  });
}
