import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts';
import { request } from './http.ts';

const SECRET = 'whsec_dGhlIHNlY3JldCBvZiB0aGlzIHRlc3Q=';
let sandbox: Sandbox;
beforeEach(async () => {
  const router = {
    api_url: 'http://127.0.0.1:1',
    api_key: 'the-key',
    account_id: 'acc_1',
    webhook_secret: SECRET,
  };
  sandbox = await startSandbox({ port: 0, appSecret: 'a', verifyToken: 'v', router });
});
afterEach(() => sandbox.close());

let counter = 0;
type Change = { body?: string; headers?: Record<string, string>; at?: Date; secret?: string };

/** Posts an event as the router does; `change` spoils it. */
async function post(type: string, sequence: number, data: object, change: Change = {}) {
  const id = `whd_${++counter}`;
  const at = change.at ?? new Date();
  const secret = change.secret ?? SECRET;
  const event = { id, type, version: '1', timestamp: at.toISOString(), sequence };
  const ids = { account_id: 'acc_1', conversation_id: 'conv_1' };
  const body = JSON.stringify({ ...event, ...ids, data });
  const answer = await fetch(`${sandbox.url}/crm/webhooks`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': new Webhook(secret).sign(id, at, body),
      ...change.headers,
    },
    body: change.body ?? body,
  });
  return answer.status;
}

const received = (words: string) => ({
  message_id: `m-${words}`,
  sender_id: 'c1',
  sender_username: 'ana',
  recipient_id: '1784',
  channel: 'instagram',
  message_type: 'text',
  text: words,
  attachments: [],
  timestamp: new Date().toISOString(),
});

type Chats = { data: { missing: number[]; messages: Record<string, unknown>[] }[] };
const chats = async () =>
  (await request<Chats>('GET', `${sandbox.url}/control/crm/chats`)).body.data;
const verdicts = async () => {
  const { body } = await request('GET', `${sandbox.url}/control/crm/received`);
  return (body['data'] as { signature: unknown }[]).map(({ signature }) => signature);
};

describe('the demo CRM', () => {
  it('stores an event that both schemes signed, and says so in the ledger', async () => {
    expect(await post('message.received', 1, received('olá'))).toBe(200);
    expect((await chats())[0]?.messages).toMatchObject([{ direction: 'in', text: 'olá' }]);
    expect(await verdicts()).toEqual([{ hub: 'valid', standard: 'valid' }]);
  });

  it.each<[string, Change, object]>([
    ['of another secret', { secret: 'whsec_b3RoZXI=' }, { hub: 'invalid', standard: 'invalid' }],
    ['over another body', { body: '{}' }, { hub: 'invalid', standard: 'invalid' }],
    [
      'that is missing',
      { headers: { 'webhook-signature': '' } },
      { hub: 'valid', standard: 'missing' },
    ],
    [
      'of the legacy kind alone',
      { headers: { 'x-hub-signature-256': 'sha1=00' } },
      { hub: 'invalid', standard: 'valid' },
    ],
    [
      'older than five minutes',
      { at: new Date(Date.now() - 301_000) },
      { hub: 'valid', standard: 'stale' },
    ],
    [
      'from five minutes ahead',
      { at: new Date(Date.now() + 302_000) },
      { hub: 'valid', standard: 'stale' },
    ],
  ])('refuses a signature %s', async (_name, change, verdict) => {
    expect(await post('message.received', 1, received('x'), change)).toBe(401);
    expect(await verdicts()).toEqual([verdict]);
    expect(await chats()).toEqual([]);
  });

  it('uses a secret without the prefix by its own bytes, and any of several', async () => {
    const secrets = ['old', 'plain words'];
    await request('PUT', `${sandbox.url}/control/crm/secrets`, { secrets });
    const { headers, body } = signedByHand('plain words');
    const url = `${sandbox.url}/crm/webhooks`;
    expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(200);
  });

  it('acknowledges a repeated webhook-id without storing it again', async () => {
    const again = { headers: { 'webhook-id': 'whd_same' } };
    // The id is part of what is signed, so the second scheme is checked elsewhere.
    await request('PUT', `${sandbox.url}/control/crm/secrets`, { schemes: ['hub'] });
    expect(await post('message.received', 1, received('a'), again)).toBe(200);
    expect(await post('message.received', 2, received('b'), again)).toBe(200);
    expect((await chats())[0]?.messages).toHaveLength(1);
  });

  it('notes a gap in the sequence until a replay fills it', async () => {
    await post('message.received', 1, received('a'));
    await post('message.received', 4, received('d'));
    expect((await chats())[0]?.missing).toEqual([2, 3]);
    await post('message.received', 2, received('b'));
    expect((await chats())[0]?.missing).toEqual([3]);
  });

  it('follows the status of a message and never takes it back', async () => {
    const about = { message_id: 'out-1', recipient_id: 'c1' };
    await post('message.read', 3, about);
    await post('message.sent', 2, about);
    expect((await chats())[0]?.messages).toMatchObject([{ direction: 'out', status: 'read' }]);
    const error = { code: 'window_closed', message: 'Too late.' };
    await post('message.failed', 4, { message_id: 'out-2', recipient_id: 'c1', error });
    expect((await chats())[0]?.messages[1]).toMatchObject({ status: 'failed', error });
  });

  it('tells what the owner did in the platform’s own app from what the customer did', async () => {
    const owner = { source: 'platform_app', sender_id: '1784', recipient_id: 'c1' };
    const about = { message_id: 'app-1', channel: 'instagram', message_type: 'image' };
    const attachments = [{ type: 'image', url: 'https://cdn.example/a' }];
    await post('message.received', 1, received('hi'));
    await post('message.sent', 2, { ...about, ...owner, status: 'sent', attachments, text: null });
    await post('message.reaction', 3, {
      message_id: 'm-hi',
      ...owner,
      action: 'react',
      emoji: '👍',
    });
    await post('message.deleted', 4, { ...about, ...owner, text: null, attachments: [] });
    const [chat, ...others] = await chats();
    expect(others).toEqual([]);
    expect(chat?.messages).toMatchObject([
      { direction: 'in', reaction: null, ownReaction: '👍' },
      { direction: 'out', type: 'image', deleted: true, deletedByOwner: true },
    ]);
  });

  it('plays faults, and remembers an event only when it was taken', async () => {
    await request('PUT', `${sandbox.url}/control/crm/faults`, [{ status: 503 }]);
    expect(await post('message.received', 1, received('a'))).toBe(503);
    expect(await chats()).toEqual([]);
    await request('PUT', `${sandbox.url}/control/crm/faults`, [
      { mode: 'apply-then-fail', status: 500 },
    ]);
    expect(await post('message.received', 1, received('a'))).toBe(500);
    expect((await chats())[0]?.messages).toHaveLength(1);
  });
});

describe('an answer from the demo CRM', () => {
  it('goes to the router with the key, which no answer shows', async () => {
    const calls: { key: string | undefined; body: Record<string, unknown> }[] = [];
    const server = createServer(async (incoming, answer) => {
      calls.push({ key: incoming.headers.authorization, body: JSON.parse(await text(incoming)) });
      answer.writeHead(202).end('{}');
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const api_url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const wiring = { api_url, api_key: 'the-key', account_id: 'acc_1', webhook_secret: SECRET };
    await request('PUT', `${sandbox.url}/control/router`, wiring);
    const given = { customer_id: 'c1', text: 'hi' };
    const answer = await request('POST', `${sandbox.url}/crm/api/messages`, given);
    expect(answer.body).toMatchObject({ status: 'pending', message_id: expect.any(String) });
    expect(calls).toEqual([
      {
        key: 'Bearer the-key',
        body: {
          account_id: 'acc_1',
          recipient: 'c1',
          content: { type: 'text', text: 'hi' },
          message_id: answer.body['message_id'],
        },
      },
    ]);
    for (const path of ['/control/router', '/view', '/control/crm/chats']) {
      const shown = JSON.stringify((await request('GET', `${sandbox.url}${path}`)).body);
      expect(shown).not.toMatch(/the-key|whsec_/);
    }
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it('goes over the channel’s own account, and trusts the secret of each', async () => {
    const bodies: Record<string, unknown>[] = [];
    const server = createServer(async (incoming, answer) => {
      bodies.push(JSON.parse(await text(incoming)));
      answer.writeHead(202).end('{}');
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const api_url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const whatsapp = { account_id: 'acc_2', webhook_secret: 'whsec_b3RoZXI=' };
    const first = { account_id: 'acc_1', webhook_secret: SECRET };
    const wiring = { api_url, api_key: 'the-key', ...first, accounts: { whatsapp } };
    const described = await request('PUT', `${sandbox.url}/control/router`, wiring);
    expect(described.body).toMatchObject({ accounts: { instagram: 'acc_1', whatsapp: 'acc_2' } });
    for (const channel of ['whatsapp', 'instagram'])
      await request('POST', `${sandbox.url}/crm/api/messages`, {
        ...{ channel, customer_id: 'c1', text: 'hi' },
      });
    expect(bodies.map((body) => body['account_id'])).toEqual(['acc_2', 'acc_1']);
    for (const secret of [SECRET, whatsapp.webhook_secret])
      expect(await post('message.received', 1, received(secret), { secret })).toBe(200);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it('says what is wrong when the router is not there', async () => {
    const given = { customer_id: 'c1', text: 'hi' };
    const answer = await request('POST', `${sandbox.url}/crm/api/messages`, given);
    expect(answer.body).toMatchObject({
      status: 'rejected',
      error: { code: 'router_unreachable' },
    });
    await request('POST', `${sandbox.url}/control/reset`, { everything: true });
    expect((await request('POST', `${sandbox.url}/crm/api/messages`, given)).status).toBe(409);
    const half = { api_url: 'http://127.0.0.1:1', api_key: 'k', account_id: 'acc_1' };
    const refused = await request('PUT', `${sandbox.url}/control/router`, half);
    expect(JSON.stringify(refused.body['details'])).toContain('webhook_secret, or accounts');
  });
});

function signedByHand(secret: string) {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const body = JSON.stringify({ id: 'whd_hand', type: 'webhook.test', data: {} });
  const mac = (over: string) => createHmac('sha256', secret).update(over);
  const headers = {
    'content-type': 'application/json',
    'x-hub-signature-256': `sha256=${mac(body).digest('hex')}`,
    'webhook-id': 'whd_hand',
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,bm90aGluZw== v1,${mac(`whd_hand.${timestamp}.${body}`).digest('base64')}`,
  };
  return { headers, body };
}
