import { createServer } from 'node:net';
import { once } from 'node:events';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { LookupAddress } from 'node:dns';
import type { WebhookAnswer } from '../../src/crm/webhook.ts';
import { createWebhookSender, type WebhookSenderOptions } from '../../src/crm/webhook-sender.ts';
import { until } from '../sandbox/http.ts';
import { selfSigned } from './test-certificate.ts';
import { answers, listen, listenTls, type Conversation, type TestServer } from './test-server.ts';

const DEADLINE_MS = 400;
/** What a loaded machine may add to a deadline. */
const SLACK_MS = 1500;
const HEAD = 'HTTP/1.1 200 OK\r\n';
const TWO_LENGTHS = `${HEAD}Content-Length: 1\r\nContent-Length: 2\r\n\r\nok`;
const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';
const OK = answers(`${HEAD}Content-Length: 2\r\n\r\nok`);

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

describe('a server that does not finish', () => {
  it.each<[string, Conversation]>([
    ['says nothing', () => undefined],
    ['stops within the headers', (socket) => void socket.write('HTTP/1.1 200 OK\r\nContent-')],
    ['stops within the body', (socket) => void socket.write(`${HEAD}Content-Length: 9\r\n\r\nok`)],
    ['sends a status line without end', flood('HTTP/1.1 200 ', 'x'.repeat(1000))],
    ['drips headers', drip('HTTP/1.1 200 OK\r\nX-Long: ', 'x')],
    ['drips a body', drip(`${HEAD}Content-Length: 100000\r\n\r\n`, 'x')],
    ['drips chunks', drip(`${HEAD}Transfer-Encoding: chunked\r\n\r\n`, '1\r\nx\r\n')],
    ['drips informational answers', drip('', 'HTTP/1.1 103 Early Hints\r\n\r\n')],
    ['says nothing after it was told to go on', answers(CONTINUE)],
    ['drips what nobody asked for', drip('', CONTINUE)],
  ])('is left at the deadline when it %s', async (_, talk) => {
    const server = await serve(talk);
    const answer = await post(server.url);
    expectTimeout(answer);
  });

  it('is left at the deadline while its name is being resolved', async () => {
    const answer = await post('http://crm.example:9/', { resolve: () => new Promise(() => {}) });
    expectTimeout(answer);
  });

  it('is left at the deadline during the TLS handshake', async () => {
    const server = await serve(() => undefined);
    const answer = await post(server.url.replace('http:', 'https:'));
    expectTimeout(answer);
  });

  it('gets no request once the deadline is over', async () => {
    const server = await serve(OK);
    const resolution = Promise.withResolvers<LookupAddress[]>();
    const url = `http://crm.example:${server.port}/`;
    expectTimeout(await post(url, { resolve: () => resolution.promise }));
    resolution.resolve([{ address: '127.0.0.1', family: 4 }]);
    // The sender's close waits for the late connection.
    await open.pop()?.close();
    expect(server.received.join('')).toBe('');
  });

  it('does not hold up another one', async () => {
    const [silent, good] = [await serve(() => undefined), await serve(OK)];
    const sender = create({ timeoutMs: 5000 });
    const controller = new AbortController();
    const held = Array.from({ length: 30 }, () =>
      sender.post({ ...hook(silent.url), signal: controller.signal }),
    );
    const answer = await sender.post(hook(good.url));
    expect(answer.statusCode).toBe(200);
    expect(answer.durationMs).toBeLessThan(1000);
    controller.abort();
    await Promise.all(held);
  });

  it('does not hold up another endpoint of the same origin', async () => {
    const server = await serve((socket) => {
      if (server.received.at(-1)?.startsWith('POST /good')) OK(socket);
    });
    const sender = create({ timeoutMs: 10_000 });
    const controller = new AbortController();
    const at = (path: string) => hook(new URL(path, server.url).href);
    const held = Array.from({ length: 30 }, () =>
      sender.post({ ...at('/silent'), signal: controller.signal }),
    );
    await until('all of them hang', async () => server.received.filter(Boolean).length === 30);
    expect((await sender.post(at('/good'))).statusCode).toBe(200);
    controller.abort();
    await Promise.all(held);
  });
});

describe('a server that says too much', () => {
  it('is left after 64 KiB of the body, and its status counts', async () => {
    const server = await serve(
      flood(`${HEAD}Transfer-Encoding: chunked\r\n\r\n`, chunk('x', 65_536)),
    );
    const answer = await post(server.url, { timeoutMs: 5000 });
    expect(answer).toMatchObject({ statusCode: 200, errorClass: null, excerpt: 'x'.repeat(2048) });
    await server.idle();
    // What the kernel buffers on the way, but not the gigabyte.
    expect(server.bytesSent()).toBeLessThan(16 * 1024 * 1024);
  });

  it.each([
    ['headers without end', flood('HTTP/1.1 200 OK\r\n', `X-Header: ${'x'.repeat(1000)}\r\n`)],
    ['one header without end', flood('HTTP/1.1 200 OK\r\nX-Header: ', 'x'.repeat(1000))],
  ])('is left after 16 KiB of %s', async (_, talk) => {
    const server = await serve(talk);
    const answer = await post(server.url, { timeoutMs: 5000 });
    expect(answer).toMatchObject({ statusCode: null, errorClass: 'protocol' });
    await server.idle();
    expect(server.bytesSent()).toBeLessThan(16 * 1024 * 1024);
  });
});

describe('a server that breaks off', () => {
  it.each<[string, string, Conversation]>([
    ['reset', 'resets', (socket) => void socket.resetAndDestroy()],
    ['reset', 'ends', (socket) => void socket.end()],
    [
      'reset',
      'resets within the body',
      (socket) => {
        const text = `${HEAD}Content-Length: 9\r\n\r\nok`;
        socket.write(text, () => socket.resetAndDestroy());
      },
    ],
    ['reset', 'ends within the headers', (socket) => void socket.end('HTTP/1.1 200 OK\r\nCont')],
    [
      'reset',
      'ends within the body',
      (socket) => void socket.end(`${HEAD}Content-Length: 9\r\n\r\nok`),
    ],
    [
      'reset',
      'ends within a chunk',
      (socket) => void socket.end(`${HEAD}Transfer-Encoding: chunked\r\n\r\n9\r\nok`),
    ],
    ['protocol', 'speaks no HTTP', answers('220 mail.example ESMTP\r\n')],
    ['protocol', 'sends binary', answers('\0\u0001\u0002\r\n\r\n')],
    [
      'protocol',
      'sends a chunk size that is none',
      answers(`${HEAD}Transfer-Encoding: chunked\r\n\r\nzz\r\n`),
    ],
    ['protocol', 'announces two lengths', answers(TWO_LENGTHS)],
    ['reset', 'ends after an unasked 100', (socket) => void socket.end(CONTINUE)],
    [
      'protocol',
      'ends its lines with a bare LF',
      answers('HTTP/1.1 200 OK\nContent-Length: 0\n\n'),
    ],
    [
      'protocol',
      'changes the protocol',
      answers('HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'),
    ],
    ['protocol', 'asks for HTTP/2', answers('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')],
  ])('is reported as %s when it %s', async (errorClass, _, talk) => {
    const server = await serve(talk);
    const answer = await post(server.url, { timeoutMs: 5000 });
    expect(answer).toMatchObject({ statusCode: null, errorClass, excerpt: '', retryAfterMs: null });
  });

  it('is no error of this program, whatever it says', async () => {
    const logger = { error: jest.fn(), warn: jest.fn(), info: jest.fn() };
    for (const said of [
      '220 mail ESMTP\r\n',
      'HTTP/1.1 200 OK\nContent-Length: 0\n\n',
      TWO_LENGTHS,
    ])
      await post((await serve(answers(said))).url, { timeoutMs: 5000, logger: logger as never });
    expect(logger.error).not.toHaveBeenCalled();
  });

  it('is reported as refused where nobody listens', async () => {
    const answer = await post(`http://127.0.0.1:${await freePort()}/`);
    expect(answer).toMatchObject({ statusCode: null, errorClass: 'refused' });
  });

  it('is reported as dns when its name has no address', async () => {
    const resolve = () => Promise.reject(Object.assign(new Error(), { code: 'ENOTFOUND' }));
    const answer = await post('http://crm.example/', { resolve });
    expect(answer).toMatchObject({ statusCode: null, errorClass: 'dns' });
  });
});

describe('a server with TLS', () => {
  const own = () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]);
  const usual = getCACertificates('default');
  afterEach(() => setDefaultCACertificates(usual));

  it('is served when its certificate is trusted and names it', async () => {
    const { url } = await trustedServer(selfSigned('crm.example'));
    const answer = await post(url, { resolve: own, requireHttps: true, timeoutMs: 5000 });
    expect(answer).toMatchObject({ statusCode: 200, errorClass: null });
  });

  it.each([
    ['of another name', selfSigned('other.example')],
    ['that has expired', selfSigned('crm.example', { expired: true })],
  ])('is refused with a trusted certificate %s', async (_, certificate) => {
    const { url, server } = await trustedServer(certificate);
    expect(await post(url, { resolve: own })).toMatchObject({ errorClass: 'tls' });
    expect(server.received.join('')).toBe('');
  });

  it('is refused with a certificate that it signed itself', async () => {
    const server = await keep(listenTls(selfSigned('crm.example'), OK));
    const url = `https://crm.example:${server.port}/`;
    expect(await post(url, { resolve: own })).toMatchObject({ errorClass: 'tls' });
    expect(server.received.join('')).toBe('');
  });

  it('is refused when it speaks plain text', async () => {
    const server = await serve(answers('HTTP/1.1 400 Bad Request\r\n\r\n'));
    const answer = await post(server.url.replace('http:', 'https:'));
    expect(answer).toMatchObject({ statusCode: null, errorClass: 'tls' });
  });

  async function trustedServer(certificate: ReturnType<typeof selfSigned>) {
    setDefaultCACertificates([...usual, certificate.cert]);
    const server = await keep(listenTls(certificate, OK));
    return { server, url: `https://crm.example:${server.port}/` };
  }
});

function create(options: Partial<WebhookSenderOptions> = {}) {
  const sender = createWebhookSender({
    timeoutMs: DEADLINE_MS,
    allowedNetworks: ['127.0.0.0/8'],
    requireHttps: false,
    ...options,
  });
  open.push(sender);
  return sender;
}

function post(url: string, options?: Partial<WebhookSenderOptions>): Promise<WebhookAnswer> {
  return create(options).post(hook(url));
}

function hook(url: string) {
  return { url, webhookId: 'whd_1', body: '{}', secrets: ['secret'], traceId: null };
}

function serve(talk: Conversation): Promise<TestServer> {
  return keep(listen(talk));
}

async function keep(starting: Promise<TestServer>): Promise<TestServer> {
  const server = await starting;
  open.push(server);
  return server;
}

function expectTimeout(answer: WebhookAnswer): void {
  expect(answer).toMatchObject({ statusCode: null, errorClass: 'timeout', excerpt: '' });
  expect(answer.durationMs).toBeGreaterThanOrEqual(DEADLINE_MS - 5);
  expect(answer.durationMs).toBeLessThan(DEADLINE_MS + SLACK_MS);
}

/** Sends a little every 20 ms, so that no timer between two chunks ever ends. */
function drip(first: string, again: string): Conversation {
  return (socket) => {
    socket.write(first);
    const timer = setInterval(() => socket.write(again), 20);
    socket.on('close', () => clearInterval(timer));
  };
}

/** Sends a gigabyte as fast as it is taken. */
function flood(first: string, again: string): Conversation {
  return (socket) => {
    socket.write(first);
    let left = Math.ceil(1e9 / again.length);
    const more = () => {
      while (left-- > 0 && !socket.destroyed) if (!socket.write(again)) return;
      socket.end();
    };
    socket.on('drain', more);
    more();
  };
}

function chunk(character: string, size: number): string {
  return `${size.toString(16)}\r\n${character.repeat(size)}\r\n`;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  await new Promise((done) => server.close(done));
  return port;
}
