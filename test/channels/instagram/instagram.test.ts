import { afterEach, describe, expect, it } from '@jest/globals';
import type { ChannelAccount, SendRequest } from '../../../src/channels/channel.ts';
import { createInstagram } from '../../../src/channels/instagram/index.ts';
import { textOf } from '../../../src/domain/outgoing-content.ts';
import { graphUrl } from '../../../src/channels/instagram/schema.ts';
import { answer, listen, replies, type Reply } from '../tcp-server.ts';
import { ACCOUNT, CUSTOMER } from './payloads.ts';

const TOKEN = 'IGAAsecretsecretsecretsecret0000000001';
const account: ChannelAccount = {
  id: 'acc_1',
  externalId: ACCOUNT,
  details: {},
  credentials: { access_token: TOKEN },
};

let closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closing.map((close) => close()));
  closing = [];
});

/** A connector before a server that replies so. */
async function before(reply: Reply) {
  const server = await listen({ reply });
  closing.push(server.close);
  const channel = createInstagram({
    apiUrl: `${server.url}/v25.0`,
    appSecrets: ['s'],
    verifyToken: 'v',
  });
  return { channel, requests: server.requests };
}

function request(more: Partial<SendRequest> = {}): SendRequest {
  return {
    recipientId: CUSTOMER,
    content: { type: 'text', text: 'Olá "você" 👋🏽\n' },
    refersTo: null,
    customerWroteAt: null,
    callbackData: 'msg_1',
    deadline: performance.now() + 5000,
    answerTimeoutMs: 5000,
    ...more,
  };
}

const bodyIn = (text = '') => JSON.parse(text.split('\r\n\r\n')[1] ?? '') as unknown;
const badToken = { error: { message: `Malformed access token ${TOKEN}`, type: 'O', code: 190 } };

describe('send', () => {
  it('posts the text as the account, with the token in a header and nowhere else', async () => {
    const { channel, requests } = await before(
      replies(200, { recipient_id: CUSTOMER, message_id: 'aWdfZAG1' }),
    );
    let left = 0;
    const outcome = await channel.send(account, request({ onLeaving: () => (left += 1) }));
    expect(outcome).toEqual({ class: 'sent', platformMessageId: 'aWdfZAG1' });
    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatch(new RegExp(`^POST /v25.0/${ACCOUNT}/messages HTTP/1.1\r\n`));
    expect(requests[0]).toContain(`authorization: Bearer ${TOKEN}\r\n`);
    expect(bodyIn(requests[0])).toEqual({
      recipient: { id: CUSTOMER },
      message: { text: 'Olá "você" 👋🏽\n' },
    });
    expect(left).toBe(1);
  });

  it.each([
    ['no id', '{"recipient_id":"1"}'],
    ['an empty id', '{"message_id":""}'],
    ['an id of another type', '{"message_id":{"a":1}}'],
    ['a broken body', '{"message_id":"aWd'],
    ['HTML', '<html>OK</html>'],
    ['nothing', ''],
  ])('does not know what became of it when a 200 has %s', async (_case, body) => {
    const { channel } = await before((socket) => void socket.write(answer(200, body)));
    expect(await channel.send(account, request())).toMatchObject({ class: 'unknown' });
  });

  it('does not know either when the connection breaks after the request', async () => {
    const { channel, requests } = await before((socket) => void socket.resetAndDestroy());
    expect(await channel.send(account, request())).toMatchObject({ class: 'unknown' });
    expect(requests).toHaveLength(1);
  });

  it('knows that a platform it cannot reach got nothing', async () => {
    const channel = createInstagram({
      apiUrl: 'http://platform.invalid/v25.0',
      appSecrets: [],
      verifyToken: undefined,
    });
    expect(await channel.send(account, request())).toMatchObject({ class: 'unavailable' });
    const late = request({ deadline: performance.now() });
    expect(await channel.send(account, late)).toMatchObject({
      class: 'unavailable',
      code: 'DEADLINE',
    });
  });

  it('shows neither token, text nor ids in a failure', async () => {
    const message = `No ${TOKEN} to ${CUSTOMER} of ${ACCOUNT}: Olá "você" 👋🏽\n`;
    const { channel } = await before(replies(400, { error: { message, type: 'O', code: 100 } }));
    const outcome = await channel.send(account, request());
    expect(outcome).toEqual({
      class: 'refused',
      code: '100',
      message: 'No … to … of …: …',
      statusCode: 400,
    });
  });
});

describe('the account', () => {
  it.each([
    ['flat', { user_id: ACCOUNT, username: 'shop', id: '999' }],
    ['wrapped', { data: [{ user_id: ACCOUNT, username: 'shop', id: '999' }] }],
  ])('is the user_id of a %s answer', async (_case, me) => {
    const { channel, requests } = await before(replies(200, me));
    const identity = await channel.validateCredentials(account);
    expect(identity).toEqual({ externalId: ACCOUNT, username: 'shop' });
    expect(requests[0]).toMatch(/^GET \/v25\.0\/me\?fields=user_id%2Cusername/);
    expect(requests[0]?.split('\r\n')[0]).not.toContain(TOKEN);
  });

  it('keeps the digits of an id that comes as a number', async () => {
    const flat = `{"user_id":${ACCOUNT},"username":null}`;
    const { channel } = await before((socket) => void socket.write(answer(200, flat)));
    const identity = await channel.validateCredentials(account);
    expect(identity).toEqual({ externalId: ACCOUNT, username: null });
  });

  it.each([
    ['unauthorized', 400, badToken],
    ['throttled', 403, { error: { message: 'slow', type: 'O', code: 4 } }],
    ['unreachable', 502, '<html>'],
    ['unreachable', 200, { id: '999' }],
    ['unreachable', 200, 'null'],
    ['refused', 400, { error: { message: 'bad', type: 'O', code: 100 } }],
  ])('is not known when Instagram says %s (HTTP %s)', async (kind, status, json) => {
    const { channel } = await before(replies(status, json));
    const asked = channel.validateCredentials(account);
    await expect(asked).rejects.toMatchObject({ name: 'ChannelError', kind });
    await expect(asked).rejects.not.toThrow(TOKEN);
  });

  it('is subscribed to the webhooks we read, and unsubscribed', async () => {
    const { channel, requests } = await before(replies(200, { success: true }));
    await channel.connectAccount(account, null);
    await channel.disconnectAccount(account);
    const fields =
      'messages,message_edit,message_reactions,messaging_postbacks,messaging_seen,messaging_referral,message_echoes,standby';
    expect(decodeURIComponent(requests[0]?.split(' ')[1] ?? '')).toBe(
      `/v25.0/${ACCOUNT}/subscribed_apps?subscribed_fields=${fields}`,
    );
    expect(requests[0]).toMatch(/^POST /);
    expect(requests[1]).toMatch(new RegExp(`^DELETE /v25.0/${ACCOUNT}/subscribed_apps HTTP`));
  });

  it('that cannot be subscribed says why', async () => {
    const { channel } = await before(replies(400, badToken));
    await expect(channel.connectAccount(account, null)).rejects.toMatchObject({
      kind: 'unauthorized',
      code: '190',
      message: 'Malformed access token …',
    });
  });

  it('is read from a create request, which names what is wrong', () => {
    const { accountSchema } = createInstagram({
      apiUrl: 'http://x',
      appSecrets: [],
      verifyToken: '',
    });
    const given = { instagram_account_id: ACCOUNT, access_token: TOKEN };
    expect(accountSchema.parse(given)).toEqual({
      externalId: ACCOUNT,
      details: {},
      credentials: { access_token: TOKEN },
    });
    const wrong = accountSchema.safeParse({ instagram_account_id: '@shop', access_token: 'a\nb' });
    expect(wrong.error?.issues.map((issue) => issue.path.join('/'))).toEqual([
      'instagram_account_id',
      'access_token',
    ]);
  });
});

describe('a profile', () => {
  it('has the names that Instagram tells', async () => {
    const { channel, requests } = await before(
      replies(200, { username: 'ana', name: null, id: '9' }),
    );
    expect(await channel.fetchProfile(account, CUSTOMER)).toEqual({ username: 'ana', name: null });
    expect(requests[0]).toMatch(
      new RegExp(`^GET /v25.0/${CUSTOMER}\\?fields=name%2Cusername HTTP`),
    );
  });

  it.each([230, 100, 551])('is null where Instagram refuses with code %s', async (code) => {
    const { channel } = await before(replies(400, { error: { message: 'no', type: 'O', code } }));
    expect(await channel.fetchProfile(account, CUSTOMER)).toBeNull();
  });

  it.each([
    ['unauthorized', 190],
    ['throttled', 4],
    ['unreachable', 2],
  ])('is not null, but an error, when it could not be asked: %s', async (kind, code) => {
    const { channel } = await before(replies(400, { error: { message: 'no', type: 'O', code } }));
    await expect(channel.fetchProfile(account, CUSTOMER)).rejects.toMatchObject({ kind });
  });

  it('of an id with a slash asks for no other object', async () => {
    const { channel, requests } = await before(replies(200, {}));
    await channel.fetchProfile(account, '../me?x=');
    expect(requests[0]).toMatch(/^GET \/v25\.0\/\.\.%2Fme%3Fx%3D\?fields/);
  });
});

describe('the connector', () => {
  const channel = createInstagram({ apiUrl: 'http://x', appSecrets: ['s'], verifyToken: 'v' });

  it('splits texts at 1000 bytes', () => {
    const plan = channel.planSend({ type: 'text', text: 'я'.repeat(501) });
    const texts = 'parts' in plan ? plan.parts.map(textOf) : [];
    expect(texts).toEqual(['я'.repeat(500), 'я']);
  });

  it('shows the account id and no secret', () => {
    expect(channel.describeAccount(account)).toEqual({ instagram_account_id: ACCOUNT });
  });

  it('drops the version for calls that Meta serves without one', () => {
    const base = 'https://graph.instagram.com/v25.0';
    expect(graphUrl(base, 'me')).toBe(`${base}/me`);
    for (const path of ['refresh_access_token', 'access_token'])
      expect(graphUrl(base, path)).toBe(`https://graph.instagram.com/${path}`);
    expect(graphUrl('http://127.0.0.1:1', 'access_token')).toBe('http://127.0.0.1:1/access_token');
  });
});
