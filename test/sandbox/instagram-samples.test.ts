import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MESSAGE_SAMPLES } from '../../sandbox/instagram/message-samples.ts';
import { receive } from '../../src/channels/instagram/receive.ts';
import { until } from './http.ts';
import { ACCOUNT, type Fixture, startFixture } from './instagram-fixture.ts';

type Json = Record<string, unknown>;
type Entry = { time: number; messaging?: Json[]; standby?: Json[] };

let fixture: Fixture;
let mid: string;
beforeAll(async () => {
  fixture = await startFixture();
  mid = await fixture.write('c1', { text: 'hello' });
  await until('the first webhook arrives', () => entries().length === 1);
});
afterAll(() => fixture?.close());

function entries(): Entry[] {
  return fixture.receiver.received.flatMap(({ body }) => body.entry as unknown as Entry[]);
}

/** The entry that this action adds, and the mid that it answers. */
async function told(path: string, body: object): Promise<{ entry: Entry; mid: unknown }> {
  const before = entries().length;
  const url = `/instagram/customers/c1/${path}`;
  const answer = await fixture.control('POST', url, { account: ACCOUNT, ...body });
  expect(answer).toMatchObject({ status: 200 });
  await until('the webhook arrives', () => entries().length > before);
  return { entry: entries().at(-1)!, mid: answer.body['mid'] };
}

/** What the router reads of the newest webhook. */
function read(): Json {
  const body = Buffer.from(fixture.receiver.received.at(-1)?.raw ?? '');
  const [event] = receive({ body, headers: {}, query: {} } as never);
  return event as unknown as Json;
}

const OWNER = { sender: { id: ACCOUNT }, recipient: { id: 'c1' } };

describe('messages of every kind', () => {
  it('are listed, and come as the list shows them', async () => {
    const { body } = await fixture.control('GET', '/instagram/samples');
    const samples = body['data'] as { sample: string; members: Json }[];
    expect(samples.map(({ sample }) => sample)).toEqual(Object.keys(MESSAGE_SAMPLES));
    for (const { sample, members } of samples) {
      const { entry, mid: own } = await told('messages', { sample });
      const [item] = entry.messaging ?? [];
      expect(item).toMatchObject({ sender: { id: 'c1' }, ...members });
      if (!('referral' in members)) expect(JSON.stringify(item)).toContain(JSON.stringify(own));
    }
  });

  it.each([
    ['ad_referral', 'referral'],
    ['ad_postback', 'referral'],
    ['link_referral', 'referral'],
    ['asked_about_product', 'referral'],
    ['quick_reply', 'answer'],
    ['template_button', 'answer'],
    ['story_reply', 'story'],
    ['story_mention', 'story'],
    ['story_share', 'story'],
    ['shared_product', 'product'],
  ])('%s is what the router tells as `%s`', async (sample, member) => {
    await told('messages', { sample });
    expect(read()).toMatchObject({ content: { details: { [member]: expect.anything() } } });
  });

  it('shared_post, which Instagram tells twice, is one attachment with its title', async () => {
    await told('messages', { sample: 'shared_post' });
    expect(read()).toMatchObject({ content: { attachments: [{ title: 'Our new cup' }] } });
    expect((read()['content'] as { attachments: object[] }).attachments).toHaveLength(1);
  });

  it('can have members changed', async () => {
    const members = { quick_reply: { payload: 'NO' } };
    const { entry } = await told('messages', { sample: 'quick_reply', members });
    expect(entry.messaging?.[0]).toMatchObject({ message: members });
  });

  it('come in `standby` while another app holds the thread', async () => {
    const { entry } = await told('messages', { text: 'hi', standby: true });
    expect(entry).not.toHaveProperty('messaging');
    expect(entry.standby?.[0]).toMatchObject({ message: { text: 'hi' } });
    expect(read()).toMatchObject({ content: { details: { standby: true } } });
  });
});

describe('what the owner does in Instagram itself has the two sides swapped', () => {
  it('a file, a change, a reaction and a taking back', async () => {
    const attachments = [{ type: 'image', url: 'https://example.com/a.png' }];
    const sent = await told('app-messages', { attachments });
    expect(sent.entry.messaging?.[0]).toMatchObject({
      ...OWNER,
      message: { is_echo: true, attachments: [{ type: 'image' }] },
    });
    const typed = await told('app-messages', { text: 'typed' });
    const about = { mid: typed.mid, by: 'owner' };
    expect((await told('edit', { ...about, text: 'better' })).entry.messaging?.[0]).toMatchObject({
      ...OWNER,
      message_edit: { mid: typed.mid, text: 'better', num_edit: 1 },
    });
    const reacted = await told('reactions', { mid, emoji: '👍', by: 'owner' });
    expect(reacted.entry.messaging?.[0]).toMatchObject({ ...OWNER, reaction: { mid } });
    expect((await told('unsend', about)).entry.messaging?.[0]).toMatchObject({
      ...OWNER,
      message: { mid: typed.mid, is_echo: true, is_deleted: true },
    });
    expect(read()).toMatchObject({ kind: 'deleted', by: 'owner' });
  });
});

describe('webhooks can be', () => {
  const settings = (change: object) => fixture.control('PUT', '/instagram/settings', change);

  it('of a change that comes before its message', async () => {
    const before = entries().length;
    await fixture.control('POST', '/instagram/webhooks', { mode: 'hold' });
    const own = await fixture.write('c1', { text: 'wrong chat' });
    await fixture.control('POST', '/instagram/customers/c1/unsend', { account: ACCOUNT, mid: own });
    await fixture.control('POST', '/instagram/webhooks', { mode: 'reverse' });
    await until('both arrive', () => entries().length === before + 2);
    const items = entries()
      .slice(before)
      .map(({ messaging }) => messaging?.[0]?.['message']);
    expect(items).toEqual([
      { mid: own, is_deleted: true },
      { mid: own, text: 'wrong chat' },
    ]);
  });

  it('with flags as text', async () => {
    await settings({ flags_as_text: true });
    const { entry } = await told('app-messages', { text: 'typed' });
    expect(entry.messaging?.[0]).toMatchObject({ message: { is_echo: 'true' } });
    expect(read()).toMatchObject({ kind: 'echo' });
    await settings({ flags_as_text: false });
  });

  it('in whole seconds', async () => {
    await settings({ times: 'seconds' });
    const at = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
    const { entry } = await told('messages', { text: 'when?', timestamp: at });
    expect(entry.messaging?.[0]).toMatchObject({ timestamp: Math.floor(at / 1000) });
    expect(entry.time).toBeLessThan(10_000_000_000);
    expect(read()).toMatchObject({ at: Math.floor(at / 1000) * 1000 });
    await settings({ times: 'milliseconds' });
  });
});
