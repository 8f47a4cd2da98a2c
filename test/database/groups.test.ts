import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ChannelEvent, Customer } from '../../src/channels/channel.ts';
import { accepted, anAccount, aWebhook, customerMessage } from '../support/builders.ts';
import { eventsOf, openTestStores, type TestStores } from '../support/database.ts';

describe('a group', () => {
  let db: TestStores;
  let account: { id: string; externalId: string };
  let group: string;

  beforeAll(async () => void (db = await openTestStores()));
  beforeEach(async () => {
    account = await anAccount(db.stores);
    group = `-100${randomUUID()}`;
  });
  afterAll(() => db.close());

  const from = (customer: Customer, text = 'hi') => ({
    ...customerMessage({ accountExternalId: account.externalId, customer: '', text }),
    customer,
  });
  const member = (externalId: string, given: Partial<Customer> = {}) => ({
    externalId: `${group}/${externalId}`,
    group: { externalId: group, title: 'Book club' },
    ...given,
  });
  const receive = (...events: ChannelEvent[]) => db.stores.inbound.receive(aWebhook(events));
  const conversations = async () =>
    (await db.stores.conversations.list('*', { limit: 50, accountId: account.id })).items;
  const theOne = async () => {
    const [found, ...others] = await conversations();
    expect(others).toEqual([]);
    if (!found) throw new Error('there is no conversation');
    return found;
  };
  const usersOf = (externalId: string) =>
    db.rows<{ user_id: string; conversation_id: string | null }>(
      'select user_id, conversation_id from external_identities where account_id = $1 and external_id = $2',
      account.id,
      externalId,
    );

  it('is one conversation with a title, and its members are the participants', async () => {
    await receive(from(member('ana', { username: 'ana' })), from(member('bo', { name: 'Bo' })));
    await receive(from(member('ana')));
    expect(await theOne()).toMatchObject({
      type: 'GROUP',
      title: 'Book club',
      recipientId: group,
      customerWroteAt: expect.any(Date),
      participants: expect.arrayContaining([
        expect.objectContaining({ username: 'ana', role: 'CUSTOMER' }),
        expect.objectContaining({ name: 'Bo' }),
      ]),
    });
    expect((await theOne()).participants).toHaveLength(2);
  });

  it('tells the CRM who wrote, and where to answer', async () => {
    await receive(from(member('ana', { username: 'ana' }), 'hello all'));
    const [event] = await eventsOf(db, (await theOne()).id);
    expect(event?.data).toMatchObject({
      sender_id: `${group}/ana`,
      group: { id: group, title: 'Book club' },
      text: 'hello all',
    });
    const next = await db.stores.deliveries.next((await theOne()).id);
    if (next.do !== 'post') throw new Error(`nothing to post: ${next.do}`);
    const body = JSON.parse(next.event.body) as { data: { sender_username: string } };
    expect(body.data.sender_username).toBe('ana');
  });

  it('is written to by its id, or by its conversation', async () => {
    await receive(from(member('ana')));
    const { id } = await theOne();
    const byRecipient = await accepted(db.stores, account.id, { recipientId: group });
    expect(byRecipient.conversationId).toBe(id);
    const byId = await accepted(db.stores, account.id, { to: { conversationId: id } });
    expect(byId.conversationId).toBe(id);
  });

  it('that the CRM wrote to first is a group as soon as somebody answers', async () => {
    const sent = await accepted(db.stores, account.id, { recipientId: group });
    await receive(from(member('ana')));
    expect(await theOne()).toMatchObject({
      id: sent.conversationId,
      type: 'GROUP',
      title: 'Book club',
      recipientId: group,
    });
  });

  it('and the private chat of a member are two conversations of the same person', async () => {
    await receive(from(member('ana', { username: 'ana' }), 'in the group'));
    const ana = `${group}/ana`;
    const [before] = await usersOf(ana);
    expect(before?.conversation_id).toBeNull();
    await receive(from({ externalId: ana }, 'in private'));
    await receive(from(member('ana'), 'in the group again'));
    const [after] = await usersOf(ana);
    expect(after?.user_id).toBe(before?.user_id);
    const found = await conversations();
    expect(found.map(({ type }) => type).sort()).toEqual(['DIRECT', 'GROUP']);
    const direct = found.find(({ type }) => type === 'DIRECT');
    expect(direct).toMatchObject({ recipientId: ana, id: after?.conversation_id });
    expect(direct?.participants).toMatchObject([{ username: 'ana' }]);
    const texts = await db.rows(
      `select text from messages where conversation_id = $1 order by created_at`,
      found.find(({ type }) => type === 'GROUP')?.id,
    );
    expect(texts.map(({ text }) => text)).toEqual(['in the group', 'in the group again']);
  });

  it('that writes in its own name is one sender, however often it does', async () => {
    for (let count = 0; count < 3; count += 1)
      await receive(from({ externalId: group, group: { externalId: group } }));
    expect((await theOne()).participants).toHaveLength(1);
  });

  it('becomes one when many members write for the first time at once', async () => {
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        receive(from(member(`m${index % 5}`)), from(member(`m${(index + 1) % 5}`))),
      ),
    );
    expect((await theOne()).participants).toHaveLength(5);
  });

  describe('whose members react', () => {
    const react = (
      who: Customer,
      emoji: string | null,
      platformMessageId = `mid-${group}`,
    ): ChannelEvent => ({
      kind: 'reaction',
      accountExternalId: account.externalId,
      key: randomUUID(),
      at: null,
      customer: who,
      platformMessageId,
      by: 'customer',
      action: emoji === null ? 'unreact' : 'react',
      emoji,
    });
    const shown = async () => {
      const { id, participants } = await theOne();
      const page = await db.stores.conversations.listMessages(id, '*', { limit: 5 });
      return (page?.items[0]?.reactions ?? []).map(({ emoji, from: side, participant_id: by }) => ({
        emoji,
        side,
        name: participants.find((one) => one.id === by)?.name,
      }));
    };

    beforeEach(() =>
      receive({ ...from(member('ana', { name: 'Ana' })), platformMessageId: `mid-${group}` }),
    );

    it('keeps one reaction of each, and says whose it is', async () => {
      await receive(react(member('ana'), '👍'));
      await receive(react(member('cy', { name: 'Cy' }), '🔥'));
      await receive(react(member('ana'), '❤️'));
      expect(await shown()).toEqual([
        { emoji: '❤️', side: 'in', name: 'Ana' },
        { emoji: '🔥', side: 'in', name: 'Cy' },
      ]);
      await receive(react(member('ana'), null));
      expect(await shown()).toEqual([{ emoji: '🔥', side: 'in', name: 'Cy' }]);
    });

    it('has one who wrote only in private among its participants then', async () => {
      await receive(from({ externalId: `${group}/bo`, name: 'Bo' }));
      await receive(react(member('bo'), '👍'));
      const { items } = await db.stores.conversations.list('*', {
        limit: 5,
        accountId: account.id,
      });
      const { participants } = items.find(({ type }) => type === 'GROUP') ?? {};
      expect(participants?.map(({ name }) => name)).toContain('Bo');
    });

    it('shows them in the topic where the message stands, which need not be told', async () => {
      const topic = { externalId: `${group}/7`, title: 'Plans' };
      const platformMessageId = `mid-topic-${group}`;
      await receive({ ...from(member('ana', { group: topic })), platformMessageId });
      await receive(react(member('cy'), '🔥', platformMessageId));
      const there = (await conversations()).find(({ recipientId }) => recipientId.endsWith('/7'));
      expect(there?.participants).toHaveLength(2);
      expect((await eventsOf(db, there?.id ?? '')).map(({ type }) => type)).toEqual([
        'message.received',
        'message.reaction',
      ]);
    });

    it('tells the CRM who it was', async () => {
      await receive(react(member('cy'), '🔥'));
      expect((await eventsOf(db, (await theOne()).id))[1]?.data).toMatchObject({
        sender_id: `${group}/cy`,
        group: { id: group },
        emoji: '🔥',
      });
    });
  });

  it('keeps its history when it gets another id', async () => {
    await receive(from(member('ana'), 'before'));
    const { id } = await theOne();
    const next = `${group}-super`;
    await receive(
      {
        kind: 'identity_changed',
        accountExternalId: account.externalId,
        key: randomUUID(),
        at: null,
        customer: { externalId: group, group: { externalId: group } },
        now: { externalId: next, aliases: [] },
      },
      from(member('ana', { group: { externalId: next } }), 'after'),
    );
    expect(await theOne()).toMatchObject({ id, recipientId: next, title: 'Book club' });
  });
});
