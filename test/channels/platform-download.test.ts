import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { createPlatformHttp, type OpenCall } from '../../src/channels/platform-http.ts';
import { answer, listen, type Reply } from './tcp-server.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A client and a server that replies so. */
async function before(reply: Reply) {
  const server = await listen({ reply });
  closing.push(server.close);
  const http = createPlatformHttp();
  closing.push(() => http.close());
  const open = (more: Partial<OpenCall> = {}) =>
    http.open({
      url: `${server.url}/file?x=1`,
      deadline: performance.now() + 5000,
      idleTimeoutMs: 5000,
      ...more,
    });
  return { ...server, open };
}

async function body(opened: Awaited<ReturnType<Awaited<ReturnType<typeof before>>['open']>>) {
  if (opened.kind !== 'answer') throw new Error(`not opened: ${opened.code}`);
  return opened.body;
}

const write = (text: string) => (socket: Socket) => void socket.write(text);
const HEAD = 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n';

describe('a file that is opened', () => {
  it('comes with status and headers before its body', async () => {
    const { open, requests } = await before(write(answer(206, 'bytes', { 'x-a': '7' })));
    const opened = await open({ headers: { authorization: 'B t' } });
    expect(opened).toMatchObject({ kind: 'answer', status: 206, headers: { 'x-a': '7' } });
    expect(Buffer.concat(await (await body(opened)).toArray()).toString()).toBe('bytes');
    expect(requests[0]).toMatch(/^GET \/file\?x=1 HTTP\/1.1\r\n/);
    expect(requests[0]).toMatch(/authorization: B t\r\n/);
  });

  it('may be empty, and is the answer after any 1xx', async () => {
    const early = 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n';
    const { open } = await before(write(early + answer(200, '')));
    expect(await (await body(await open())).toArray()).toEqual([]);
  });

  it('is taken only as fast as it is read', async () => {
    const size = 64 * 1024 * 1024;
    let written = 0;
    const { open } = await before((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${size}\r\n\r\n`);
      const chunk = Buffer.alloc(64 * 1024);
      const fill = () => {
        while (written < size) {
          written += chunk.length;
          if (!socket.write(chunk)) return void socket.once('drain', fill);
        }
      };
      fill();
    });
    // A busy machine takes its time for so many bytes.
    const deadline = performance.now() + 60_000;
    const stream = await body(await open({ idleTimeoutMs: 1000, deadline }));
    // Until the server stands still for longer than it may be silent: it is we who do not read.
    for (let seen = -1; seen !== written; await setTimeout(1200)) seen = written;
    expect(written).toBeLessThan(size / 2);
    let read = 0;
    for await (const chunk of stream) read += (chunk as Buffer).length;
    expect(read).toBe(size);
  });

  it('ends with an error, not as if it were whole, when the connection breaks', async () => {
    const { open } = await before((socket) => {
      socket.write(`${HEAD}half`, () => socket.destroy());
    });
    await expect((await body(await open())).toArray()).rejects.toMatchObject({
      code: expect.stringMatching(/./),
    });
  });

  it('is given up when nothing comes, and at the deadline though it drips', async () => {
    const silent = await before(write(`${HEAD}half`));
    await expect((await body(await silent.open({ idleTimeoutMs: 100 }))).toArray()).rejects.toThrow(
      'IDLE',
    );
    const dripping = await before((socket) => {
      socket.write(HEAD);
      const timer = setInterval(() => socket.write('x'), 20);
      socket.on('close', () => clearInterval(timer));
    });
    const late = await dripping.open({ deadline: performance.now() + 200 });
    await expect((await body(late)).toArray()).rejects.toThrow('DEADLINE');
  });

  it('ends its connection when it is not wanted any more', async () => {
    let ended: Promise<unknown> = Promise.resolve();
    const { open } = await before((socket) => {
      ended = once(socket, 'close');
      socket.write(`${HEAD}half`);
    });
    (await body(await open())).destroy();
    await ended;
  });
});

describe('a file that is not opened', () => {
  it.each<[string, Reply, Partial<OpenCall>, string | RegExp]>([
    ['a silent server', () => undefined, { idleTimeoutMs: 100 }, 'IDLE'],
    ['a passed deadline', () => undefined, { deadline: 0 }, 'DEADLINE'],
    ['no address', () => undefined, { url: 'file' }, /./],
    ['nobody there', () => undefined, { url: 'http://platform.invalid/' }, /./],
    ['a reset', (socket) => void socket.resetAndDestroy(), {}, /./],
  ])('for %s is unreachable', async (_case, reply, more, code) => {
    const { open } = await before(reply);
    expect(await open(more)).toEqual({ kind: 'unreachable', code: expect.stringMatching(code) });
  });
});
