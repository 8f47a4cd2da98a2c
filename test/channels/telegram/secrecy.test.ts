import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Channel, SendRequest } from '../../../src/channels/channel.ts';
import { createTelegram } from '../../../src/channels/telegram/index.ts';
import type { OutgoingContent } from '../../../src/domain/outgoing-content.ts';
import { answer, listen, type Reply, type TcpServer } from '../tcp-server.ts';
import { account, TOKEN } from './payloads.ts';

/** The token is in every address. So whatever goes wrong, what comes out must not show it. */

const SECRET = TOKEN.split(':')[1] ?? '';
const url = `https://api.telegram.org/bot${TOKEN}/sendMessage`;
const words = `Not found: ${url} ${encodeURIComponent(TOKEN)} ${SECRET} (bot${TOKEN})`;
const error = (code: number, more = {}) =>
  answer(code, JSON.stringify({ ok: false, error_code: code, description: words, ...more }));

const REPLIES: Record<string, Reply> = {
  'a 400 that repeats the address': (socket) => void socket.write(error(400)),
  'a 401 that repeats the address': (socket) => void socket.write(error(401)),
  'a 403 that repeats the address': (socket) => void socket.write(error(403)),
  'a 404 that repeats the address': (socket) => void socket.write(error(404)),
  'a 409 that repeats the address': (socket) => void socket.write(error(409)),
  'a 429 that repeats the address': (socket) =>
    void socket.write(error(429, { parameters: { retry_after: 60 } })),
  'a 500 that repeats the address': (socket) => void socket.write(error(500)),
  'a 502 of an edge': (socket) => void socket.write(answer(502, `<html>${words}</html>`)),
  'a redirect to the address': (socket) =>
    void socket.write(answer(302, words, { location: `http://127.0.0.1/bot${TOKEN}/x` })),
  'a 200 of another form': (socket) =>
    void socket.write(answer(200, JSON.stringify({ ok: true, result: words }))),
  'a 200 that is not JSON': (socket) => void socket.write(answer(200, words)),
  'a cut connection': (socket) => void socket.resetAndDestroy(),
  'bytes that are not HTTP': (socket) => void socket.end(`GARBAGE ${words}\r\n\r\n`),
};

const contents: OutgoingContent[] = [
  { type: 'text', text: 'x' },
  {
    type: 'image',
    url,
    mediaId: null,
    caption: 'c',
    fileName: null,
    mimeType: null,
    sizeBytes: null,
  },
  { type: 'edit', text: 'x' },
  { type: 'reaction', emoji: '👍' },
];

/** Every way in which the connector calls Telegram. */
function callsOf(channel: Channel): (() => Promise<unknown>)[] {
  const request = (content: OutgoingContent): SendRequest => ({
    recipientId: '5005',
    content,
    refersTo: '5005:7',
    customerWroteAt: null,
    callbackData: 'm',
    deadline: performance.now() + 3000,
    answerTimeoutMs: 3000,
  });
  return [
    ...contents.map((content) => () => channel.send(account, request(content))),
    () => channel.validateCredentials(account),
    () => channel.connectAccount(account, 'https://router.example/webhooks/telegram/acc_telegram'),
    () => channel.connectAccount(account, null),
    () => channel.disconnectAccount(account),
    () => channel.checkAccount(account),
    () => channel.fetchProfile(account, '5005'),
    async () => channel.fetchMedia?.(account, 'AgAC'),
  ];
}

/** All that anybody could print of a value or an error, causes and stacks included. */
function printed(value: unknown): string {
  const parts = [
    inspect(value, { depth: 12, showHidden: true }),
    JSON.stringify(value),
    String(value),
  ];
  if (value instanceof Error) parts.push(value.stack ?? '', printed(value.cause));
  return parts.join('\n');
}

const outcomeOf = (call: () => Promise<unknown>) => call().catch((thrown: unknown) => thrown);

function expectNoToken(text: string): void {
  expect(text).not.toContain(SECRET);
  expect(text).not.toContain(encodeURIComponent(TOKEN));
}

let server: TcpServer;
let reply: Reply;
const said: string[] = [];
beforeAll(async () => {
  server = await listen({ reply: (socket, text) => reply(socket, text) });
  for (const stream of [process.stdout, process.stderr])
    jest.spyOn(stream, 'write').mockImplementation((chunk) => {
      said.push(String(chunk));
      return true;
    });
});
afterAll(async () => {
  jest.restoreAllMocks();
  await server.close();
});
afterEach(() => {
  expectNoToken(said.join(''));
});

describe('the token shows in no outcome, error or output', () => {
  it.each(Object.keys(REPLIES))('after %s', async (name) => {
    reply = REPLIES[name] ?? reply;
    const channel = createTelegram({ apiUrl: server.url });
    const outcomes = await Promise.all(callsOf(channel).map(outcomeOf));
    expect(server.requests.at(-1)).toContain(SECRET);
    for (const outcome of outcomes) expectNoToken(printed(outcome));
  });

  it.each(['http://127.0.0.1:1', 'http://platform.invalid', 'not an address', ''])(
    'when the address is %j',
    async (apiUrl) => {
      const outcomes = await Promise.all(callsOf(createTelegram({ apiUrl })).map(outcomeOf));
      expect(outcomes.every((outcome) => outcome !== undefined)).toBe(true);
      for (const outcome of outcomes) expectNoToken(printed(outcome));
    },
  );

  it.each([401, 404, 429, 500, 302])('when the file server says %s', async (status) => {
    reply = (socket, text) =>
      void socket.write(
        text.includes('/getFile ')
          ? answer(200, JSON.stringify({ ok: true, result: { file_path: 'a/b.pdf' } }))
          : answer(status, words, { location: url }),
      );
    const channel = createTelegram({ apiUrl: server.url });
    const thrown = await channel.fetchMedia?.(account, 'AgAC').catch((raised: unknown) => raised);
    expect(thrown).toMatchObject({ name: 'ChannelError', code: `HTTP ${status}` });
    expectNoToken(printed(thrown));
  });

  it('when a file breaks off', async () => {
    reply = (socket, text) => {
      if (text.includes('/getFile '))
        socket.write(answer(200, JSON.stringify({ ok: true, result: { file_path: 'a/b.pdf' } })));
      else {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc');
        socket.end();
      }
    };
    const file = await createTelegram({ apiUrl: server.url }).fetchMedia?.(account, 'AgAC');
    const read = async () => {
      for await (const chunk of file?.body ?? []) void chunk;
    };
    const thrown = await read().catch((raised: unknown) => raised);
    expect(thrown).toBeInstanceOf(Error);
    expectNoToken(printed(thrown));
  });

  it('when something of ours throws on the way', async () => {
    const channel = createTelegram({ apiUrl: server.url });
    const request: SendRequest = {
      recipientId: '5005',
      content: { type: 'text', text: 'x' },
      refersTo: null,
      customerWroteAt: null,
      callbackData: 'm',
      deadline: performance.now() + 3000,
      answerTimeoutMs: 3000,
      onLeaving: () => {
        throw new Error(`leaving for ${url}`);
      },
    };
    expectNoToken(printed(await outcomeOf(() => channel.send(account, request))));
  });

  it('in what the account shows, and in what a webhook is answered', () => {
    const channel = createTelegram({ apiUrl: server.url });
    expectNoToken(printed(channel.describeAccount(account)));
    const body = Buffer.from(JSON.stringify({ update_id: 1, callback_query: { id: '1' } }));
    expectNoToken(printed(channel.answerWebhook?.({ headers: {}, body, account })));
    expectNoToken(printed(channel.receive({ headers: {}, body, account })));
  });
});
