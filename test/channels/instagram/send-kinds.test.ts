import { afterEach, describe, expect, it } from '@jest/globals';
import type { ChannelAccount, SendRequest } from '../../../src/channels/channel.ts';
import { createInstagram } from '../../../src/channels/instagram/index.ts';
import { listen, replies, type Reply } from '../tcp-server.ts';
import { ACCOUNT, CUSTOMER } from './payloads.ts';

const TOKEN = 'IGAAsecretsecretsecretsecret0000000001';
const HOUR = 3_600_000;
const account: ChannelAccount = {
  id: 'acc_1',
  externalId: ACCOUNT,
  details: {},
  credentials: { access_token: TOKEN },
};
const SENT = { recipient_id: CUSTOMER, message_id: 'aWdfZAG1' };
const image = {
  type: 'image',
  url: 'https://shop.example/private-1.png?key=abc',
  mediaId: null,
  caption: null,
  fileName: null,
  mimeType: null,
  sizeBytes: null,
} as const;

let closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closing.map((close) => close()));
  closing = [];
});

async function before(reply: Reply, humanAgent = false) {
  const server = await listen({ reply });
  closing.push(server.close);
  const apiUrl = `${server.url}/v25.0`;
  const channel = createInstagram({ apiUrl, appSecrets: ['s'], verifyToken: 'v', humanAgent });
  return { channel, requests: server.requests };
}

function request(more: Partial<SendRequest> = {}): SendRequest {
  return {
    recipientId: CUSTOMER,
    content: { type: 'text', text: 'hello' },
    refersTo: null,
    customerWroteAt: null,
    callbackData: 'msg_1',
    deadline: performance.now() + 5000,
    answerTimeoutMs: 5000,
    ...more,
  };
}

const bodyIn = (text = '') =>
  JSON.parse(text.split('\r\n\r\n')[1] ?? 'null') as Record<string, unknown>;

/** What Instagram is asked for a content, and what becomes of it. */
async function sending(more: Partial<SendRequest>, answer: object = SENT, humanAgent = false) {
  const { channel, requests } = await before(replies(200, answer), humanAgent);
  const outcome = await channel.send(account, request(more));
  return { outcome, body: bodyIn(requests[0]) };
}

describe('a file', () => {
  it('goes out by its address', async () => {
    const { outcome, body } = await sending({ content: image });
    expect(outcome).toEqual({ class: 'sent', platformMessageId: 'aWdfZAG1' });
    expect(body).toEqual({
      recipient: { id: CUSTOMER },
      message: { attachment: { type: 'image', payload: { url: image.url } } },
    });
  });

  it('goes out by the handle that Instagram gave it, a document as a file', async () => {
    const { body } = await sending({
      content: { ...image, type: 'document', url: null, mediaId: '1234567' },
    });
    expect(body['message']).toEqual({
      attachment: { type: 'file', payload: { attachment_id: '1234567' } },
    });
  });

  it('leaves nothing of its address in a failure', async () => {
    const error = { error: { message: `Cannot fetch ${image.url}`, type: 'O', code: 100 } };
    const { channel } = await before(replies(400, error));
    const outcome = await channel.send(account, request({ content: image }));
    expect(outcome).toMatchObject({ class: 'refused', code: '100', message: 'Cannot fetch …' });
  });
});

describe('an answer', () => {
  it('names the message that it quotes', async () => {
    const { body } = await sending({ refersTo: 'mid.77' });
    expect(body).toEqual({
      recipient: { id: CUSTOMER },
      message: { text: 'hello' },
      reply_to: { mid: 'mid.77' },
    });
  });

  it.each([
    ['a day after the customer wrote', 24 * HOUR, true],
    ['a moment before that', 24 * HOUR - 5_000, false],
  ])('given %s says that a person gives it: %s', async (_when, agoMs, tagged) => {
    const { body } = await sending({ customerWroteAt: Date.now() - agoMs }, SENT, true);
    expect(body['tag']).toBe(tagged ? 'HUMAN_AGENT' : undefined);
    expect(body['messaging_type']).toBe(tagged ? 'MESSAGE_TAG' : undefined);
  });

  it('says so neither without the feature nor to somebody of whom nothing is known', async () => {
    const late = Date.now() - 48 * HOUR;
    expect((await sending({ customerWroteAt: late }, SENT, false)).body['tag']).toBeUndefined();
    expect((await sending({ customerWroteAt: null }, SENT, true)).body['tag']).toBeUndefined();
  });
});

describe('a reaction', () => {
  const react = (emoji: string | null): Partial<SendRequest> => ({
    content: { type: 'reaction', emoji },
    refersTo: 'mid.77',
    customerWroteAt: 0,
  });

  it('is given and taken back, and has no id', async () => {
    const given = await sending(react('❤️'), { recipient_id: CUSTOMER }, true);
    expect(given.outcome).toEqual({ class: 'sent', platformMessageId: null });
    expect(given.body).toEqual({
      recipient: { id: CUSTOMER },
      sender_action: 'react',
      payload: { message_id: 'mid.77', reaction: '❤️' },
    });
    const taken = await sending(react(null), { recipient_id: CUSTOMER });
    expect(taken.body).toEqual({
      recipient: { id: CUSTOMER },
      sender_action: 'unreact',
      payload: { message_id: 'mid.77' },
    });
  });

  it('may or may not be there after a success without a body that says so', async () => {
    expect((await sending(react('❤️'), {})).outcome).toMatchObject({ class: 'unknown' });
  });

  it('to a message that is gone is refused', async () => {
    const error = { error: { message: 'Unsupported post request', type: 'O', code: 100 } };
    const { channel } = await before(replies(400, error));
    expect(await channel.send(account, request(react('❤️')))).toMatchObject({ class: 'refused' });
  });
});

describe('the account', () => {
  it('is healthy while its token opens it, and not when it opens another one', async () => {
    const ours = await before(replies(200, { user_id: ACCOUNT, username: 'shop' }));
    expect(await ours.channel.checkAccount(account)).toEqual({ healthy: true, facts: {} });
    const theirs = await before(replies(200, { user_id: '999', username: 'other' }));
    expect(await theirs.channel.checkAccount(account)).toEqual({ healthy: false, facts: {} });
  });

  it('that Instagram refuses throws, without the token in the words', async () => {
    const message = `Malformed access token ${TOKEN}`;
    const { channel } = await before(replies(400, { error: { message, type: 'O', code: 190 } }));
    const asked = channel.checkAccount(account);
    await expect(asked).rejects.toMatchObject({ kind: 'unauthorized', code: '190' });
    await expect(asked).rejects.not.toThrow(TOKEN);
  });

  it('gets a token for the time that Instagram says', async () => {
    const answer = { access_token: 'IGAAnew', token_type: 'bearer', expires_in: 5_183_944 };
    const { channel, requests } = await before(replies(200, answer));
    const started = Date.now();
    const refreshed = await channel.refreshCredentials?.(account);
    expect(refreshed?.credentials).toEqual({ access_token: 'IGAAnew' });
    expect((refreshed?.expiresAt ?? 0) - started).toBeGreaterThanOrEqual(5_183_944_000);
    expect((refreshed?.expiresAt ?? 0) - started).toBeLessThan(5_183_954_000);
    // Meta serves this path without a version.
    expect(requests[0]).toMatch(/^GET \/refresh_access_token\?grant_type=ig_refresh_token&/);
  });

  it.each([
    ['refuses', 400, { error: { message: `too young: ${TOKEN}`, type: 'O', code: 190 } }],
    ['answers nonsense', 200, { access_token: '' }],
    ['answers no JSON', 502, '<html>'],
  ])(
    'keeps its token when Instagram %s, and the token stays secret',
    async (_what, status, json) => {
      const { channel } = await before(replies(status, json));
      const asked = channel.refreshCredentials?.(account);
      await expect(asked).rejects.toMatchObject({ name: 'ChannelError' });
      await expect(asked).rejects.not.toThrow(TOKEN);
    },
  );

  it('shows a customer that their messages were seen', async () => {
    const { channel, requests } = await before(replies(200, { recipient_id: CUSTOMER }));
    await channel.markRead?.(account, { recipientId: CUSTOMER, platformMessageId: 'mid.1' });
    expect(requests[0]).toMatch(new RegExp(`^POST /v25.0/${ACCOUNT}/messages HTTP/1.1\r\n`));
    expect(bodyIn(requests[0])).toEqual({
      recipient: { id: CUSTOMER },
      sender_action: 'mark_seen',
    });
  });

  it('says why it could not, naming neither token nor customer', async () => {
    const message = `No ${TOKEN} for ${CUSTOMER}`;
    const { channel } = await before(replies(400, { error: { message, type: 'O', code: 551 } }));
    const asked = channel.markRead?.(account, { recipientId: CUSTOMER, platformMessageId: 'm' });
    await expect(asked).rejects.toMatchObject({ kind: 'refused', message: 'No … for …' });
  });
});
