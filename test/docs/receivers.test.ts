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

  test('knows its secret while a new one signs beside it', async () => {
    const started = await start(SECRET, 'standard');
    expect(await post(started, ['the new secret', SECRET])).toBe(200);
  });
});
