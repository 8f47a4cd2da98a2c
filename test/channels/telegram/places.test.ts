import { describe, expect, it } from '@jest/globals';
import { createTelegram } from '../../../src/channels/telegram/index.ts';
import { receive } from '../../../src/channels/telegram/receive.ts';
import {
  ann,
  AT,
  message,
  only,
  PERSON,
  requestOf,
  SUPERGROUP,
  supergroup,
  update,
} from './payloads.ts';

type Json = Record<string, unknown>;
const read = (body: unknown) => receive(requestOf(body));
const readMessage = (payload: Json) => only(read(update({ message: payload })), 'message');

const inbox = { ...supergroup, title: 'News', is_direct_messages: true };
const news = { id: -100777, type: 'channel', title: 'News' };
const channelBot = { id: 136817688, is_bot: true, first_name: 'Channel' };
const directly = (more: Json = {}) =>
  message({ chat: inbox, direct_messages_topic: { topic_id: 5005, user: ann }, ...more });
const reaction = (more: Json) => ({
  message_reaction: { message_id: 7, date: AT, old_reaction: [], new_reaction: HEART, ...more },
});
const HEART = [{ type: 'emoji', emoji: '❤' }];
const press = (more: Json) => ({ callback_query: { id: '4', from: ann, data: 'x', ...more } });

describe('the direct messages of a channel', () => {
  const place = `${SUPERGROUP}/direct/${PERSON}`;
  const annThere = { externalId: place, username: 'ann_ex', name: 'Ann 👋🏽 Ärmel' };

  it('are a conversation with each person, and no group', () => {
    const tom = { id: 6006, is_bot: false, first_name: 'Tom' };
    const topic = { topic_id: 6006, user: tom };
    const events = [directly(), directly({ from: tom, direct_messages_topic: topic })].map(
      (one) => readMessage({ ...one, text: 'psst' }).customer,
    );
    expect(events).toEqual([
      annThere,
      { externalId: `${SUPERGROUP}/direct/6006`, username: null, name: 'Tom' },
    ]);
  });

  it('keep their place in answers, edits and presses of buttons', () => {
    const replied = { message_id: 6, chat: inbox };
    expect(readMessage(directly({ text: 'yes', reply_to_message: replied }))).toMatchObject({
      customer: annThere,
      replyTo: `${SUPERGROUP}:6`,
    });
    const edited = update({ edited_message: directly({ text: 'new', edit_date: AT + 1 }) });
    expect(only(read(edited), 'edited')).toMatchObject({ customer: annThere, by: 'customer' });
    const ours = directly({ from: { id: 7001, is_bot: true, first_name: 'Shop' } });
    for (const shown of [ours, { chat: inbox, message_id: 7, date: 0 }])
      expect(only(read(update(press({ message: shown }))), 'message').customer).toEqual(annThere);
  });

  it('are named by the person where the topic is damaged', () => {
    for (const direct_messages_topic of [undefined, 7, { topic_id: 0 }, { user: ann }])
      expect(readMessage(directly({ direct_messages_topic, text: 'x' })).customer).toEqual(
        annThere,
      );
  });

  it('have what the channel’s administrators write as written by the owner', () => {
    for (const author of [
      { from: channelBot, sender_chat: news },
      { from: { id: 9009, is_bot: false, first_name: 'Chief' } },
    ]) {
      const wrote = directly({ ...author, text: 'we look into it' });
      const told = { customer: annThere, content: { type: 'text', text: 'we look into it' } };
      expect(only(read(update({ message: wrote })), 'echo')).toMatchObject(told);
      const edit = update({ edited_message: { ...wrote, edit_date: AT + 1 } });
      expect(only(read(edit), 'edited')).toMatchObject({ customer: annThere, by: 'owner' });
    }
  });

  it('have the reactions of the person, and none of the channel, which tells not whose they are', () => {
    expect(only(read(update(reaction({ chat: inbox, user: ann }))), 'reaction')).toMatchObject({
      customer: annThere,
    });
    only(read(update(reaction({ chat: inbox, actor_chat: news }))), 'ignored');
  });
});

describe('a topic of a private chat', () => {
  const topic = { message_thread_id: 44, is_topic_message: true };
  const annThere = {
    externalId: `${PERSON}/44`,
    lastPlace: `${PERSON}/*`,
    username: 'ann_ex',
    name: 'Ann 👋🏽 Ärmel',
  };

  it('is a conversation of its own with the person', () => {
    expect(readMessage(message({ ...topic, text: 'in my topic' })).customer).toEqual(annThere);
    const edited = message({ ...topic, text: 'in my topic!', edit_date: AT + 1 });
    expect(only(read(update({ edited_message: edited })), 'edited').customer).toEqual(annThere);
    const pressed = press({ message: message({ ...topic, message_id: 70 }) });
    expect(only(read(update(pressed)), 'message').customer).toEqual(annThere);
  });

  it('is none without the mark of a topic, nor as the General one', () => {
    for (const other of [{ message_thread_id: 44 }, { ...topic, message_thread_id: 1 }])
      expect(readMessage(message({ ...other, text: 'x' })).customer.externalId).toBe(PERSON);
  });
});

describe('the General topic of a group', () => {
  it('is the group', () => {
    const general = { chat: supergroup, text: 'x', message_thread_id: 1, is_topic_message: true };
    expect(readMessage(message(general)).customer.group?.externalId).toBe(SUPERGROUP);
  });
});

describe('what a place is called', () => {
  const { parseRecipient } = createTelegram({ apiUrl: 'http://x' });

  it.each<[string, Json]>([
    ['a private chat', message({ text: 'x' })],
    ['its topic', message({ text: 'x', message_thread_id: 44, is_topic_message: true })],
    ['a group', message({ text: 'x', chat: supergroup })],
    [
      'its topic',
      message({ text: 'x', chat: supergroup, message_thread_id: 44, is_topic_message: true }),
    ],
    ['a channel’s direct messages', directly({ text: 'x' })],
  ])('in an event can be written to: %s', (_name, payload) => {
    const { customer } = readMessage(payload);
    const id = customer.group?.externalId ?? customer.externalId;
    expect(parseRecipient(id)).toMatchObject({ externalId: id, aliases: [] });
  });
});
