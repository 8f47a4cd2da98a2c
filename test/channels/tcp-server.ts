import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

/** What a hostile or plain server does with one request on one connection. */
export type Reply = (socket: Socket, request: string) => void;

/** A server that answers over TCP exactly what a test says, and knows every byte it was sent. */
export type TcpServer = {
  url: string;
  /** The requests so far, whole: head and body. */
  requests: string[];
  connections: () => number;
  close: () => Promise<void>;
};

type Options = {
  /** Called for every whole request. */
  reply?: Reply;
  /** Called when a connection is accepted. */
  accepted?: (socket: Socket) => void;
};

/** Listens on a port of its own. */
export async function listen({ reply, accepted }: Options): Promise<TcpServer> {
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    accepted?.(socket);
    let seen = '';
    socket.on('data', (chunk) => {
      seen += chunk.toString('utf8');
      const request = wholeRequest(seen);
      if (request === null) return;
      seen = seen.slice(request.length);
      requests.push(request);
      reply?.(socket, request);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    connections: () => connections,
    async close() {
      sockets.forEach((socket) => socket.destroy());
      server.close();
      await once(server, 'close');
    },
  };
}

function wholeRequest(seen: string): string | null {
  const end = seen.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const bytes = Number(/^content-length: (\d+)$/im.exec(seen)?.[1] ?? 0);
  const body = Buffer.from(seen.slice(end + 4));
  if (body.length < bytes) return null;
  return seen.slice(0, end + 4) + body.subarray(0, bytes).toString('utf8');
}

/** A whole answer that keeps the connection open. */
export function answer(status: number, body: string, headers: Record<string, string> = {}): string {
  const lines = Object.entries({
    'content-type': 'application/json',
    'content-length': `${Buffer.byteLength(body)}`,
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} Said\r\n${lines.join('')}\r\n${body}`;
}

/** Answers every request with this status and JSON. */
export function replies(
  status: number,
  json: unknown,
  headers: Record<string, string> = {},
): Reply {
  return (socket) => void socket.write(answer(status, JSON.stringify(json), headers));
}
