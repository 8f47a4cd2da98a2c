import { once } from 'node:events';
import { createServer, type Server, type Socket, type AddressInfo } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { TestCertificate } from './test-certificate.ts';

/** A server that says over TCP exactly what a test wants, on a port of its own. */
export type TestServer = {
  url: string;
  port: number;
  /** Everything that was received, per connection. */
  received: string[];
  /** Bytes handed to sockets that are closed by now. */
  bytesSent(): number;
  /** Resolves when every connection is closed. */
  idle(): Promise<void>;
  close(): Promise<void>;
};

/** Called once per connection, when the first bytes of a request have come. */
export type Conversation = (socket: Socket) => void;

export function listen(talk: Conversation): Promise<TestServer> {
  return start(createServer(), 'connection', 'http', talk);
}

export function listenTls(certificate: TestCertificate, talk: Conversation): Promise<TestServer> {
  const server = createTlsServer({ key: certificate.key, cert: certificate.cert });
  // A refused certificate is a client error here, and what the test is about.
  server.on('tlsClientError', () => undefined);
  return start(server, 'secureConnection', 'https', talk);
}

/** Answers each request with this text; keeps the connection open. */
export function answers(text: string): Conversation {
  return (socket) => {
    socket.write(text);
    socket.on('data', () => socket.write(text));
  };
}

async function start(
  server: Server,
  event: 'connection' | 'secureConnection',
  scheme: string,
  talk: Conversation,
): Promise<TestServer> {
  const received: string[] = [];
  const sockets = new Set<Socket>();
  let sent = 0;
  server.on(event, (socket: Socket) => {
    const index = received.push('') - 1;
    sockets.add(socket);
    socket.on('data', (chunk) => (received[index] += chunk.toString()));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      sent += socket.bytesWritten;
      sockets.delete(socket);
    });
    socket.once('data', () => talk(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `${scheme}://127.0.0.1:${port}/hook`,
    port,
    received,
    bytesSent: () => sent,
    async idle() {
      await Promise.all([...sockets].map((one) => new Promise((done) => one.on('close', done))));
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
}
