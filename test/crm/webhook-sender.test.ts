import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import type { Logger } from '../../src/logger.ts';
import type { WebhookPost } from '../../src/crm/webhook.ts';
import { createWebhookSender, type WebhookSenderOptions } from '../../src/crm/webhook-sender.ts';
import { answers, listen, type Conversation, type TestServer } from './test-server.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const BODY = '{"z":1,"a":"Grüße 👋🏽 \\ud800"}';
const OK = answers('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

describe('a webhook that is answered', () => {
  it('is the frozen bytes with both signatures, the id and the caller’s trace', async () => {
    const server = await serve(OK);
    const answer = await sender().post(hook(server, { traceId: 'trace-1' }));
    expect(answer).toMatchObject({ statusCode: 200, errorClass: null, excerpt: 'ok' });
    const { line, headers, body } = parsed(server);
    expect(line).toBe('POST /hook HTTP/1.1');
    expect(body).toBe(BODY);
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(BODY)),
      'user-agent': expect.stringMatching(/^Chat4All\/\d/),
      'x-request-id': 'trace-1',
      'webhook-id': 'whd_1',
      'x-hub-signature-256': expect.stringMatching(/^sha256=[0-9a-f]{64}$/),
    });
    expect(new Webhook(SECRET).verify(body, headers)).toEqual(JSON.parse(BODY));
  });

  it('carries the headers of its account, which replace none of ours', async () => {
    const server = await serve(OK);
    const headers = { Authorization: 'Basic Y2FuYXJ5', 'content-type': 'text/plain' };
    await sender().post(hook(server, { headers }));
    expect(parsed(server).headers).toMatchObject({
      authorization: 'Basic Y2FuYXJ5',
      'content-type': 'application/json',
    });
  });

  it('hides the values of those headers where the receiver quotes them', async () => {
    const said = `no: Basic Y2FuYXJ5, Y2FuYXJ5, ${'x'.repeat(2048)}`;
    const half = `${'x'.repeat(2042)}Y2FuYXJ5`;
    for (const text of [said, half]) {
      const server = await serve(
        answers(`HTTP/1.1 403 No\r\nContent-Length: ${text.length}\r\n\r\n${text}`),
      );
      const headers = { Authorization: 'Basic Y2FuYXJ5', 'X-Tenant': '1' };
      const { excerpt } = await sender().post(hook(server, { headers }));
      expect(excerpt).toContain('[hidden]');
      expect(excerpt).not.toContain('Y2Fu');
    }
  });

  it('carries no X-Request-Id when there is no trace', async () => {
    const server = await serve(OK);
    await sender().post(hook(server));
    expect(parsed(server).headers).not.toHaveProperty('x-request-id');
  });

  it('uses its connections again', async () => {
    const server = await serve(OK);
    const to = sender();
    for (let i = 0; i < 10; i++) await to.post(hook(server));
    // Two: a connection is free again only a moment after its answer is complete.
    expect(server.received.length).toBeLessThanOrEqual(2);
  });

  it.each([
    [200, 'HTTP/1.1 100 Continue\r\n\r\n'],
    [500, 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n'],
  ])('is posted once, and answered with the %i that follows any 1xx', async (status, early) => {
    const server = await serve(
      answers(`${early}HTTP/1.1 ${status} Said\r\nContent-Length: 0\r\n\r\n`),
    );
    const answer = await sender().post(hook(server));
    expect(answer).toMatchObject({ statusCode: status, errorClass: null });
    expect(server.received.join('').match(/POST/g)).toHaveLength(1);
  });

  it('is not sent on by a redirect, whose status is reported', async () => {
    const server = await serve(
      answers('HTTP/1.1 307 Moved\r\nLocation: /hook\r\nContent-Length: 0\r\n\r\n'),
    );
    expect(await sender().post(hook(server))).toMatchObject({ statusCode: 307, errorClass: null });
    expect(server.received.join('').match(/POST/g)).toHaveLength(1);
  });

  it.each([
    ['120', 120_000],
    ['-1', null],
    ['later', null],
  ])('passes on Retry-After: %s as %j ms', async (value, retryAfterMs) => {
    const server = await serve(
      answers(`HTTP/1.1 429 Slow\r\nRetry-After: ${value}\r\nContent-Length: 0\r\n\r\n`),
    );
    expect(await sender().post(hook(server))).toMatchObject({ statusCode: 429, retryAfterMs });
  });

  it('keeps 2 KiB of the answer as text that a database takes', async () => {
    const text = `\0${'ä'.repeat(2000)}`;
    const size = Buffer.byteLength(text);
    const server = await serve(
      answers(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n${text}`),
    );
    const { excerpt } = await sender().post(hook(server));
    expect(excerpt).toBe(`\uFFFD${'ä'.repeat(1023)}`);
  });
});

describe('a webhook whose address is refused', () => {
  it.each(['http://169.254.169.254/', 'http://u:p@127.0.0.1/', 'file:///etc/passwd', 'nonsense'])(
    'is not sent to %s',
    async (url) => {
      const warn = jest.fn<Logger['warn']>();
      const answer = await sender({ logger: { warn } as unknown as Logger }).post(hook({ url }));
      expect(answer).toMatchObject({ statusCode: null, errorClass: 'forbidden_address' });
      expect(warn).toHaveBeenCalledWith(
        'webhook not sent: its address is refused',
        expect.objectContaining({ delivery_id: 'whd_1' }),
      );
      expect(JSON.stringify(warn.mock.calls)).not.toContain(url);
    },
  );

  it('is not sent over http where https is required', async () => {
    const server = await serve(OK);
    const answer = await sender({ requireHttps: true }).post(hook(server));
    expect(answer.errorClass).toBe('forbidden_address');
    expect(server.received).toEqual([]);
  });

  it.each([
    ['its only address', ['127.0.0.1']],
    ['one of its addresses', ['127.0.0.1', '93.184.215.14']],
  ])('is not sent when %s is our own', async (_, addresses) => {
    const server = await serve(OK);
    const resolve = () => Promise.resolve(addresses.map((address) => ({ address, family: 4 })));
    const url = `http://crm.example:${server.port}/hook`;
    const answer = await sender({ allowedNetworks: [], resolve }).post(hook({ url }));
    expect(answer.errorClass).toBe('forbidden_address');
    expect(server.received).toEqual([]);
  });

  it('never reaches an address that a name was rebound to', async () => {
    const server = await serve(
      answers('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'),
    );
    // An allowed address stands in for the public one: no test dials out.
    const replies = ['127.0.0.1', '::1'];
    const resolve = () => Promise.resolve([{ address: replies.shift() ?? '', family: 4 }]);
    const to = sender({ allowedNetworks: ['127.0.0.1/32'], resolve });
    const request = hook({ url: `http://crm.example:${server.port}/hook` });
    expect(await to.post(request)).toMatchObject({ statusCode: 200 });
    expect(parsed(server).headers['host']).toBe(`crm.example:${server.port}`);
    expect(await to.post(request)).toMatchObject({ errorClass: 'forbidden_address' });
    expect(server.received).toHaveLength(1);
  });
});

describe('a sender', () => {
  it('ends a post at the caller’s signal, before and during it', async () => {
    const server = await serve(() => controller.abort());
    const controller = new AbortController();
    const { signal } = controller;
    const to = sender();
    expect(await to.post(hook(server, { signal }))).toMatchObject({ errorClass: 'aborted' });
    expect(await to.post(hook(server, { signal }))).toMatchObject({ errorClass: 'aborted' });
    expect(server.received).toHaveLength(1);
  });

  it('ends a post at the caller’s signal while the name is being resolved', async () => {
    const controller = new AbortController();
    const resolve = () => {
      controller.abort();
      return new Promise<never>(() => undefined);
    };
    const to = sender({ resolve, timeoutMs: 3000 });
    const post = hook({ url: 'http://crm.example/' }, { signal: controller.signal });
    const answer = await to.post(post);
    expect(answer).toMatchObject({ errorClass: 'aborted' });
    expect(answer.durationMs).toBeLessThan(1000);
  });

  it('sends nothing unsigned, and says so without throwing', async () => {
    const server = await serve(OK);
    const error = jest.fn<Logger['error']>();
    const to = sender({ logger: { error } as unknown as Logger });
    for (const wrong of [{ secrets: [] }, { webhookId: 'whd.1' }, { traceId: 'a\r\nb: c' }])
      expect(await to.post(hook(server, wrong))).toMatchObject({ errorClass: 'protocol' });
    expect(error).toHaveBeenCalledTimes(3);
    expect(server.received).toEqual([]);
  });

  it('answers after close, too', async () => {
    const server = await serve(OK);
    const to = createWebhookSender(settings());
    await to.close();
    expect(await to.post(hook(server))).toMatchObject({ errorClass: 'aborted' });
  });
});

function settings(options: Partial<WebhookSenderOptions> = {}): WebhookSenderOptions {
  return { timeoutMs: 5000, allowedNetworks: ['127.0.0.0/8'], requireHttps: false, ...options };
}

function sender(options?: Partial<WebhookSenderOptions>) {
  const created = createWebhookSender(settings(options));
  open.push(created);
  return created;
}

async function serve(talk: Conversation): Promise<TestServer> {
  const server = await listen(talk);
  open.push(server);
  return server;
}

function hook({ url }: { url: string }, changes: Partial<WebhookPost> = {}): WebhookPost {
  return { url, webhookId: 'whd_1', body: BODY, secrets: [SECRET], traceId: null, ...changes };
}

function parsed(server: TestServer) {
  const [head = '', body = ''] = (server.received[0] ?? '').split('\r\n\r\n');
  const [line, ...fields] = head.split('\r\n');
  const headers = Object.fromEntries(
    fields.map((field) => [field.split(': ')[0]?.toLowerCase() ?? '', field.split(': ')[1] ?? '']),
  );
  return { line, headers, body };
}
