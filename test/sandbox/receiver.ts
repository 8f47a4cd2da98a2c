import { type IncomingHttpHeaders, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export type Received = { headers: IncomingHttpHeaders; raw: string; body: WebhookBody };
export type Item = Record<string, unknown> & {
  sender: { id: string };
  recipient: { id: string };
  timestamp: number;
  message?: Record<string, unknown>;
};
export type WebhookBody = { object: string; entry: { id: string; messaging: Item[] }[] };

/** A callback URL that keeps what it gets and answers as it is told. */
export type Receiver = {
  url: string;
  received: Received[];
  /** The messaging items of all webhooks, in the order of their arrival. */
  items(): Item[];
  /** Statuses for the next webhooks; 200 when none is left. */
  answers: number[];
  close(): Promise<void>;
};

/** Starts a receiver that passes the handshake only with this token. */
export async function startReceiver(verifyToken: string): Promise<Receiver> {
  const received: Received[] = [];
  const answers: number[] = [];
  const server = createServer(async (incoming, answer) => {
    const url = new URL(incoming.url ?? '/', 'http://receiver');
    if (incoming.method === 'GET') {
      const fits = url.searchParams.get('hub.verify_token') === verifyToken;
      answer.statusCode = fits ? 200 : 403;
      return void answer.end(fits ? url.searchParams.get('hub.challenge') : 'no');
    }
    const raw = await text(incoming);
    received.push({ headers: incoming.headers, raw, body: JSON.parse(raw) });
    answer.statusCode = answers.shift() ?? 200;
    answer.end('ok');
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    answers,
    items: () => received.flatMap(({ body }) => body.entry.flatMap(({ messaging }) => messaging)),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
