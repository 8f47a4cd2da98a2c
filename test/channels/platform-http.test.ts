import { afterEach, describe, expect, it } from '@jest/globals';
import type { Socket } from 'node:net';
import { createPlatformHttp } from '../../src/channels/platform-http.ts';
import type { PlatformCall } from '../../src/channels/platform-http.ts';
import { answer, listen, replies } from './tcp-server.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function server(options: Parameters<typeof listen>[0]) {
  const running = await listen(options);
  closing.push(running.close);
  return running;
}

function http(options: Parameters<typeof createPlatformHttp>[0] = {}) {
  const created = createPlatformHttp(options);
  closing.push(() => created.close());
  return created;
}

function post(url: string, more: Partial<PlatformCall> = {}): PlatformCall {
  const deadline = performance.now() + 5000;
  return { method: 'POST', url, json: { text: 'hi' }, deadline, answerTimeoutMs: 5000, ...more };
}

const hangUp = (socket: Socket) => void socket.end();
const reset = (socket: Socket) => void socket.resetAndDestroy();

describe('an answer', () => {
  it('comes back whole, with its status and headers', async () => {
    const { url, requests } = await server({ reply: replies(418, { a: 'ä' }, { 'x-usage': '7' }) });
    const result = await http().call(
      post(`${url}/v1/me?x=1`, { headers: { authorization: 'B t' } }),
    );
    expect(result).toMatchObject({ kind: 'answer', status: 418, headers: { 'x-usage': '7' } });
    expect(result.kind === 'answer' && result.body.toString()).toBe('{"a":"ä"}');
    expect(requests[0]).toMatch(/^POST \/v1\/me\?x=1 HTTP\/1.1\r\n/);
    expect(requests[0]).toMatch(/authorization: B t\r\n/);
    expect(requests[0]).toMatch(/\r\n\r\n\{"text":"hi"\}$/);
  });

  it('is taken as it is when it is HTML, and when it redirects', async () => {
    const html = await server({ reply: (socket) => socket.write(answer(502, '<html>')) });
    expect(await http().call(post(html.url))).toMatchObject({ kind: 'answer', status: 502 });
    const elsewhere = await server({ reply: replies(200, {}) });
    const moved = await server({ reply: replies(307, {}, { location: elsewhere.url }) });
    expect(await http().call(post(moved.url))).toMatchObject({ kind: 'answer', status: 307 });
    expect(elsewhere.connections()).toBe(0);
  });

  it('is the one after any 1xx', async () => {
    const early = 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n';
    const { url } = await server({ reply: (socket) => socket.write(early + answer(200, '{}')) });
    expect(await http().call(post(url))).toMatchObject({ kind: 'answer', status: 200 });
  });

  it('leaves the connection open for the next call', async () => {
    const { url, connections } = await server({ reply: replies(200, {}) });
    const client = http({ connections: 1 });
    for (let call = 0; call < 5; call += 1) await client.call(post(url));
    expect(connections()).toBe(1);
  });
});

describe('nothing had left', () => {
  it.each([
    ['nobody listens', freePort, 'ECONNREFUSED'],
    ['the name does not resolve', async () => 'http://platform.invalid', expect.any(String)],
    ['TLS meets plain text', () => plainTextAsTls(), expect.any(String)],
  ])('when %s', async (_case, address, code) => {
    let leaving = 0;
    const call = post(await address(), { onLeaving: () => (leaving += 1) });
    expect(await http().call(call)).toEqual({ kind: 'unreachable', code });
    expect(leaving).toBe(0);
  });

  it('when the connection is never made', async () => {
    // A TLS server that accepts and stays silent: the handshake does not end.
    const { url } = await server({});
    const client = http({ connectTimeoutMs: 200 });
    const result = await client.call(post(url.replace('http:', 'https:')));
    expect(result).toEqual({ kind: 'unreachable', code: 'UND_ERR_CONNECT_TIMEOUT' });
  });

  it('when the deadline has passed, before or while waiting for a connection', async () => {
    const { url, requests } = await server({ reply: () => undefined });
    const client = http({ connections: 1 });
    const passed = await client.call(post(url, { deadline: performance.now() - 1 }));
    expect(passed).toEqual({ kind: 'unreachable', code: 'DEADLINE' });
    const first = client.call(post(url, { answerTimeoutMs: 400 }));
    const waiting = await client.call(post(url, { deadline: performance.now() + 100 }));
    expect(waiting).toEqual({ kind: 'unreachable', code: 'DEADLINE' });
    expect(await first).toEqual({ kind: 'lost', code: 'ANSWER_TIMEOUT' });
    expect(requests).toHaveLength(1);
  });

  it('when the one who is told that it leaves refuses', async () => {
    const { url, requests } = await server({ reply: replies(200, {}) });
    const onLeaving = () => {
      throw new RangeError('no');
    };
    const client = http();
    expect(await client.call(post(url, { onLeaving }))).toEqual({
      kind: 'unreachable',
      code: 'RangeError',
    });
    expect(await client.call(post(url))).toMatchObject({ kind: 'answer' });
    expect(requests).toHaveLength(1);
  });

  it('when the address or a header cannot be written', async () => {
    const { url } = await server({ reply: replies(200, {}) });
    const headers = { authorization: 'Bearer a\r\nb' };
    expect(await http().call(post(url, { headers }))).toMatchObject({ kind: 'unreachable' });
    expect(await http().call(post('not an address'))).toMatchObject({ kind: 'unreachable' });
  });
});

describe('the answer is lost', () => {
  it.each([
    ['the connection is reset after the body', reset, 'ECONNRESET'],
    ['the connection is ended after the body', hangUp, 'UND_ERR_SOCKET'],
    [
      'the server says no HTTP',
      (socket: Socket) => void socket.write('BANANA\r\n\r\n'),
      /HTTPParserError|^HPE_/,
    ],
    ['an answer breaks off', (socket: Socket) => breakOff(socket), /.+/],
    ['headers have no end', (socket: Socket) => endlessHeaders(socket), /OVERFLOW/],
  ])('when %s, and is asked for only once', async (_case, reply, code) => {
    const { url, requests } = await server({ reply });
    let leaving = 0;
    const result = await http().call(post(url, { onLeaving: () => (leaving += 1) }));
    expect(result).toEqual({ kind: 'lost', code: expect.stringMatching(code) });
    expect({ requests: requests.length, leaving }).toEqual({ requests: 1, leaving: 1 });
  });

  it('when the server stays silent, at the answer time-out or the deadline', async () => {
    const { url, requests } = await server({ reply: () => undefined });
    const silent = await http().call(post(url, { answerTimeoutMs: 150 }));
    expect(silent).toEqual({ kind: 'lost', code: 'ANSWER_TIMEOUT' });
    const late = await http().call(post(url, { deadline: performance.now() + 150 }));
    expect(late).toEqual({ kind: 'lost', code: 'DEADLINE' });
    expect(requests).toHaveLength(2);
  });

  it('when the server drips, for every byte but the last one comes in time', async () => {
    const { url } = await server({ reply: (socket) => drip(socket) });
    const begun = performance.now();
    const result = await http().call(post(url, { answerTimeoutMs: 300 }));
    expect(result).toEqual({ kind: 'lost', code: 'ANSWER_TIMEOUT' });
    expect(performance.now() - begun).toBeLessThan(1500);
  });

  it('when the answer is larger than anything a platform says', async () => {
    const { url } = await server({
      reply: (socket) => socket.write(answer(200, 'x'.repeat(5000))),
    });
    const result = await http({ maxAnswerBytes: 4096 }).call(post(url));
    expect(result).toEqual({ kind: 'lost', code: 'ANSWER_TOO_LARGE' });
  });
});

describe('never twice', () => {
  it.each(['POST', 'GET', 'DELETE'] as const)(
    'repeats no %s when a kept connection breaks under it',
    async (method) => {
      let asked = 0;
      const { url, requests } = await server({
        reply: (socket) =>
          (asked += 1) % 2 === 1 ? socket.write(answer(200, '{}')) : reset(socket),
      });
      const client = http({ connections: 1 });
      const call = () =>
        client.call(post(url, { method, ...(method === 'POST' ? {} : { json: undefined }) }));
      const results = [await call(), await call(), await call(), await call()];
      expect(results.map(({ kind }) => kind)).toEqual(['answer', 'lost', 'answer', 'lost']);
      expect(requests).toHaveLength(4);
    },
  );

  it('tells a reset at accept from a sent request: nothing seen by the server is called unreachable', async () => {
    const { url, requests } = await server({ accepted: reset });
    const client = http();
    for (let call = 0; call < 20; call += 1) {
      let left = false;
      const result = await client.call(post(url, { onLeaving: () => (left = true) }));
      expect(result.kind).toBe(left ? 'lost' : 'unreachable');
    }
    expect(requests).toHaveLength(0);
  });

  it('has no lost call when a server closes each connection after its answer', async () => {
    const { url } = await server({ reply: (socket) => socket.end(answer(200, '{}')) });
    const client = http();
    for (let call = 0; call < 50; call += 1)
      expect(await client.call(post(url))).toMatchObject({ kind: 'answer', status: 200 });
  });

  it('reports one call as leaving once, also among many at once', async () => {
    const { url, requests } = await server({ reply: replies(200, {}) });
    const client = http({ connections: 4 });
    const leaving = new Map<number, number>();
    const calls = Array.from({ length: 40 }, (_, n) =>
      client.call(post(url, { onLeaving: () => leaving.set(n, (leaving.get(n) ?? 0) + 1) })),
    );
    expect(new Set((await Promise.all(calls)).map(({ kind }) => kind))).toEqual(
      new Set(['answer']),
    );
    expect([...leaving.values()]).toEqual(Array.from({ length: 40 }, () => 1));
    expect(requests).toHaveLength(40);
  });
});

async function freePort(): Promise<string> {
  const { url, close } = await listen({});
  await close();
  return url;
}

async function plainTextAsTls(): Promise<string> {
  const { url } = await server({
    accepted: (socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'),
  });
  return url.replace('http:', 'https:');
}

function breakOff(socket: Socket): void {
  socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"message_id":', () => reset(socket));
}

function endlessHeaders(socket: Socket): void {
  socket.write(`HTTP/1.1 200 OK\r\n${`x-more: ${'y'.repeat(1000)}\r\n`.repeat(100)}`);
}

function drip(socket: Socket): void {
  socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n');
  const timer = setInterval(() => socket.write('x'), 20);
  socket.on('close', () => clearInterval(timer));
}
