import { createServer } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createWebhookSender } from '../../src/crm/webhook-sender.ts';

/** How an IPv4 address may be written in a URL. */
const SPELLINGS: ((bytes: number[]) => string)[] = [
  (bytes) => bytes.join('.'),
  (bytes) => `${bytes.join('.')}.`,
  (bytes) => String(numberOf(bytes)),
  (bytes) => `0x${numberOf(bytes).toString(16)}`,
  (bytes) => bytes.map((byte) => `0${byte.toString(8)}`).join('.'),
  (bytes) => `[::ffff:${bytes.join('.')}]`,
];
const spelling = fc.constantFrom(...SPELLINGS);
const byte = fc.nat(255);
const numberOf = (bytes: number[]) => bytes.reduce((sum, each) => sum * 256 + each, 0);

const host = fc
  .oneof(
    fc.tuple(spelling, fc.tuple(fc.constantFrom(0, 10, 127, 224, 240), byte, byte, byte)),
    fc.tuple(
      spelling,
      fc.constantFrom([169, 254, 169, 254], [100, 64, 0, 1], [172, 16, 0, 1], [192, 168, 0, 1]),
    ),
  )
  .map(([spell, bytes]) => spell([...bytes]));
const name = fc.constantFrom('localhost', 'LOCALHOST.', 'a.localhost', 'db.internal', 'x.local');
const url = fc
  .tuple(
    fc.constantFrom('http', 'https', 'ftp'),
    fc.constantFrom('', 'user:password@', 'user@'),
    fc.oneof(host, name),
    fc.constantFrom('', '/', '/hook?x=1', '/hook#part', ' '),
  )
  .map(([scheme, user, where, path]) => `${scheme}://${user}${where}${path}`);

function senderTo(allowedNetworks: string[], requireHttps: boolean) {
  const asked: string[] = [];
  const resolve = async (hostname: string) => {
    asked.push(hostname);
    return [{ address: '127.0.0.1', family: 4 }];
  };
  const sender = createWebhookSender({ timeoutMs: 2000, allowedNetworks, requireHttps, resolve });
  return { sender, asked };
}

const post = (to: string) => ({
  url: to,
  webhookId: 'whd_1',
  body: '{}',
  secrets: ['a-secret'],
  traceId: null,
});

describe('an address', () => {
  let closedPort = 0;
  beforeAll(async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    closedPort = (server.address() as { port: number }).port;
    await new Promise((done) => server.close(done));
  });
  const open: { close(): Promise<void> }[] = [];
  afterAll(async () => void (await Promise.all(open.map((each) => each.close()))));

  it('that is refused when it is set is refused when it is dialled, and the other way round', async () => {
    const { sender, asked } = senderTo([], false);
    open.push(sender);
    await fc.assert(
      fc.asyncProperty(url, async (candidate) => {
        asked.length = 0;
        const problem = sender.problemWith(candidate);
        const { errorClass } = await sender.post(post(candidate));
        // None of these is public: what nothing speaks against when it is set is up to DNS.
        expect(errorClass).toBe('forbidden_address');
        expect(asked.length > 0).toBe(problem === null);
      }),
      { numRuns: 300 },
    );
  });

  it('that may be set is dialled', async () => {
    const { sender } = senderTo(['127.0.0.0/8', '::1/128'], false);
    open.push(sender);
    const own = fc.oneof(
      spelling.map((spell) => spell([127, 0, 0, 1])),
      fc.constantFrom('localhost', 'localhost.', 'crm.internal'),
    );
    await fc.assert(
      fc.asyncProperty(own, fc.constantFrom('', '/hook?x=1'), async (where, path) => {
        const candidate = `http://${where}:${closedPort}${path}`;
        expect(sender.problemWith(candidate)).toBeNull();
        expect((await sender.post(post(candidate))).errorClass).toBe('refused');
      }),
      { numRuns: 60 },
    );
  });

  it('without https is refused in production, at both times', async () => {
    const { sender } = senderTo(['127.0.0.0/8'], true);
    open.push(sender);
    const candidate = `http://127.0.0.1:${closedPort}/`;
    expect(sender.problemWith(candidate)).toBe('must begin with https:// in production');
    expect((await sender.post(post(candidate))).errorClass).toBe('forbidden_address');
  });
});
