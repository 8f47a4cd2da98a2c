import { afterEach, describe, expect, it } from '@jest/globals';
import type { ChannelAccount, SendRequest } from '../../../src/channels/channel.ts';
import { createWhatsApp } from '../../../src/channels/whatsapp/index.ts';
import type { OutgoingContent } from '../../../src/domain/outgoing-content.ts';
import { answer, listen, replies, type Reply } from '../tcp-server.ts';
import { CUSTOMER, GROUP_ID, PHONE_NUMBER_ID, USER_ID, WABA_ID } from './payloads.ts';

const TOKEN = 'EAAGsecretsecretsecretsecret0000000001';
const account: ChannelAccount = {
  id: 'acc_1',
  externalId: PHONE_NUMBER_ID,
  details: { waba_id: WABA_ID },
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
  const options = { apiUrl: `${server.url}/v25.0`, appSecrets: ['s'], verifyToken: 'v' };
  return { channel: createWhatsApp(options), requests: server.requests };
}

function request(more: Partial<SendRequest> = {}): SendRequest {
  return {
    recipientId: CUSTOMER,
    content: { type: 'text', text: 'Olá "você" 👋🏽\n' },
    refersTo: null,
    customerWroteAt: null,
    callbackData: 'msg-1/2',
    deadline: performance.now() + 5000,
    answerTimeoutMs: 5000,
    ...more,
  };
}

const accepted = {
  messaging_product: 'whatsapp',
  contacts: [{ input: `+${CUSTOMER}`, wa_id: CUSTOMER }],
  messages: [{ id: 'wamid.HBg' }],
};
const sent = { class: 'sent', platformMessageId: 'wamid.HBg' };

const bodyIn = (text = '') => JSON.parse(text.split('\r\n\r\n')[1] ?? '') as unknown;
const errorOf = (code: number, message = 'no') => ({ error: { message, type: 'O', code } });
const badToken = errorOf(190, `Malformed access token ${TOKEN}`);

const media = { mediaId: null, caption: null, fileName: null, mimeType: null, sizeBytes: null };
const url = 'https://files.example/a';

describe('send', () => {
  it('posts the text as the number, with the token in a header and nowhere else', async () => {
    const { channel, requests } = await before(replies(200, accepted));
    let left = 0;
    const outcome = await channel.send(account, request({ onLeaving: () => (left += 1) }));
    expect(outcome).toEqual(sent);
    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatch(
      new RegExp(`^POST /v25.0/${PHONE_NUMBER_ID}/messages HTTP/1.1\r\n`),
    );
    expect(requests[0]).toContain(`authorization: Bearer ${TOKEN}\r\n`);
    expect(bodyIn(requests[0])).toEqual({
      messaging_product: 'whatsapp',
      recipient_type: 'individual',
      to: `+${CUSTOMER}`,
      type: 'text',
      text: { body: 'Olá "você" 👋🏽\n' },
      biz_opaque_callback_data: 'msg-1/2',
    });
    expect(left).toBe(1);
  });

  it.each<[string, Partial<SendRequest>, object]>([
    ['to a user id', { recipientId: USER_ID }, { recipient: USER_ID }],
    ['to a group', { recipientId: GROUP_ID }, { recipient_type: 'group', to: GROUP_ID }],
    [
      'an answer',
      { refersTo: 'wamid.before' },
      { type: 'text', context: { message_id: 'wamid.before' } },
    ],
    [
      'an image by link',
      { content: { type: 'image', url, ...media, caption: 'look', fileName: 'a.png' } },
      { type: 'image', image: { link: url, caption: 'look' } },
    ],
    [
      'a document by id',
      { content: { type: 'document', url: null, ...media, mediaId: '7', fileName: 'a.pdf' } },
      { type: 'document', document: { id: '7', filename: 'a.pdf' } },
    ],
    [
      'an audio',
      { content: { type: 'audio', url, ...media }, refersTo: 'wamid.before' },
      { type: 'audio', audio: { link: url }, context: { message_id: 'wamid.before' } },
    ],
    [
      'a reaction',
      { content: { type: 'reaction', emoji: '👍🏽' }, refersTo: 'wamid.before' },
      { type: 'reaction', reaction: { message_id: 'wamid.before', emoji: '👍🏽' } },
    ],
    [
      'a reaction taken back',
      { content: { type: 'reaction', emoji: null }, refersTo: 'wamid.before' },
      { type: 'reaction', reaction: { message_id: 'wamid.before', emoji: '' } },
    ],
    [
      'a template',
      {
        content: {
          type: 'template',
          name: 'order_update',
          language: 'en_US',
          components: [{ type: 'body', parameters: [{ type: 'text', text: 'Ann' }] }],
        },
      },
      {
        type: 'template',
        template: {
          name: 'order_update',
          language: { code: 'en_US' },
          components: [{ type: 'body', parameters: [{ type: 'text', text: 'Ann' }] }],
        },
      },
    ],
    [
      'a template without values',
      { content: { type: 'template', name: 'hello', language: 'pt_BR', components: [] } },
      { type: 'template', template: { name: 'hello', language: { code: 'pt_BR' } } },
    ],
  ])('writes %s', async (_case, more, body) => {
    const { channel, requests } = await before(replies(200, accepted));
    expect(await channel.send(account, request(more))).toMatchObject(sent);
    const { messaging_product: product, ...members } = bodyIn(requests[0]) as Record<
      string,
      unknown
    >;
    const individual = { recipient_type: 'individual', biz_opaque_callback_data: 'msg-1/2' };
    const to = more.recipientId === undefined ? { to: `+${CUSTOMER}` } : {};
    const text = { type: 'text', text: { body: 'Olá "você" 👋🏽\n' } };
    const content = more.content ? {} : text;
    expect(product).toBe('whatsapp');
    expect(members).toEqual({ ...individual, ...to, ...content, ...body });
  });

  it.each([
    ['another number', [{ input: '+5531987654321', wa_id: '553187654321' }], '553187654321'],
    ['a user id', [{ input: `+${CUSTOMER}`, user_id: USER_ID }], USER_ID],
    ['both', [{ wa_id: CUSTOMER, user_id: USER_ID }], USER_ID],
  ])('passes on %s that the customer is known by', async (_case, contacts, alias) => {
    const { channel } = await before(replies(200, { ...accepted, contacts }));
    expect(await channel.send(account, request())).toEqual({ ...sent, recipientAlias: alias });
  });

  it.each([
    ['no id', '{"contacts":[]}'],
    ['no messages', '{"messages":[]}'],
    ['an empty id', '{"messages":[{"id":""}]}'],
    ['an id of another type', '{"messages":[{"id":{"a":1}}]}'],
    ['a broken body', '{"messages":[{"id":"wam'],
    ['HTML', '<html>OK</html>'],
    ['nothing', ''],
  ])('does not know what became of it when a 200 has %s', async (_case, body) => {
    const { channel } = await before((socket) => void socket.write(answer(200, body)));
    expect(await channel.send(account, request())).toMatchObject({ class: 'unknown' });
  });

  it('takes a reaction for done when a 200 has no id, but not when it says nothing', async () => {
    const reaction = request({ content: { type: 'reaction', emoji: '👍' }, refersTo: 'wamid.1' });
    const { channel } = await before(replies(200, { success: true }));
    expect(await channel.send(account, reaction)).toEqual({
      class: 'sent',
      platformMessageId: null,
    });
    const silent = await before((socket) => void socket.write(answer(200, '')));
    expect(await silent.channel.send(account, reaction)).toMatchObject({ class: 'unknown' });
  });

  it('does not know either when the connection breaks after the request', async () => {
    const { channel, requests } = await before((socket) => void socket.resetAndDestroy());
    expect(await channel.send(account, request())).toMatchObject({ class: 'unknown' });
    expect(requests).toHaveLength(1);
  });

  it('makes no call for a change of a message, which WhatsApp has not', async () => {
    const { channel, requests } = await before(replies(200, accepted));
    const edit = request({ content: { type: 'edit', text: 'x' }, refersTo: 'wamid.1' });
    expect(await channel.send(account, edit)).toMatchObject({ class: 'refused' });
    expect(requests).toHaveLength(0);
  });

  it.each<[string, OutgoingContent, string[]]>([
    ['the text', { type: 'text', text: 'my secret' }, ['my secret']],
    [
      'caption and address',
      { type: 'document', url, ...media, caption: 'for Ann Lee', fileName: 'ann.pdf' },
      ['for Ann Lee', 'ann.pdf', url],
    ],
    [
      'values of a template',
      {
        type: 'template',
        name: 'n',
        language: 'en',
        components: [{ type: 'body', parameters: [{ type: 'text', text: 'Ann Lee' }] }],
      },
      ['Ann Lee'],
    ],
  ])('shows neither token, ids nor %s in a failure', async (_case, content, words) => {
    const secrets = [TOKEN, CUSTOMER, PHONE_NUMBER_ID, ...words];
    const error = errorOf(132000, `The body parameters: ${secrets.join(' ')}`);
    const { channel } = await before(replies(400, error));
    const outcome = await channel.send(account, request({ content }));
    expect(outcome).toMatchObject({ class: 'refused', code: '132000' });
    for (const secret of secrets) expect(JSON.stringify(outcome)).not.toContain(secret);
    expect(JSON.stringify(outcome)).toContain('The body parameters');
  });
});

describe('the account', () => {
  const phone = {
    id: PHONE_NUMBER_ID,
    verified_name: 'Demo Coffee',
    display_phone_number: '+1 555-078-3881',
    quality_rating: 'GREEN',
    platform_type: 'CLOUD_API',
    throughput: { level: 'STANDARD' },
    code_verification_status: 'VERIFIED',
  };

  it('is the number that the id stands for', async () => {
    const { channel, requests } = await before(replies(200, phone));
    expect(await channel.validateCredentials(account)).toEqual({
      externalId: PHONE_NUMBER_ID,
      username: 'Demo Coffee',
    });
    expect(requests[0]).toMatch(
      new RegExp(`^GET /v25.0/${PHONE_NUMBER_ID}\\?fields=verified_name%2Cdisplay_phone_number`),
    );
    expect(requests[0]?.split('\r\n')[0]).not.toContain(TOKEN);
  });

  it.each([
    ['unauthorized', 401, badToken],
    ['throttled', 400, errorOf(80007)],
    ['unreachable', 502, '<html>'],
    ['unreachable', 200, { name: 'no id' }],
    ['unreachable', 200, 'null'],
    ['unreachable', 200, { error: {} }],
    ['refused', 400, { error: { message: 'bad', type: 'O', code: 100, error_subcode: 33 } }],
  ])('is not known when WhatsApp says %s (HTTP %s)', async (kind, status, json) => {
    const { channel } = await before(replies(status, json));
    const asked = channel.validateCredentials(account);
    await expect(asked).rejects.toMatchObject({ name: 'ChannelError', kind });
    await expect(asked).rejects.not.toThrow(TOKEN);
  });

  it('stands well unless its quality is red', async () => {
    const { channel } = await before(replies(200, phone));
    expect(await channel.checkAccount(account)).toEqual({
      healthy: true,
      facts: {
        quality_rating: 'GREEN',
        throughput: 'STANDARD',
        platform_type: 'CLOUD_API',
        code_verification_status: 'VERIFIED',
      },
    });
    const red = await before(replies(200, { id: PHONE_NUMBER_ID, quality_rating: 'RED' }));
    expect(await red.channel.checkAccount(account)).toEqual({
      healthy: false,
      facts: { quality_rating: 'RED' },
    });
  });

  it('is subscribed with its Business account, at the app’s own address, and unsubscribed', async () => {
    const { channel, requests } = await before(replies(200, { success: true }));
    await channel.connectAccount(account, 'https://router.example/webhooks/whatsapp');
    await channel.disconnectAccount(account);
    expect(requests[0]).toMatch(new RegExp(`^POST /v25.0/${WABA_ID}/subscribed_apps HTTP`));
    expect(requests[0]).not.toContain('router.example');
    expect(requests[1]).toMatch(new RegExp(`^DELETE /v25.0/${WABA_ID}/subscribed_apps HTTP`));
  });

  it('that cannot be subscribed says why', async () => {
    const { channel } = await before(replies(401, badToken));
    await expect(channel.connectAccount(account, null)).rejects.toMatchObject({
      kind: 'unauthorized',
      code: '190',
      message: 'Malformed access token …',
    });
  });

  it('is read from a create request, which names what is wrong, and shows no secret', () => {
    const channel = createWhatsApp({ apiUrl: 'http://x', appSecrets: [], verifyToken: '' });
    const given = { phone_number_id: PHONE_NUMBER_ID, waba_id: WABA_ID, access_token: TOKEN };
    const { id: _id, ...expected } = account;
    expect(channel.accountSchema.parse(given)).toEqual(expected);
    expect(channel.describeAccount(account)).toEqual({
      phone_number_id: PHONE_NUMBER_ID,
      waba_id: WABA_ID,
    });
    // The API learns from this which members name the account and which are secret.
    expect(Object.keys(channel.describeAccount({ externalId: '', details: {} }))).toEqual([
      'phone_number_id',
      'waba_id',
    ]);
    const wrong = channel.accountSchema.safeParse({
      phone_number_id: '+1 650',
      access_token: 'a\nb',
    });
    expect(wrong.error?.issues.map((issue) => issue.path.join('/'))).toEqual([
      'phone_number_id',
      'waba_id',
      'access_token',
    ]);
  });

  it('has no profiles to ask for', async () => {
    const { channel, requests } = await before(replies(200, {}));
    expect(await channel.fetchProfile(account, CUSTOMER)).toBeNull();
    expect(requests).toHaveLength(0);
  });
});

describe('a message', () => {
  it('is marked as read', async () => {
    const { channel, requests } = await before(replies(200, { success: true }));
    await channel.markRead?.(account, { recipientId: CUSTOMER, platformMessageId: 'wamid.1' });
    expect(bodyIn(requests[0])).toEqual({
      messaging_product: 'whatsapp',
      status: 'read',
      message_id: 'wamid.1',
    });
  });

  it('of a group cannot be, and is not tried', async () => {
    const { channel, requests } = await before(replies(200, { success: true }));
    const read = channel.markRead?.(account, {
      recipientId: GROUP_ID,
      platformMessageId: 'wamid.1',
    });
    await expect(read).rejects.toMatchObject({ kind: 'refused' });
    expect(requests).toHaveLength(0);
  });
});

describe('templates', () => {
  const template = (name: string, status = 'APPROVED') => ({
    name,
    language: 'en_US',
    status,
    category: 'UTILITY',
    components: [{ type: 'BODY', text: 'Hi {{1}}' }],
    id: '1',
  });

  it('are the approved ones of all pages, and an odd one loses no other', async () => {
    const pages = [
      {
        data: [template('a'), template('b', 'PAUSED'), null, { name: 7 }],
        paging: { cursors: { before: 'x', after: 'C2' }, next: `https://evil.example/?t=${TOKEN}` },
      },
      { data: [{ ...template('c'), category: 7, components: null }], paging: { cursors: {} } },
    ];
    let page = 0;
    const { channel, requests } = await before((socket, asked) => {
      replies(200, pages[page] ?? {})(socket, asked);
      page += 1;
    });
    const shown = {
      language: 'en_US',
      status: 'APPROVED',
      category: 'UTILITY',
      components: [{ type: 'BODY', text: 'Hi {{1}}' }],
    };
    expect(await channel.listTemplates?.(account)).toEqual([
      { name: 'a', ...shown },
      { name: 'c', ...shown, category: null, components: [] },
    ]);
    expect(requests).toHaveLength(2);
    expect(requests[0]).toMatch(new RegExp(`^GET /v25.0/${WABA_ID}/message_templates\\?fields=`));
    expect(requests[1]?.split(' ')[1]).toMatch(/&after=C2$/);
  });

  it('end where a page leads back to itself', async () => {
    const loop = { data: [template('a')], paging: { cursors: { after: 'C' }, next: 'x' } };
    const { channel, requests } = await before(replies(200, loop));
    expect(await channel.listTemplates?.(account)).toHaveLength(2);
    expect(requests).toHaveLength(2);
  });

  it('that cannot be asked for are an error, not an empty list', async () => {
    const { channel } = await before(replies(401, badToken));
    await expect(channel.listTemplates?.(account)).rejects.toMatchObject({ kind: 'unauthorized' });
  });
});
