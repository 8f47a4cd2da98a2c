import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createWhatsApp } from '../../../src/channels/whatsapp/index.ts';

const TOKEN = 'EAAGsecretsecretsecretsecret0000000001';
const account = {
  id: 'acc_1',
  externalId: '1',
  details: { waba_id: '2' },
  credentials: { access_token: TOKEN },
};

const FILE = Buffer.from([0xff, 0xd8, 0xff, 0, 1, 2, 3]);

type Answer = (response: ServerResponse, url: string) => void;

let closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closing.map((close) => close()));
  closing = [];
});

/** A Graph server whose media lookups and files answer so, one after the other. */
async function serve(lookups: Answer[], files: Answer[]) {
  const seen: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    seen.push(request);
    const list = request.url?.startsWith('/file') ? files : lookups;
    const next = list.length > 1 ? list.shift() : list[0];
    next?.(response, `http://127.0.0.1:${(server.address() as AddressInfo).port}/file?x=1`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v25.0`;
  const channel = createWhatsApp({ apiUrl, appSecrets: [], verifyToken: '' });
  const open = async (id = '54321') => {
    const file = await channel.fetchMedia?.(account, id);
    if (!file) throw new Error('no file');
    return file;
  };
  return { open, seen };
}

const found: Answer = (response, url) =>
  response.end(JSON.stringify({ url, mime_type: 'image/jpeg', sha256: 'x', file_size: 7 }));
const file: Answer = (response) => response.end(FILE);
const says =
  (status: number, body = ''): Answer =>
  (response) =>
    response.writeHead(status).end(body);

describe('a received file', () => {
  it('is looked up by its id and opened where it is, with the token both times', async () => {
    const { open, seen } = await serve([found], [file]);
    const opened = await open();
    expect(opened).toMatchObject({ mimeType: 'image/jpeg', sizeBytes: 7 });
    expect(Buffer.concat(await opened.body.toArray())).toEqual(FILE);
    expect(seen.map(({ url }) => url)).toEqual(['/v25.0/54321', '/file?x=1']);
    for (const { headers } of seen) expect(headers.authorization).toBe(`Bearer ${TOKEN}`);
  });

  it('is looked up once more when its address is over its five minutes', async () => {
    const { open, seen } = await serve([found], [says(404), file]);
    expect(Buffer.concat(await (await open()).body.toArray())).toEqual(FILE);
    expect(seen).toHaveLength(4);
  });

  it('is given up when that is gone too', async () => {
    const { open, seen } = await serve([found], [says(404)]);
    await expect(open()).rejects.toMatchObject({ name: 'ChannelError', code: 'HTTP 404' });
    expect(seen).toHaveLength(4);
  });

  it.each([
    ['refused', says(400, '{"error":{"code":100,"message":"(#100) no"}}'), file],
    ['unauthorized', says(401, '{"error":{"code":190,"message":"token"}}'), file],
    ['unreachable', says(200, '{"mime_type":"image/jpeg"}'), file],
    ['unreachable', says(200, '{"url":"file:///etc/passwd"}'), file],
    ['unreachable', found, says(503)],
    ['unreachable', found, says(302, 'elsewhere')],
    ['throttled', found, says(429)],
  ])('that is %s is an error', async (kind, lookup, answer) => {
    const { open } = await serve([lookup], [answer]);
    await expect(open()).rejects.toMatchObject({ name: 'ChannelError', kind });
  });

  it('is never the JSON of the look-up', async () => {
    const { open } = await serve([found], [file]);
    const text = Buffer.concat(await (await open()).body.toArray()).toString();
    expect(text).not.toContain('mime_type');
  });

  it('with a slash in its id asks for no other object', async () => {
    const { open, seen } = await serve([found], [file]);
    (await open('../me?x=')).body.destroy();
    expect(seen[0]?.url).toBe('/v25.0/..%2Fme%3Fx%3D');
  });
});
