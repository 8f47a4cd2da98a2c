import { createHmac, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** Just enough of a router to try the page: no storage, one account, no patience. */
export type FakeRouter = { url: string; close(): Promise<void> };

type Json = Record<string, unknown>;
type Deps = { sandboxUrl: string; token: string; secret: string; accountId: string };

/** Signs one event in both schemes and posts it to the demo CRM. Resolves with the status. */
export async function postEvent(deps: Deps, type: string, data: Json, rest: Json = {}) {
  const id = `whd_${randomUUID()}`;
  const now = new Date().toISOString();
  const event = {
    id,
    type,
    version: '1',
    timestamp: now,
    account_id: deps.accountId,
    ...rest,
    data,
  };
  const body = JSON.stringify(event);
  const timestamp = String(Math.floor(Date.now() / 1000));
  const mac = (over: string, as: 'hex' | 'base64') =>
    createHmac('sha256', deps.secret).update(over).digest(as);
  const answer = await fetch(`${deps.sandboxUrl}/crm/webhooks`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-hub-signature-256': `sha256=${mac(body, 'hex')}`,
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,${mac(`${id}.${timestamp}.${body}`, 'base64')}`,
    },
    body,
  });
  return answer.status;
}

/** Passes messages both ways until it is closed. */
export async function startFakeRouter(deps: Deps): Promise<FakeRouter> {
  const sequences = new Map<string, number>();
  const sent: { messageId: string; customer: string; mid: string }[] = [];
  let closed = false;

  async function tellCrm(type: string, customer: string, data: Json): Promise<void> {
    const sequence = (sequences.get(customer) ?? 0) + 1;
    sequences.set(customer, sequence);
    const rest = { conversation_id: `conv_${customer}`, sequence };
    while (!closed && (await postEvent(deps, type, data, rest)) >= 500) await pause();
  }

  async function deliver(messageId: string, customer: string, words: string): Promise<void> {
    const about = { message_id: messageId, recipient_id: customer };
    for (;;) {
      const answer = await fetch(`${deps.sandboxUrl}/instagram/v25.0/me/messages`, {
        method: 'POST',
        headers: { authorization: `Bearer ${deps.token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ recipient: { id: customer }, message: { text: words } }),
      });
      const body = (await answer.json()) as { message_id?: string; error?: Json };
      if (body.message_id) {
        sent.push({ messageId, customer, mid: body.message_id });
        return tellCrm('message.sent', customer, { ...about, status: 'sent' });
      }
      const code = String(body.error?.['code']);
      if (answer.status === 429 && !closed) await pause();
      else {
        const error = { code, message: body.error?.['message'] };
        return tellCrm('message.failed', customer, { ...about, status: 'failed', error });
      }
    }
  }

  async function receive(item: Json): Promise<void> {
    const sender = (item['sender'] as { id: string }).id;
    const message = item['message'] as Json | undefined;
    const seen = sent.find(({ mid }) => mid === (item['read'] as Json | undefined)?.['mid']);
    if (seen) await tellCrm('message.read', sender, { message_id: seen.messageId, status: 'read' });
    if (!message || message['is_echo']) return;
    const attachments = (message['attachments'] ?? []) as { type: string; payload: Json }[];
    await tellCrm('message.received', sender, {
      message_id: randomUUID(),
      sender_id: sender,
      sender_username: 'ana.souza',
      recipient_id: (item['recipient'] as Json)['id'],
      channel: 'instagram',
      message_type: attachments[0]?.type ?? 'text',
      text: message['text'] ?? null,
      attachments: attachments.map(({ type, payload }) => ({ type, url: payload['url'] })),
      timestamp: new Date(Number(item['timestamp'])).toISOString(),
    });
  }

  const server = createServer(async (incoming, answer) => {
    const url = new URL(incoming.url ?? '/', 'http://router');
    if (incoming.method === 'GET') return void answer.end(url.searchParams.get('hub.challenge'));
    const body = JSON.parse(await text(incoming));
    if (url.pathname === '/webhooks/instagram') {
      answer.end('ok');
      for (const entry of body.entry) for (const item of entry.messaging) void receive(item);
    } else if (url.pathname !== '/api/v1/messages') {
      // As good as a router without this operation.
      answer.statusCode = 404;
      answer.end(JSON.stringify({ code: 'not_found', detail: 'There is no such operation.' }));
    } else {
      answer.statusCode = 202;
      answer.end(JSON.stringify({ message_id: body.message_id, status: 'pending' }));
      void deliver(body.message_id, body.recipient, body.content.text);
    }
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      closed = true;
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 100));
}
