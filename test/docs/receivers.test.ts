import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { eventExamples } from '../../src/api/event-examples.ts';
import { createWebhookSender } from '../../src/crm/webhook-sender.ts';
import { codeBlock, readDocument } from './documents.ts';
import { canRun, RECEIVERS, startReceiver, type RunningReceiver } from './receiver-process.ts';

const guide = readDocument('docs/receiving-webhooks.md');
const SECRET = `whsec_${Buffer.from('a secret for the documents').toString('base64')}`;
const SCHEMES = ['standard', 'hub'] as const;
const EVENT = {
  ...eventExamples['message.received'],
  data: { ...(eventExamples['message.received'].data as object), text: 'Olá ☕️ "quoted"' },
};

const sender = createWebhookSender({
  timeoutMs: 10_000,
  allowedNetworks: ['127.0.0.0/8'],
  requireHttps: false,
});

/** What the router would send, and what the receiver answers. */
async function post(
  receiver: RunningReceiver,
  secrets: string[],
  event = EVENT,
): Promise<number | null> {
  const answer = await sender.post({
    url: receiver.url,
    webhookId: event.id,
    body: JSON.stringify(event),
    secrets,
    traceId: null,
  });
  return answer.statusCode;
}

const now = () => String(Math.floor(Date.now() / 1000));

/** Headers as no router sends them. */
const MALFORMED: Record<string, string>[] = [
  {},
  { 'webhook-timestamp': now() },
  { 'webhook-timestamp': now(), 'webhook-signature': 'v1,' },
  { 'webhook-timestamp': now(), 'webhook-signature': 'v1,\u00ff\u00e9 v1 ,, v2,AAAA' },
  { 'webhook-timestamp': now(), 'webhook-id': '\u00ff', 'webhook-signature': 'v1,AAAA' },
  { 'webhook-timestamp': '9'.repeat(5000), 'webhook-signature': 'v1,AAAA' },
  { 'webhook-timestamp': '-1', 'webhook-signature': 'v1,AAAA' },
  { 'webhook-timestamp': '0x7fffffff', 'webhook-signature': 'v1,AAAA' },
  { 'webhook-timestamp': '\u00b2\u00b2', 'webhook-signature': 'v1,AAAA' },
  { 'webhook-timestamp': 'yesterday', 'webhook-signature': 'v1,AAAA' },
  { 'x-hub-signature-256': 'sha256=' },
  { 'x-hub-signature-256': '\u00ff'.repeat(71) },
  { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` },
];

async function statusOf(
  receiver: RunningReceiver,
  headers: Record<string, string>,
  body = Buffer.from([0x7b, 0xff, 0x00, 0x7d]),
): Promise<number | undefined> {
  const request = httpRequest(receiver.url, { method: 'POST', headers, agent: false });
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode;
}

/** Announces a body and sends half of it. */
async function hangUp(receiver: RunningReceiver): Promise<void> {
  const { hostname, port } = new URL(receiver.url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nhalf', () =>
    socket.destroy(),
  );
  await once(socket, 'close');
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await pause(20);
}

describe.each(RECEIVERS)('the receiver in $language of the guide', (receiver) => {
  // Not every machine has every language; the guide was written where all of them were there.
  const test = canRun(receiver) ? it : it.skip;
  let running: RunningReceiver | undefined;
  const start = async (WEBHOOK_SECRET: string, SCHEME: string) =>
    (running = await startReceiver(receiver, codeBlock(guide, receiver.language), {
      WEBHOOK_SECRET,
      SCHEME,
    }));
  afterEach(() => running?.close());

  test.each(SCHEMES)('takes what the router signed, once, by the scheme %s', async (scheme) => {
    const started = await start(SECRET, scheme);
    expect(await post(started, [SECRET])).toBe(200);
    expect(await post(started, [SECRET])).toBe(200);
    const next = { ...EVENT, id: 'whd_next', sequence: 2 };
    expect(await post(started, [SECRET], next)).toBe(200);
    await until(() => started.handled().includes('message.received 2'));
    expect(started.handled()).toEqual(['message.received 1', 'message.received 2']);
  });

  test.each(SCHEMES)('takes a secret of any form by the scheme %s', async (scheme) => {
    const started = await start('plain text as a secret', scheme);
    expect(await post(started, ['plain text as a secret'])).toBe(200);
  });

  test.each(SCHEMES)('answers 401 to another secret by the scheme %s', async (scheme) => {
    const started = await start(SECRET, scheme);
    expect(await post(started, ['another secret'])).toBe(401);
    const unsigned = await fetch(started.url, { method: 'POST', body: '{}' });
    expect(unsigned.status).toBe(401);
    expect(started.handled()).toEqual([]);
  });

  test.each(SCHEMES)(
    'answers 401 to whatever is malformed, and goes on, by the scheme %s',
    async (scheme) => {
      const started = await start(SECRET, scheme);
      for (const headers of MALFORMED)
        expect([headers, await statusOf(started, headers)]).toEqual([headers, 401]);
      await hangUp(started);
      expect(await post(started, [SECRET])).toBe(200);
      await until(() => started.handled().length === 1);
    },
  );

  test.each(['whsec_', 'whsec_not-base64!!', 'whsec_!!!!!!!!', SECRET.replace(/=+$/, '')])(
    'answers 401 while its secret is %s, also to what is signed with nothing',
    async (secret) => {
      const started = await start(secret, 'standard');
      expect(await post(started, ['another secret'])).toBe(401);
      const mac = createHmac('sha256', '').update(`whd_1.${now()}.{}`).digest('base64');
      const forged = { 'webhook-id': 'whd_1', 'webhook-signature': `v1,${mac}` };
      const headers = { 'webhook-timestamp': now(), ...forged };
      expect(await statusOf(started, headers, Buffer.from('{}'))).toBe(401);
    },
  );

  test('knows its secret while a new one signs beside it', async () => {
    const started = await start(SECRET, 'standard');
    expect(await post(started, ['the new secret', SECRET])).toBe(200);
  });
});
