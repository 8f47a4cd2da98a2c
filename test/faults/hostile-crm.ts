import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { type Call, openJournal } from './journal.ts';

/** A CRM that no HTTP library would make: each behaviour answers on the raw connection. */
export type HostileCrm = {
  /** Where a webhook gets this behaviour. */
  urlOf(behaviour: Behaviour): string;
  /** Every request that came, with the time. */
  requests: { behaviour: string; id: string; raw: string; at: number }[];
  close(): Promise<void>;
};

const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n';
const DRIP_MS = 200;
const HUGE_BYTES = 100 * 1024 * 1024;

const BEHAVIOURS = {
  /** Headers at once, then a byte now and then, without an end. */
  drip(socket: Socket) {
    socket.write(`${HEAD}content-length: 100000\r\n\r\n`);
    const timer = setInterval(() => socket.write('.'), DRIP_MS);
    socket.on('close', () => clearInterval(timer));
  },
  silence() {
    // Nothing, for ever.
  },
  /** A success whose body is far longer than anybody wants to read. */
  huge(socket: Socket) {
    socket.write(`${HEAD}content-length: ${HUGE_BYTES}\r\n\r\n`);
    const block = Buffer.alloc(64 * 1024, 'x');
    let left = HUGE_BYTES;
    const pour = () => {
      while (left > 0 && !socket.destroyed) {
        left -= block.length;
        if (!socket.write(block)) return void socket.once('drain', pour);
      }
    };
    pour();
  },
  reset(socket: Socket) {
    socket.resetAndDestroy();
  },
  garbage(socket: Socket) {
    socket.end('BREW /pot HTCPCP/1.0\r\n\0\0\0\r\n\r\n');
  },
};

export type Behaviour = keyof typeof BEHAVIOURS;
export const behaviours = Object.keys(BEHAVIOURS) as Behaviour[];

export async function openHostileCrm(): Promise<HostileCrm> {
  const sockets = new Set<Socket>();
  const requests: HostileCrm['requests'] = [];
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk.toString('utf8');
      const request = wholeRequest(received);
      if (!request) return;
      received = '';
      requests.push({ ...request, at: Date.now() });
      BEHAVIOURS[request.behaviour as Behaviour](socket);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    urlOf: (behaviour) => `http://127.0.0.1:${port}/${behaviour}`,
    requests,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The request, once all of its body is there. */
function wholeRequest(received: string) {
  const [head = '', ...rest] = received.split('\r\n\r\n');
  const raw = rest.join('\r\n\r\n');
  const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
  if (rest.length === 0 || Buffer.byteLength(raw) < length) return null;
  const behaviour = /^POST \/(\w+)/.exec(head)?.[1] ?? '';
  return { behaviour, id: /webhook-id: (\S+)/i.exec(head)?.[1] ?? '', raw };
}

/** Writes its requests into the CRM's journal; only `huge` is a success. */
export async function journalHostile(folder: string, { requests }: HostileCrm): Promise<void> {
  const journal = openJournal<Call>(folder, 'crm');
  for (const { behaviour, id, raw } of requests)
    journal.write({
      path: `/${behaviour}`,
      headers: { 'webhook-id': id },
      body: JSON.parse(raw) as unknown,
      raw,
      status: behaviour === 'huge' ? 200 : null,
      fault: behaviour,
    });
  journal.close();
}
