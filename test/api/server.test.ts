import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { createApiServer } from '../../src/api/server.ts';
import { startApi, type TestApi } from './support/api.ts';
import { createFakeLogger } from './support/fakes.ts';

let api: TestApi;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.stop());

describe('the HTTP server', () => {
  it.each([
    ['what is not HTTP', 'EHLO mail\r\n\r\n', 400, 'bad_request'],
    [
      'a length that is none',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n',
      400,
      'bad_request',
    ],
    [
      'a length beside chunks',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
      'bad_request',
    ],
    [
      'headers of 17 KB',
      `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(17 * 1024)}\r\n\r\n`,
      431,
      'headers_too_large',
    ],
    ['headers that do not end', 'GET / HTTP/1.1\r\nHost: x\r\n', 408, 'request_timeout'],
    [
      'a body that does not come',
      'POST /webhooks/instagram HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab',
      408,
      'request_timeout',
    ],
  ])('refuses %s with a problem document', async (_what, bytes, status, code) => {
    const answer = await api.raw(bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    const problem = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n'))) as object;
    expect(problem).toMatchObject({ status, code, correlation_id: expect.any(String) });
  });

  it('goes on after a client left in the middle of its body', async () => {
    const socket = connect(api.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write('POST /webhooks/instagram HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nab');
    socket.destroy();
    expect((await api.call('GET', '/health/live')).status).toBe(200);
  });

  it('names the variable when its port is taken', async () => {
    const other = createApiServer({ listener: () => {}, logger: createFakeLogger([]) });
    await expect(other.listen(api.port, '127.0.0.1')).rejects.toThrow(
      `PORT: ${api.port} on 127.0.0.1 is in use`,
    );
  });

  it('lets a running request end when it closes, and takes no new one', async () => {
    const asked = Promise.withResolvers<ServerResponse>();
    const server = createApiServer({
      listener: (_request, response) => asked.resolve(response),
      logger: createFakeLogger([]),
    });
    const port = await server.listen(0, '127.0.0.1');
    const idle = connect(port, '127.0.0.1');
    await once(idle, 'connect');
    const running = fetch(`http://127.0.0.1:${port}/`);
    const response = await asked.promise;
    const started = performance.now();
    const closed = server.close(10_000);
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toHaveProperty('message');
    response.end('done');
    expect(await (await running).text()).toBe('done');
    await closed;
    // Neither the idle connection nor the one that fetch keeps alive may use up the grace.
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it('cuts off what does not end within its grace', async () => {
    const server = createApiServer({ listener: () => {}, logger: createFakeLogger([]) });
    const port = await server.listen(0, '127.0.0.1');
    const stuck = fetch(`http://127.0.0.1:${port}/`).catch((error: Error) => error);
    // The listener never answers: only the end of the grace can end this.
    await server.close(50);
    expect(await stuck).toHaveProperty('message', 'fetch failed');
  });
});
