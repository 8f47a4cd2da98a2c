import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { hubSignature } from '../sandbox/meta-signature.ts';
import { DEMO_ACCOUNT } from '../sandbox/sandbox.ts';
import { closedLoop } from './open-loop.ts';

/** A running router with its sandbox, and what is needed to speak to both. */
export type Target = {
  api: string;
  sandbox: string;
  adminKey: string;
  /** Our id of the demo account. */
  accountId: string;
  /** What the platform signs its webhooks with. */
  appSecret: string;
};

/** One call that the sandbox received. `at` in milliseconds since 1970. */
export type Arrival = { seq: number; at: number; text: string };

const agent = new Agent({ connections: 128, pipelining: 1 });
const PLATFORM_ACCOUNT = DEMO_ACCOUNT.instagram_account_id;
export const CUSTOMERS = 100;

/** The platform's id of customer `index`; there are a hundred, and then they begin anew. */
export function customer(index: number): string {
  return `92${String(index % CUSTOMERS).padStart(14, '0')}`;
}

async function call(method: 'GET' | 'POST' | 'PUT', url: string, given: CallOptions = {}) {
  const body = given.bytes ?? (given.body ? JSON.stringify(given.body) : null);
  const answer = await request(url, {
    method,
    dispatcher: agent,
    headers: { ...(body === null ? {} : { 'content-type': 'application/json' }), ...given.headers },
    body,
  });
  const text = await answer.body.text();
  if (answer.statusCode >= 300)
    throw new Error(`${method} ${new URL(url).pathname} answered ${answer.statusCode}: ${text}`);
  return text;
}

type CallOptions = { body?: object; bytes?: Buffer; headers?: Record<string, string> };

/** `POST /api/v1/messages/send`. Returns the message's id. */
export async function sendMessage(target: Target, to: string, message: string): Promise<string> {
  const answer = await call('POST', `${target.api}/api/v1/messages/send`, {
    body: { account_id: target.accountId, recipient_id: to, message },
    headers: { authorization: `Bearer ${target.adminKey}` },
  });
  return (JSON.parse(answer) as { message_id: string }).message_id;
}

/** `GET /api/v1/messages/{message_id}/status`. */
export async function askStatus(target: Target, messageId: string): Promise<void> {
  await call('GET', `${target.api}/api/v1/messages/${messageId}/status`, {
    headers: { authorization: `Bearer ${target.adminKey}` },
  });
}

/** The cheapest answer that the API has: what HTTP and the machine cost without the router. */
export async function askLive(target: Target): Promise<void> {
  await call('GET', `${target.api}/health/live`);
}

/** The platform's webhook for a message that a customer wrote, signed as the platform signs. */
export async function postWebhook(target: Target, from: string, text: string): Promise<void> {
  const time = Date.now();
  const message = { mid: `bench-${randomUUID()}`, text };
  const sides = { sender: { id: from }, recipient: { id: PLATFORM_ACCOUNT } };
  const entry = { id: PLATFORM_ACCOUNT, time, messaging: [{ ...sides, timestamp: time, message }] };
  const bytes = Buffer.from(JSON.stringify({ object: 'instagram', entry: [entry] }));
  await call('POST', `${target.api}/webhooks/instagram`, {
    bytes,
    headers: { 'x-hub-signature-256': hubSignature(target.appSecret, bytes) },
  });
}

type Received = { data: { seq: number; at: string; body: unknown }[] };

/** Reads what the sandbox received since the last look, by the text of the message. */
export function watchArrivals(target: Target, side: 'instagram' | 'crm', type?: string) {
  let after = 0;
  const path = side === 'instagram' ? 'path=/messages&method=POST&' : '';
  const url = `${target.sandbox}/control/${side}/received?${path}after=`;
  return async function look(): Promise<Arrival[]> {
    const { data } = JSON.parse(await call('GET', `${url}${after}`)) as Received;
    after = data.at(-1)?.seq ?? after;
    return data.flatMap(({ seq, at, body }) => {
      const {
        message,
        type: kind,
        data: content,
      } = body as Record<string, Record<string, unknown>>;
      if (type !== undefined && (kind as unknown) !== type) return [];
      const text = String((message ?? content)?.['text'] ?? '');
      return [{ seq, at: Date.parse(at), text }];
    });
  };
}

/** Looks until `wanted` calls have arrived. Throws when nothing new comes for 30 s. */
export async function waitForArrivals(
  look: () => Promise<Arrival[]>,
  wanted: number,
): Promise<Arrival[]> {
  const found: Arrival[] = [];
  for (let lastNews = Date.now(); found.length < wanted; await pause(100)) {
    const news = await look();
    if (news.length > 0) lastNews = Date.now();
    found.push(...news);
    if (Date.now() - lastNews > 30_000)
      throw new Error(`${found.length} of ${wanted} arrived, and nothing new came for 30 s`);
  }
  return found;
}

/**
 * A hundred customers who have each written once: their conversations exist, their names are known,
 * their windows are open. What is measured afterwards is the ordinary message, not the first contact.
 */
export async function introduceCustomers(target: Target): Promise<void> {
  const look = watchArrivals(target, 'crm', 'message.received');
  await look();
  const control = `${target.sandbox}/control/instagram/customers`;
  await closedLoop({ atOnce: 4, count: CUSTOMERS }, async (index) => {
    const id = customer(index);
    await call('POST', control, { body: { account: PLATFORM_ACCOUNT, customer_id: id } });
    await call('PUT', `${control}/${id}`, { body: { account: PLATFORM_ACCOUNT, window: 'open' } });
    await postWebhook(target, id, `hello from ${index}`);
  });
  await waitForArrivals(look, CUSTOMERS);
}
