import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type {
  Channel,
  ChannelAccount,
  ChannelEvent,
  WebhookRequest,
} from '../../src/channels/channel.ts';

/** Stands in for the API's webhook route: answers the handshake and keeps what is posted. */
export type WebhookInbox = {
  url: string;
  /** The next webhook that nobody has taken yet. */
  next(): Promise<WebhookRequest>;
  /** Reads webhooks until an event fits; what does not fit is gone. */
  event<K extends ChannelEvent['kind']>(
    kind: K,
    fits?: (event: Extract<ChannelEvent, { kind: K }>) => boolean,
  ): Promise<Extract<ChannelEvent, { kind: K }>>;
  close(): Promise<void>;
};

/**
 * Listens on a port of its own for the webhooks of an account. Every one is answered 200, whatever
 * its signature, with the body that the channel wants.
 */
export async function openInbox(channel: Channel, account: ChannelAccount): Promise<WebhookInbox> {
  const waiting: WebhookRequest[] = [];
  const takers: ((request: WebhookRequest) => void)[] = [];
  const server = createServer((request, response) => {
    if (request.method === 'GET') {
      const body = channel.answerHandshake(queryOf(request));
      return void response.writeHead(body === null ? 403 : 200).end(body ?? '');
    }
    void bytesOf(request).then((body) => {
      const webhook = { headers: request.headers, body, account };
      const answer = channel.answerWebhook?.(webhook) ?? null;
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(answer === null ? '' : JSON.stringify(answer));
      const taker = takers.shift();
      if (taker) taker(webhook);
      else waiting.push(webhook);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  function next(): Promise<WebhookRequest> {
    const first = waiting.shift();
    return first ? Promise.resolve(first) : new Promise((resolve) => takers.push(resolve));
  }

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    next,
    async event(kind, fits = () => true) {
      for (;;) {
        const webhook = await next();
        if (!channel.verify(webhook))
          throw new Error('A webhook of the platform was not verified.');
        const found = channel
          .receive(webhook)
          .filter((event) => event.kind === kind)
          .map((event) => event as Extract<ChannelEvent, { kind: typeof kind }>)
          .find(fits);
        if (found) return found;
      }
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function queryOf(request: IncomingMessage): Record<string, string> {
  return Object.fromEntries(new URL(request.url ?? '/', 'http://inbox').searchParams);
}
