import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { ChannelEvent } from '../../src/channels/channel.ts';
import type { MessageContent } from '../../src/domain/message.ts';
import {
  accepted,
  anAccount,
  anEcho,
  aWebhook,
  beginAttempt,
  customerMessage,
  outcome,
} from '../support/builders.ts';
import { eventsOf, openTestStores, type TestStores } from '../support/database.ts';
import { post, takeHead, aDeadEvent } from './events.ts';

type Given = { at?: number; by?: 'customer' | 'owner'; id?: string };

describe('what is done to a message', () => {
  let db: TestStores;
  let account: { id: string; externalId: string };
  let customer: string;
  let id: string;

  beforeAll(async () => {
    db = await openTestStores({
      CRM_MYSQL_ENABLED: 'true',
      CRM_MYSQL_HOST: 'crm.example',
      CRM_MYSQL_USER: 'crm',
      CRM_MYSQL_PASSWORD: 'crm',
      CRM_MYSQL_DATABASE: 'crm',
    });
  });
  afterAll(() => db.close());
  beforeEach(async () => {
    account = await anAccount(db.stores);
    customer = randomUUID();
    id = `mid-${randomUUID()}`;
  });

  const receive = (...events: ChannelEvent[]) =>
    db.stores.inbound.receive(aWebhook(events, { body: Buffer.from(JSON.stringify(events)) }));
  const base = ({ at = 1_000, by = 'customer', id: of = id }: Given) => ({
    accountExternalId: account.externalId,
    key: randomUUID(),
    at,
    platformMessageId: of,
    customer: { externalId: customer },
    by,
  });
  const message = (text = 'one') =>
    customerMessage({ accountExternalId: account.externalId, customer, id, text, at: 1_000 });
  type Numbered = { revision?: number; isCount?: boolean };
  const edit = (text: string, given: Given & Numbered = {}): ChannelEvent => ({
    ...base(given),
    kind: 'edited',
    content: { type: 'text', text, attachments: [] },
    revision: given.revision ?? null,
    ...(given.isCount ? { isCount: true } : {}),
  });
  const deletion = (given: Given = {}): ChannelEvent => ({ ...base(given), kind: 'deleted' });
  const reaction = (
    emoji: string | null,
    { revision, ...given }: Given & Numbered = {},
  ): ChannelEvent => ({
    ...base(given),
    kind: 'reaction',
    ...(revision === undefined ? {} : { revision }),
    action: emoji === null ? 'unreact' : 'react',
    emoji,
  });
  const lane = () =>
    db.value<string>('select id from conversations where account_id = $1', account.id);
  const history = async () =>
    (await db.stores.conversations.listMessages(await lane(), '*', { limit: 9 }))?.items ?? [];
  const shown = async (of = id) =>
    (await history()).find(({ platformMessageId }) => platformMessageId === of);
  const told = async () =>
    (await eventsOf(db, await lane()))
      .filter(({ state }) => state !== 'discarded')
      .map(({ type, data }) => [type.slice('message.'.length), data['text'] ?? data['emoji']]);
  const parked = () =>
    db.value<number>(
      'select count(*)::int from inbound_events where account_key = $1 and parked_at is not null',
      account.id,
    );
  const everywhere = async (words: string) => {
    const tables = [
      'messages',
      'message_parts',
      'webhook_deliveries',
      'inbound_events',
      'mirror_queue',
      'auto_replies',
      'dead_letters',
      'message_fetches',
    ];
    const counts = await Promise.all(
      tables.map((table) =>
        db.value<number>(
          `select count(*)::int from ${table} t where t::text like '%' || $1 || '%'`,
          words,
        ),
      ),
    );
    const bytes = await db.value<number>(
      `select count(*)::int from inbound_requests
        where position(convert_to($1, 'UTF8') in body) > 0`,
      words,
    );
    return [...counts, bytes];
  };
  const NOWHERE = [0, 0, 0, 0, 0, 0, 0, 0, 0];

  describe('by edits', () => {
    it('holds by the platform’s time, and an older one is told to nobody', async () => {
      await receive(message());
      await receive(edit('three', { at: 9_000 }));
      await receive(edit('two', { at: 5_000 }));
      expect((await shown())?.text).toBe('three');
      expect(await told()).toEqual([
        ['received', 'one'],
        ['edited', 'three'],
      ]);
    });

    it('holds at one time by the platform’s number, else by arrival', async () => {
      await receive(message(), edit('third', { at: 5_000, revision: 3 }));
      await receive(edit('second', { at: 5_000, revision: 2 }));
      expect((await shown())?.text).toBe('third');
      await receive(edit('last', { at: 5_000 }));
      expect((await shown())?.text).toBe('last');
    });

    it('holds by the platform’s count of them, whatever its clock says', async () => {
      const counted = (text: string, revision: number, at: number) =>
        edit(text, { at, revision, isCount: true });
      await receive(message(), counted('third', 3, 5_000));
      await receive(counted('second', 2, 9_000));
      expect((await shown())?.text).toBe('third');
      await receive(counted('fourth', 4, 4_000));
      expect((await shown())?.text).toBe('fourth');
    });

    it('waits for a message that has not come yet, in one body as well', async () => {
      await receive(edit('three', { at: 9_000 }), edit('two', { at: 5_000 }));
      expect(await parked()).toBe(2);
      await receive(message());
      expect(await parked()).toBe(0);
      expect(await shown()).toMatchObject({ text: 'three', editedAt: expect.any(Date) });
      expect(await told()).toEqual([
        ['received', 'one'],
        ['edited', 'two'],
        ['edited', 'three'],
      ]);
      id = `mid-${randomUUID()}`;
      await receive(edit('better'), message('worse'));
      expect((await shown())?.text).toBe('better');
    });

    it('replaces files, unless only the words are told', async () => {
      const photo = (of: string): MessageContent => ({
        type: 'image',
        text: 'caption',
        attachments: [{ type: 'image', media_id: of }],
        details: { forwarded: { from: of, at: null, frequently: false } },
      });
      await receive({ ...message(), content: photo('OLD') });
      await receive({ ...edit('', { at: 2_000 }), content: photo('NEW') } as ChannelEvent);
      await receive({ ...edit('new words', { at: 3_000 }), wordsOnly: true } as ChannelEvent);
      const now = { text: 'new words', attachments: [{ type: 'image', media_id: 'NEW' }] };
      expect(await shown()).toMatchObject({ ...now, type: 'image' });
      const last = (await eventsOf(db, await lane())).at(-1);
      expect(last).toMatchObject({
        type: 'message.edited',
        data: { ...now, message_type: 'image', forwarded: { from: 'NEW' } },
      });
    });
  });

  describe('by a deletion', () => {
    it('stays, whatever comes later', async () => {
      await receive(message('secret'), deletion({ at: 2_000 }));
      await receive(edit('secret again', { at: 9_000 }), reaction('👍', { at: 9_000 }));
      expect(await shown()).toMatchObject({
        text: null,
        attachments: [],
        reactions: [],
        deletedAt: expect.any(Date),
      });
      expect(await told()).toEqual([
        ['received', undefined],
        ['deleted', undefined],
      ]);
      expect(await everywhere('secret')).toEqual(NOWHERE);
    });

    it('waits for a message that has not come yet, and nothing else is kept of it', async () => {
      await receive(edit('secret', { at: 3_000 }));
      await receive(deletion({ at: 2_000 }));
      await receive(edit('secret', { at: 4_000 }), reaction('👍'));
      expect(await parked()).toBe(1);
      expect(await everywhere('secret')).toEqual(NOWHERE);
      await receive(message('secret'));
      expect(await told()).toEqual([
        ['received', undefined],
        ['deleted', undefined],
      ]);
      expect(await everywhere('secret')).toEqual(NOWHERE);
    });

    it('leaves nothing of it in a webhook that brought it once more, beside something new', async () => {
      const another = () =>
        customerMessage({ accountExternalId: account.externalId, customer, id: randomUUID() });
      await receive(message('secret'));
      await receive(another(), message('secret'));
      await receive(deletion());
      expect(await everywhere('secret')).toEqual(NOWHERE);
      await receive(message('secret'), another());
      expect(await everywhere('secret')).toEqual(NOWHERE);
      expect(await history()).toHaveLength(3);
    });

    it('leaves nothing of what was announced of it and is still being asked for', async () => {
      await receive({
        ...base({}),
        kind: 'untold',
        content: { type: 'text', text: 'secret', attachments: [] },
      });
      await receive(deletion());
      expect(await everywhere('secret')).toEqual(NOWHERE);
    });

    it('empties what is on its way to the CRM, which keeps its id and sequence', async () => {
      await receive(message('secret'), edit('secret too', { at: 2_000 }), reaction('👍'));
      const before = await post(db.stores, await lane(), 503);
      await receive(deletion({ at: 3_000 }));
      await db.rows(
        'update webhook_deliveries set next_attempt_at = now() where lane_id = $1',
        await lane(),
      );
      const retried = await post(db.stores, await lane(), 200);
      expect(retried.event.id).toBe(before.event.id);
      expect(JSON.parse(retried.event.body)).toMatchObject({
        ...(JSON.parse(before.event.body) as object),
        sequence: before.sequence,
        data: { text: null, attachments: [], source: 'customer', sender_id: customer },
      });
      const last = await takeHead(db.stores, await lane());
      expect(JSON.parse(last.body)).toMatchObject({
        type: 'message.deleted',
        sequence: before.sequence + 1,
      });
      expect(await everywhere('secret')).toEqual(NOWHERE);
    });

    it('empties a dead letter, of which a replay brings no words', async () => {
      const letter = await aDeadEvent(db, account, customer);
      const [row] = await db.rows<{ platform_message_id: string }>(
        'select platform_message_id from messages where account_id = $1',
        account.id,
      );
      await receive(deletion({ id: row?.platform_message_id ?? '' }));
      expect(await db.stores.deadLetters.replay(letter.letterId, 'test')).toBeTruthy();
      await db.rows(`update webhook_deliveries set state = 'replay' where id = $1`, letter.eventId);
      const replayed = await takeHead(db.stores, letter.laneId);
      expect(JSON.parse(replayed.body)).toMatchObject({
        sequence: letter.sequence,
        data: { text: null, attachments: [] },
      });
    });
  });

  describe('by reactions', () => {
    it('holds for each person by the platform’s time', async () => {
      await receive(message(), reaction(null, { at: 9_000 }), reaction('👍', { at: 5_000 }));
      expect((await shown())?.reactions).toEqual([]);
      await receive(reaction('❤️', { at: 3_000, by: 'owner' }));
      await receive(reaction('😮', { at: 2_000, by: 'owner' }), reaction('🎉', { at: 9_500 }));
      expect((await shown())?.reactions).toMatchObject([
        { emoji: '🎉', from: 'in' },
        { emoji: '❤️', from: 'out' },
      ]);
      expect(await told()).toEqual([
        ['received', 'one'],
        ['reaction', null],
        ['reaction', '❤️'],
        ['reaction', '🎉'],
      ]);
    });

    it('stays where another one of the same person is taken back', async () => {
      const back = { ...reaction(null, { at: 7_000 }), emoji: '👍' } as ChannelEvent;
      await receive(message(), reaction('👍', { at: 5_000 }), reaction('🔥', { at: 6_000 }), back);
      expect((await shown())?.reactions).toMatchObject([{ emoji: '🔥', from: 'in' }]);
      await receive({ ...reaction(null, { at: 8_000 }), emoji: '🔥' } as ChannelEvent);
      expect((await shown())?.reactions).toEqual([]);
    });

    it('holds at one time by the platform’s number', async () => {
      const at = 5_000;
      await receive(message(), reaction(null, { at, revision: 12 }));
      await receive(reaction('👍', { at, revision: 11 }));
      expect((await shown())?.reactions).toEqual([]);
      await receive(
        reaction('🎉', { at, revision: 13 }),
        reaction('👍', { at: 4_000, revision: 14 }),
      );
      expect((await shown())?.reactions).toMatchObject([{ emoji: '🎉', from: 'in' }]);
    });

    it('waits for a message that has not come yet', async () => {
      await receive(reaction('👍', { at: 5_000 }));
      await receive(message());
      expect((await shown())?.reactions).toMatchObject([{ emoji: '👍', from: 'in' }]);
      expect((await told()).at(-1)).toEqual(['reaction', '👍']);
    });

    it('waits until the platform’s id of our own message is known', async () => {
      const { messageId } = await accepted(db.stores, account.id, { recipientId: customer });
      const { attemptId } = await beginAttempt(db.stores, messageId);
      await receive(reaction('👍'));
      await db.stores.sends.record({ attemptId, outcome: outcome.sent(id), durationMs: 1 });
      expect((await shown())?.reactions).toMatchObject([{ emoji: '👍', from: 'in' }]);
      expect(await told()).toEqual([
        ['sent', 'hello'],
        ['reaction', '👍'],
      ]);
    });
  });

  describe('by the owner in the platform’s own app', () => {
    const echo = (text: string) =>
      anEcho({ accountExternalId: account.externalId, customer, id, text, at: 1_000 });

    it('is told as the owner’s, at once', async () => {
      await receive(echo('typed'));
      await receive(edit('mended', { by: 'owner', at: 2_000 }));
      await receive(reaction('👍', { by: 'owner', at: 2_500 }));
      await receive(deletion({ by: 'owner', at: 3_000 }));
      const events = await eventsOf(db, await lane());
      expect(events.map(({ type }) => type)).toEqual([
        'message.sent',
        'message.edited',
        'message.reaction',
        'message.deleted',
      ]);
      for (const { data } of events) expect(data['source']).toBe('platform_app');
      for (const { data } of events.slice(1))
        expect(data).toMatchObject({ sender_id: account.externalId, recipient_id: customer });
      expect(await shown()).toMatchObject({ text: null, source: 'platform_app' });
    });

    it('waits with the echo while a send may claim that', async () => {
      const { messageId } = await accepted(db.stores, account.id, { recipientId: customer });
      const { attemptId } = await beginAttempt(db.stores, messageId);
      await receive(echo('wrong chat'));
      await receive(deletion({ by: 'owner', at: 2_000 }));
      expect(await parked()).toBe(2);
      await db.stores.sends.record({ attemptId, outcome: outcome.sent('other'), durationMs: 1 });
      await db.rows(
        `update inbound_events set parked_at = parked_at - interval '61 seconds'
          where account_key = $1`,
        account.id,
      );
      await db.stores.parked.sweep(100);
      expect(await shown()).toMatchObject({ text: null, deletedAt: expect.any(Date) });
      expect((await told()).slice(1)).toEqual([
        ['sent', undefined],
        ['deleted', undefined],
      ]);
      expect(await everywhere('wrong chat')).toEqual(NOWHERE);
    });

    it('never waits where the channel does not send back what is sent through it', async () => {
      account = await anAccount(db.stores, { channel: 'whatsapp' });
      const { messageId } = await accepted(db.stores, account.id, { recipientId: customer });
      await beginAttempt(db.stores, messageId);
      const webhook = aWebhook([echo('hello')], { channel: 'whatsapp' });
      await db.stores.inbound.receive(webhook);
      expect(await shown()).toMatchObject({ text: 'hello', source: 'platform_app' });
    });

    it('brings its files and all else to the CRM', async () => {
      const content: MessageContent = {
        type: 'image',
        text: null,
        attachments: [{ type: 'image', media_id: '700' }],
        details: { forwarded: { from: null, at: null, frequently: true } },
      };
      await receive({ ...echo(''), content });
      expect(await eventsOf(db, await lane())).toMatchObject([
        {
          type: 'message.sent',
          data: {
            source: 'platform_app',
            message_type: 'image',
            text: null,
            attachments: content.attachments,
            payload: null,
            ...content.details,
          },
        },
      ]);
    });
  });

  it('is found by an answer that came before what it answers', async () => {
    const answer = { ...message('yes'), platformMessageId: `${id}-2`, key: randomUUID() };
    await receive({ ...answer, replyTo: id });
    await receive(message('really?'));
    const [target, reply] = [await shown(), await shown(`${id}-2`)];
    expect(reply?.replyTo).toBe(target?.id);
    const [event] = await eventsOf(db, await lane());
    expect(event?.data['reply_to']).toBe(target?.id);
  });
});
