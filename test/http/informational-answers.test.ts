import { afterEach, describe, expect, it } from '@jest/globals';
import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import fc from 'fast-check';
import { Agent, buildConnector, request } from 'undici';
import { passingOverContinue } from '../../src/http/informational-answers.ts';
import { answer, listen, type Reply } from '../channels/tcp-server.ts';
import { selfSigned } from '../crm/test-certificate.ts';
import { listenTls } from '../crm/test-server.ts';

const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';
const SWITCHING = 'HTTP/1.1 101 Other\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n';
const HINTS = 'HTTP/1.1 103 Early Hints\r\nlink: </a>; rel=preload\r\n\r\n';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function server(reply: Reply) {
  const running = await listen({ reply });
  closing.push(running.close);
  return running;
}

function client() {
  const agent = new Agent({ connections: 1, connect: passingOverContinue(buildConnector({})) });
  closing.push(() => agent.destroy());
  return agent;
}

async function post(dispatcher: Agent, url: string) {
  const { statusCode, body } = await request(url, { dispatcher, method: 'POST', body: '{}' });
  return { statusCode, text: await body.text() };
}

const says =
  (text: string) =>
  (socket: Socket): void =>
    void socket.write(text);

describe('an answer', () => {
  it.each([
    ['100', CONTINUE],
    ['100 without words', 'HTTP/1.1 100\r\n\r\n'],
    ['100 with headers', 'HTTP/1.1 100 Continue\r\nx-proxy: a\r\ncontent-length: 0\r\n\r\n'],
    ['100 that speaks of closing', 'HTTP/1.1 100 Continue\r\nConnection: close\r\n\r\n'],
    ['102', 'HTTP/1.1 102 Processing\r\n\r\n'],
    ['100 after an empty line', `\r\n${CONTINUE}`],
    ['103', HINTS],
    ['several', CONTINUE + HINTS + CONTINUE + CONTINUE],
  ])('counts when it follows an unasked %s', async (_, early) => {
    const { url, requests } = await server(says(early + answer(500, 'HTTP/1.1 100 Continue')));
    expect(await post(client(), url)).toEqual({ statusCode: 500, text: 'HTTP/1.1 100 Continue' });
    expect(requests).toHaveLength(1);
  });

  it('counts when it comes long after, on a connection that is used again', async () => {
    const { url, requests, connections } = await server((socket) => {
      socket.write(CONTINUE);
      setTimeout(() => socket.write(answer(200, 'ok')), 20);
    });
    const agent = client();
    for (let call = 0; call < 3; call += 1)
      expect(await post(agent, url)).toEqual({ statusCode: 200, text: 'ok' });
    expect(requests).toHaveLength(3);
    expect(connections()).toBe(1);
  });

  it('counts over TLS', async () => {
    const certificate = selfSigned('localhost');
    const trusted = getCACertificates('default');
    setDefaultCACertificates([...trusted, certificate.cert]);
    const running = await listenTls(certificate, says(CONTINUE + answer(200, 'ok')));
    closing.push(async () => setDefaultCACertificates(trusted), running.close);
    expect(await post(client(), `https://localhost:${running.port}/`)).toEqual({
      statusCode: 200,
      text: 'ok',
    });
  });

  it('is the same wherever the bytes are cut', async () => {
    const pieces = fc.array(fc.constantFrom(CONTINUE, HINTS, '\r\n'), { maxLength: 3 });
    const cuts = fc.array(fc.nat(200), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(pieces, cuts, async (early, at) => {
        const text = early.join('') + answer(201, `${CONTINUE}ok`);
        const { url, close } = await listen({ reply: (socket) => void cut(socket, text, at) });
        const agent = client();
        expect(await post(agent, url)).toEqual({ statusCode: 201, text: `${CONTINUE}ok` });
        await agent.destroy();
        await close();
      }),
      { numRuns: 40 },
    );
  });
});

describe('no answer', () => {
  it.each([
    ['closes the connection', (socket: Socket) => void socket.end(CONTINUE), 'SocketError'],
    ['changes the protocol', says(SWITCHING), 'SocketError'],
    ['speaks no HTTP', says('SSH-2.0-OpenSSH\r\n\r\n'), 'HTTPParserError'],
  ])('comes of a server that %s', async (_, reply, name) => {
    const { url } = await server(reply);
    await expect(post(client(), url)).rejects.toMatchObject({ name });
  });
});

async function cut(socket: Socket, text: string, at: number[]): Promise<void> {
  socket.setNoDelay(true);
  let from = 0;
  for (const to of [...at.toSorted((a, b) => a - b), text.length]) {
    if (to > from) socket.write(text.slice(from, to));
    from = Math.max(from, to);
    await pause(2);
  }
}
