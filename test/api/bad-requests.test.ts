import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { aSendRequest, places, expectProblem, startApi, type TestApi } from './support/api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());
// Whatever a test of this file sends, nothing may come of it.
afterEach(() => expect(api.world.messages.rows).toEqual([]));

const JSON_TYPE = { 'content-type': 'application/json' };

function post(body: string | Buffer | undefined, headers: Record<string, string> = JSON_TYPE) {
  return api.call('POST', '/api/v1/messages/send', { headers, ...(body && { body }) });
}

describe('a body that is no JSON of ours', () => {
  it.each([
    ['nothing at all', ''],
    ['white space', ' \n'],
    ['half an object', '{"account_id":'],
    ['two objects', '{}{}'],
    ['NaN', '{"message":NaN}'],
    ['a byte that is no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ['a surrogate in UTF-8', Buffer.from('"\u0000"').fill(Buffer.from([0xed, 0xa0, 0xbd]), 1, 2)],
    ['UTF-16', Buffer.from('{"a":1}', 'utf16le')],
    ['arrays nested 500 deep', `{"message":${'['.repeat(500)}${']'.repeat(500)}}`],
    ['objects nested 100,000 deep', '{"a":'.repeat(100_000)],
  ])('is refused: %s', async (_what, body) => {
    const found = expectProblem(await post(body), 400, 'invalid_body');
    expect(places(found)).toEqual(['body ']);
    expect(found.detail).not.toContain('account_id');
  });

  it.each(['null', '[]', '"text"', '7', 'true'])('is refused: %s', async (body) => {
    expect(places(expectProblem(await post(body), 400, 'validation_failed'))).toEqual(['body ']);
  });

  it('may have brackets within its strings', async () => {
    const body = JSON.stringify(aSendRequest({ message: '['.repeat(500), x: 1 }));
    expect(places(expectProblem(await post(body), 400, 'validation_failed'))).toEqual(['body /x']);
  });

  it.each([
    ['{"__proto__":{"admin":true}}', '/__proto__'],
    ['{"a":{"b":[{"__proto__":1}]}}', '/a/b/0/__proto__'],
    ['{"\\u005f_proto__":1}', '/__proto__'],
    [
      '{"constructor":{"prototype":{}},"account_id":"a","recipient_id":"b","message":"c"}',
      '/constructor',
    ],
    ['{"message":"\\u0000"}', '/message'],
    ['{"message":"\\ud83d"}', '/message'],
    ['{"message":["x","\\ude00\\ud83d"]}', '/message/1'],
    ['{"\\ud83d":1}', '/\ufffd'],
  ])('is refused with a pointer: %s', async (body, pointer) => {
    const found = expectProblem(await post(body), 400, 'validation_failed');
    expect(places(found)).toEqual([`body ${pointer}`]);
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
  });
});

describe('the type of a body', () => {
  const good = JSON.stringify(aSendRequest());

  it.each([
    ['none', {}],
    ['text/plain', { 'content-type': 'text/plain' }],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['multipart', { 'content-type': 'multipart/form-data; boundary=x' }],
    ['UTF-16', { 'content-type': 'application/json; charset=utf-16le' }],
    ['a list', { 'content-type': 'application/json, text/plain' }],
  ])('is refused: %s', async (_what, headers: Record<string, string>) => {
    const found = expectProblem(
      await post(Buffer.from(good), headers),
      415,
      'unsupported_media_type',
    );
    expect(places(found)).toEqual(['header /content-type']);
  });

  it.each(['application/json', 'Application/JSON ; Charset=UTF-8'])(
    'is taken: %s',
    async (type) => {
      const body = JSON.stringify(aSendRequest({ message: '' }));
      expectProblem(await post(body, { 'content-type': type }), 400, 'validation_failed');
    },
  );
});

describe('a body that is too large', () => {
  const large = JSON.stringify(aSendRequest({ message: 'x'.repeat(1024 * 1024) }));

  it('is refused by what it says of its length', async () => {
    expectProblem(await post(large), 413, 'body_too_large');
  });

  it('is refused by what it has, when it says nothing', async () => {
    const answer = await api.raw(
      'POST /api/v1/messages/send HTTP/1.1\r\nHost: x\r\nConnection: close\r\n' +
        'Authorization: Bearer key-of-an-admin\r\nContent-Type: application/json\r\n' +
        `Transfer-Encoding: chunked\r\n\r\n${large.length.toString(16)}\r\n${large}\r\n0\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1.1 413 /);
  });

  it.each([
    ['gzip', gzipSync(Buffer.alloc(50 * 1024 * 1024))],
    ['br', brotliCompressSync(Buffer.alloc(50 * 1024 * 1024))],
  ])('is refused while it is unpacked: a %s bomb', async (encoding, bomb) => {
    expect(bomb.length).toBeLessThan(100_000);
    expectProblem(
      await post(bomb, { ...JSON_TYPE, 'content-encoding': encoding }),
      413,
      'body_too_large',
    );
  });
});

describe('a packed body', () => {
  it('is read', async () => {
    const packed = gzipSync(JSON.stringify(aSendRequest({ message: '' })));
    const answer = await post(packed, { ...JSON_TYPE, 'content-encoding': 'gzip' });
    expect(places(expectProblem(answer, 400, 'validation_failed'))).toEqual(['body /message']);
  });

  it.each([
    ['not packed at all', Buffer.from('{}')],
    ['cut short', gzipSync(JSON.stringify(aSendRequest())).subarray(0, 20)],
  ])('is refused: %s', async (_what, body) => {
    expectProblem(
      await post(body, { ...JSON_TYPE, 'content-encoding': 'gzip' }),
      400,
      'invalid_body',
    );
  });

  it.each(['compress', 'gzip, gzip', 'toString'])('is refused as %s', async (encoding) => {
    const answer = await post('{}', { ...JSON_TYPE, 'content-encoding': encoding });
    const found = expectProblem(answer, 415, 'unsupported_media_type');
    expect(places(found)).toEqual(['header /content-encoding']);
  });
});

describe('a path or method that there is not', () => {
  it.each(['/nothing', '/api/v1/message', '/webhooks/fax', '/docs/../../etc/passwd'])(
    'is a 404: %s',
    async (path) => {
      expectProblem(await api.call('GET', path), 404, 'route_not_found');
    },
  );

  it.each([
    ['GET', '/api/v1/messages/send', 'POST'],
    ['DELETE', '/api/v1/accounts', 'POST, HEAD, GET'],
    ['OPTIONS', '/api/v1/messages/send', 'POST'],
  ])('is a 405 that says what there is: %s %s', async (method, path, allowed) => {
    const answer = await api.call(method, path);
    expectProblem(answer, 405, 'method_not_allowed');
    expect(answer.headers.get('allow')).toBe(allowed);
  });
});
