import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BOT, type Fixture, refusal, startFixture } from './telegram-fixture.ts';

const EVA = '5200000031';
const INBOX = '-1002200000003';
const FORUM = '-1002200000004';
const GROUP = '-1002200000005';

describe('the places of a chat', () => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await startFixture();
    const direct = { customer_id: INBOX, type: 'supergroup', title: 'News', direct_messages: true };
    for (const chat of [direct, { customer_id: FORUM, forum: true }, { customer_id: GROUP }])
      await fixture.control('POST', '/customers', { account: BOT, ...chat });
  });
  afterAll(() => fixture?.close());

  const say = (chat_id: string, place: object) =>
    fixture.bot('sendMessage', { chat_id, text: 'x', ...place });

  it('refuse General by its number, in groups and with people', async () => {
    await fixture.write(EVA, { text: 'hi', thread_id: 9 });
    for (const chat of [FORUM, EVA])
      expect(refusal(await say(chat, { message_thread_id: 1 }))).toBe(
        '400 Bad Request: message thread not found',
      );
  });

  it('are topics of a person as soon as something stands in them', async () => {
    expect(refusal(await say(EVA, { message_thread_id: 77 }))).toContain('thread not found');
    await fixture.write(EVA, { text: 'hi', thread_id: 77 });
    const { body } = await say(EVA, { message_thread_id: 77 });
    expect(body.result).toMatchObject({ message_thread_id: 77, is_topic_message: true });
  });

  it('do not matter in a group without topics', async () => {
    const { body } = await say(GROUP, { message_thread_id: 77 });
    expect(body.result).not.toHaveProperty('message_thread_id');
  });

  it('have to be told in the direct messages of a channel', async () => {
    expect((await say(INBOX, {})).status).toBe(400);
    expect((await say(INBOX, { direct_messages_topic_id: Number(EVA) })).status).toBe(400);
    await fixture.write(INBOX, { text: 'psst', from: { id: EVA, name: 'Eva' } });
    const { body } = await say(INBOX, { direct_messages_topic_id: Number(EVA) });
    expect(body.result).toMatchObject({
      chat: { is_direct_messages: true },
      direct_messages_topic: { topic_id: Number(EVA), user: { first_name: 'Eva' } },
    });
  });

  it('are direct messages in a supergroup only, and the channel writes to somebody only there', async () => {
    const person = { account: BOT, customer_id: EVA, direct_messages: true };
    expect((await fixture.control('POST', '/customers', person)).status).toBe(400);
    expect((await fixture.act(GROUP, 'messages', { text: 'x', direct_to: EVA })).status).toBe(409);
  });
});
