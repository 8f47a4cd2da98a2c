import { afterEach, describe, expect, it } from '@jest/globals';
import { ChannelError, type ChannelAccount } from '../../../src/channels/channel.ts';
import { createInstagram } from '../../../src/channels/instagram/index.ts';
import { listen, replies, type Reply } from '../tcp-server.ts';
import { ACCOUNT, CUSTOMER } from './payloads.ts';

const account: ChannelAccount = {
  id: 'acc_1',
  externalId: ACCOUNT,
  details: {},
  credentials: { access_token: 'IGAAsecretsecretsecretsecret0000000001' },
};
const MESSAGE = {
  id: 'mid.1',
  created_time: '2026-11-21T09:29:10+0000',
  from: { id: CUSTOMER, username: 'ana.lima' },
  to: { data: [{ id: ACCOUNT }] },
  message: 'Is this still there?',
};

let closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closing.map((close) => close()));
  closing = [];
});

async function fetchFrom(reply: Reply) {
  const server = await listen({ reply });
  closing.push(server.close);
  const apiUrl = `${server.url}/v25.0`;
  const channel = createInstagram({ apiUrl, appSecrets: ['s'], verifyToken: 'v' });
  const fetched = channel.fetchMessage?.(account, 'mid.1');
  return { fetched, requests: server.requests };
}
const eventIn = async (answer: object) =>
  (await (await fetchFrom(replies(200, answer))).fetched)?.event;

describe('a message that is asked for by its id', () => {
  it('is what its webhook would have been', async () => {
    const { fetched, requests } = await fetchFrom(replies(200, MESSAGE));
    expect((await fetched)?.event).toMatchObject({
      kind: 'message',
      key: 'message:mid.1',
      accountExternalId: ACCOUNT,
      at: Date.parse('2026-11-21T09:29:10Z'),
      platformMessageId: 'mid.1',
      customer: { externalId: CUSTOMER },
      content: { type: 'text', text: 'Is this still there?', attachments: [] },
    });
    expect(requests[0]).toMatch(/^GET \/v25\.0\/mid\.1\?fields=id%2Ccreated_time%2Cfrom/);
  });

  it('is an echo where the account wrote it', async () => {
    const ours = { from: { id: ACCOUNT }, to: { data: [{ id: CUSTOMER }] } };
    expect(await eventIn({ ...MESSAGE, ...ours })).toMatchObject({
      kind: 'echo',
      customer: { externalId: CUSTOMER },
    });
  });

  it.each([
    ['a picture', { image_data: { url: 'https://cdn.example/a.jpg' } }, 'image'],
    ['a video', { video_data: { url: 'https://cdn.example/a.mp4' } }, 'video'],
    ['a file', { file_url: 'https://cdn.example/a.pdf', name: 'a.pdf' }, 'document'],
  ])('brings %s', async (_, attachment, type) => {
    const event = await eventIn({ ...MESSAGE, message: '', attachments: { data: [attachment] } });
    expect(event?.content).toMatchObject({ type, attachments: [{ type }] });
    expect(event?.content.attachments[0]?.url).toContain('https://cdn.example/a.');
  });

  it('brings a shared post, a mention in a story and the story that it answers', async () => {
    const url = 'https://cdn.example/s';
    const shared = await eventIn({ ...MESSAGE, shares: { data: [{ link: url }] } });
    expect(shared?.content.attachments).toMatchObject([{ type: 'share', url }]);
    const mention = await eventIn({ ...MESSAGE, story: { mention: { link: url, id: '1' } } });
    expect(JSON.stringify(mention?.content)).toContain(url);
    const answer = await eventIn({ ...MESSAGE, story: { reply_to: { link: url, id: '1' } } });
    expect(JSON.stringify(answer?.content)).toContain(url);
  });

  it('is asked for with fewer fields where the platform does not know one', async () => {
    const refusal = { error: { code: 100, message: '(#100) Tried accessing nonexisting field' } };
    const { fetched, requests } = await fetchFrom((socket, request) => {
      const isNewer = request.includes('shares');
      replies(isNewer ? 400 : 200, isNewer ? refusal : MESSAGE)(socket, request);
    });
    expect((await fetched)?.event.content.text).toBe('Is this still there?');
    expect(requests).toHaveLength(2);
  });

  it.each([
    ['refused', 400, { error: { code: 100, error_subcode: 33, message: 'no such object' } }],
    ['unauthorized', 400, { error: { code: 190, message: 'expired' } }],
    ['refused', 200, { id: 'mid.1' }],
    ['refused', 200, { ...MESSAGE, from: { id: ACCOUNT }, to: null }],
  ])('is %s for an answer %d like that', async (kind, status, body) => {
    const { fetched } = await fetchFrom(replies(status, body));
    await expect(fetched).rejects.toMatchObject({ name: 'ChannelError', kind });
    await expect(fetched).rejects.toBeInstanceOf(ChannelError);
  });
});
