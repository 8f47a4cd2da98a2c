import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ChannelEvent, Customer } from '../../src/channels/channel.ts';
import {
  accepted,
  aChannel,
  aMessage,
  anAccount,
  aWebhook,
  beginAttempt,
  customerMessage,
  outcome,
  someChannels,
  tryOnce,
} from '../support/builders.ts';
import { createStores } from '../../src/database/stores.ts';
import {
  countDeadlocks,
  openTestStores,
  testConfig,
  type TestStores,
} from '../support/database.ts';

describe('the ids of a customer', () => {
  let db: TestStores;
  let account: { id: string; externalId: string };
  /** Ids of this test alone. */
  let id: (name: string) => string;

  beforeAll(async () => void (db = await openTestStores()));
  beforeEach(async () => {
    account = await anAccount(db.stores);
    const own = randomUUID().slice(0, 8);
    id = (name) => `${name}-${own}`;
  });
  afterAll(() => db.close());

  const receive = (...events: ChannelEvent[]) => db.stores.inbound.receive(aWebhook(events));
  const from = (customer: Customer, given: { text?: string; at?: number } = {}) => ({
    ...customerMessage({ accountExternalId: account.externalId, customer: '', ...given }),
    customer,
  });
  const person = (externalId: string, ...aliases: string[]) => ({
    externalId: id(externalId),
    aliases: aliases.map(id),
  });
  const changed = (customer: Customer, newId: string, ...aliases: string[]): ChannelEvent => ({
    kind: 'identity_changed',
    accountExternalId: account.externalId,
    key: randomUUID(),
    at: null,
    customer,
    now: { externalId: id(newId), aliases: aliases.map(id) },
  });
  const conversationOf = async (name: string) =>
    (
      await db.rows<{ conversation_id: string | null }>(
        'select conversation_id from external_identities where account_id = $1 and external_id = $2',
        account.id,
        id(name),
      )
    )[0]?.conversation_id;
  const find = (conversationId: string | null | undefined) =>
    db.stores.conversations.find(conversationId ?? '', '*');
  const conversations = () =>
    db.value<number>('select count(*)::int from conversations where account_id = $1', account.id);
  const textsOf = async (conversationId: string) =>
    ((await db.stores.conversations.listMessages(conversationId, '*', { limit: 50 }))?.items ?? [])
      .map(({ text }) => text)
      .reverse();

  /** Stores whose channel reads `a,b` as the id `a` with the alias `b`. */
  function withAliases() {
    const channel = aChannel({
      name: 'instagram',
      parseRecipient(recipient) {
        const [externalId = '', ...aliases] = recipient.split(',');
        return externalId === '' ? null : { externalId, aliases };
      },
    });
    return createStores(db.database, someChannels(channel), testConfig(db.url));
  }

  it('all lead to the same conversation, whichever it was that came first', async () => {
    await receive(from(person('phone', 'user', 'variant')));
    await receive(from(person('user')));
    await receive(from(person('variant', 'user')));
    const { conversationId } = await accepted(db.stores, account.id, {
      recipientId: id('variant'),
    });
    expect(conversationId).toBe(await conversationOf('phone'));
    expect(await conversations()).toBe(1);
    expect(await textsOf(conversationId)).toHaveLength(4);
  });

  it('are found for the CRM as for the customer', async () => {
    const sent = await accepted(withAliases(), account.id, {
      recipientId: `${id('5511')},${id('55119')}`,
    });
    await receive(from(person('55119')));
    expect(await conversationOf('55119')).toBe(sent.conversationId);
    expect(await conversations()).toBe(1);
  });

  it('that meet make one conversation go on, and the other says which', async () => {
    await receive(from(person('phone'), { text: 'as a number' }));
    await receive(from(person('user'), { text: 'as a name' }));
    const [one, two] = [await conversationOf('phone'), await conversationOf('user')];
    expect(two).not.toBe(one);
    await receive(from(person('phone', 'user'), { text: 'as both' }));
    expect(await conversationOf('phone')).toBe(one);
    expect(await conversationOf('user')).toBe(one);
    expect((await find(two))?.supersededBy).toBe(one);
    expect((await find(one))?.supersededBy).toBeNull();
    expect(await textsOf(one ?? '')).toEqual(['as a number', 'as both']);
    expect(await textsOf(two ?? '')).toEqual(['as a name']);
    await receive(from(person('user'), { text: 'later' }));
    expect(await textsOf(one ?? '')).toEqual(['as a number', 'as both', 'later']);
  });

  it('that meet once more never make two conversations point at each other', async () => {
    await receive(from(person('a')), from(person('b')), from(person('c')));
    const [a, b] = [await conversationOf('a'), await conversationOf('b')];
    await receive(from(person('a', 'b')));
    expect((await find(b))?.supersededBy).toBe(a);
    // `b`'s conversation still has another id, under which the customer writes now.
    await db.rows(
      `update external_identities set conversation_id = $1 where external_id = $2`,
      b,
      id('c'),
    );
    await receive(from(person('c', 'a')));
    expect((await find(b))?.supersededBy).toBeNull();
    expect((await find(a))?.supersededBy).toBe(b);
  });

  it('that meet when the CRM writes do the same', async () => {
    await receive(from(person('x')), from(person('y')));
    const [x, y] = [await conversationOf('x'), await conversationOf('y')];
    const sent = await accepted(withAliases(), account.id, {
      recipientId: `${id('x')},${id('y')}`,
    });
    expect(sent.conversationId).toBe(x);
    expect((await find(y))?.supersededBy).toBe(x);
  });

  it('never deadlock when they meet while both conversations are busy', async () => {
    const pairs = Array.from({ length: 8 }, (_, index) => [`p${index}`, `q${index}`] as const);
    await receive(...pairs.flat().map((name) => from(person(name))));
    const open = await Promise.all(
      pairs.flat().map((name) => accepted(db.stores, account.id, { recipientId: id(name) })),
    );
    const attempts = await Promise.all(open.map((each) => beginAttempt(db.stores, each.messageId)));
    const deadlocks = await countDeadlocks(db, ({ inbound, sends }) =>
      Promise.all([
        ...pairs.map(([p, q]) => inbound.receive(aWebhook([from(person(q, p))]))),
        ...attempts.map(({ attemptId }) =>
          sends.record({
            attemptId,
            outcome: { ...outcome.throttled({ retryAfterMs: 1000 }), scope: 'account' },
            durationMs: 1,
          }),
        ),
      ]),
    );
    expect(deadlocks).toBe(0);
    for (const [p, q] of pairs)
      expect((await find(open[pairs.flat().indexOf(p)]?.conversationId))?.supersededBy).toBe(
        await conversationOf(q),
      );
  });

  it('make one conversation when two first contacts under different ids come at once', async () => {
    for (let round = 0; round < 10; round += 1) {
      const [a, b, c] = [`a${round}`, `b${round}`, `c${round}`];
      const before = await conversations();
      await Promise.all([
        receive(from(person(a, b, c))),
        receive(from(person(b, a))),
        receive(from(person(c, b))),
        accepted(withAliases(), account.id, { recipientId: `${id(b)},${id(c)}` }),
      ]);
      expect(await conversations()).toBe(before + 1);
      const all = await Promise.all([a, b, c].map(conversationOf));
      expect(new Set(all).size).toBe(1);
    }
  });

  it('of two people are never taken for one', async () => {
    const names = Array.from({ length: 12 }, (_, index) => `person${index}`);
    await Promise.all(
      names.flatMap((name) => [
        receive(from(person(name, `${name}-alias`))),
        receive(from(person(`${name}-alias`, name))),
      ]),
    );
    expect(await conversations()).toBe(12);
    expect(
      await db.value(
        `select count(*)::int from conversations where account_id = $1 and superseded_by is not null`,
        account.id,
      ),
    ).toBe(0);
  });

  describe('that change', () => {
    it('keep the conversation, which is answered at the new one', async () => {
      await receive(from(person('old'), { text: 'before' }));
      const conversationId = await conversationOf('old');
      await receive(changed(person('old'), 'new'));
      expect((await find(conversationId))?.recipientId).toBe(id('new'));
      await receive(from(person('new'), { text: 'after' }));
      expect(await textsOf(conversationId ?? '')).toEqual(['before', 'after']);
      const sent = await accepted(db.stores, account.id, { recipientId: id('old') });
      expect(sent.conversationId).toBe(conversationId);
      expect((await beginAttempt(db.stores, sent.messageId)).recipientId).toBe(id('new'));
    });

    it('one after the other leave what is written to at the one that is preferred', async () => {
      await receive(from(person('phone', 'user')));
      const conversationId = await conversationOf('phone');
      await receive(
        changed(person('phone', 'user'), 'phone2', 'user2'),
        changed(person('phone2', 'user2'), 'phone2', 'user3'),
      );
      expect((await find(conversationId))?.recipientId).toBe(id('phone2'));
      for (const name of ['phone2', 'user2', 'user3'])
        expect(await conversationOf(name)).toBe(conversationId);
    });

    it('leave what is written to where it is another one than those that changed', async () => {
      await receive(from(person('phone', 'user')));
      const conversationId = await conversationOf('phone');
      await receive(changed(person('user'), 'user2'));
      expect((await find(conversationId))?.recipientId).toBe(id('phone'));
      expect(await conversationOf('user2')).toBe(conversationId);
    });

    it('are followed by what the same batch brings from the new one', async () => {
      await receive(from(person('old'), { text: 'before' }));
      const conversationId = await conversationOf('old');
      await receive(changed(person('old'), 'new'), from(person('new'), { text: 'after' }));
      expect(await conversationOf('new')).toBe(conversationId);
      expect(await conversations()).toBe(1);
      expect(await textsOf(conversationId ?? '')).toEqual(['before', 'after']);
    });

    it('to one that has a conversation already make the old one say so', async () => {
      await receive(from(person('old')), from(person('new')));
      const [old, next] = [await conversationOf('old'), await conversationOf('new')];
      await receive(changed(person('old'), 'new'));
      expect(await find(old)).toMatchObject({ supersededBy: next, recipientId: id('new') });
      expect(await conversationOf('old')).toBe(next);
    });

    it('change nothing for a customer of whom nothing is known', async () => {
      expect(await receive(changed(person('nobody'), 'new'))).toMatchObject({ stored: 1 });
      expect(await conversations()).toBe(0);
      expect(await conversationOf('new')).toBeUndefined();
    });

    it('are followed by a send that the platform answers with the new one, in order', async () => {
      const recipientId = id('group');
      const first = await accepted(db.stores, account.id, { recipientId, text: 'one' });
      const second = await accepted(db.stores, account.id, { recipientId, text: 'two' });
      const moved = {
        class: 'migrated',
        newRecipientId: id('supergroup'),
        code: '400',
        message: 'It moved.',
      } as const;
      expect(await tryOnce(db.stores, first.messageId, moved)).toEqual({ do: 'retry', delayMs: 0 });
      const look = await db.stores.sends.begin({
        messageId: second.messageId,
        round: 1,
        attemptId: randomUUID(),
        leaseMs: 12_000,
      });
      expect(look.do).toBe('end');
      for (const { messageId } of [first, second]) {
        const attempt = await beginAttempt(db.stores, messageId);
        expect(attempt.recipientId).toBe(id('supergroup'));
        const sent = { attemptId: attempt.attemptId, outcome: outcome.sent(), durationMs: 1 };
        expect(await db.stores.sends.record(sent)).toEqual({ do: 'done', status: 'sent' });
      }
      await receive(from(person('supergroup')));
      expect(await conversations()).toBe(1);
    });

    it('to a known one while a message waits send it to the new one, not to the old again', async () => {
      await receive(from(person('supergroup')));
      const { messageId, conversationId } = await accepted(db.stores, account.id, {
        recipientId: id('group'),
      });
      const newRecipientId = id('supergroup');
      await tryOnce(db.stores, messageId, {
        class: 'migrated',
        newRecipientId,
        code: '400',
        message: 'It moved.',
      });
      expect((await beginAttempt(db.stores, messageId)).recipientId).toBe(newRecipientId);
      expect((await find(conversationId))?.supersededBy).toBe(await conversationOf('supergroup'));
    });

    it('never deadlock when a send and webhooks tell of it at once', async () => {
      const names = Array.from({ length: 10 }, (_, index) => `m${index}`);
      const open = await Promise.all(
        names.map((name) => accepted(db.stores, account.id, { recipientId: id(name) })),
      );
      const attempts = await Promise.all(
        open.map(({ messageId }) => beginAttempt(db.stores, messageId)),
      );
      const deadlocks = await countDeadlocks(db, ({ inbound, sends }) =>
        Promise.all(
          names.flatMap((name, index) => [
            inbound.receive(aWebhook([from(person(`${name}-new`)), from(person(name))])),
            inbound.receive(aWebhook([changed(person(name), `${name}-new`)])),
            sends.record({
              attemptId: attempts[index]?.attemptId ?? '',
              outcome: {
                class: 'migrated',
                newRecipientId: id(`${name}-new`),
                code: '400',
                message: 'It moved.',
              },
              durationMs: 1,
            }),
          ]),
        ),
      );
      expect(deadlocks).toBe(0);
      for (const { conversationId } of open) {
        const row = await find(conversationId);
        // By whichever way it was told: it is written to the new id, unless the customer wrote last.
        expect(row?.recipientId).toMatch(/^m\d+/);
      }
    });
  });

  describe('that a send tells of', () => {
    const sentTo = (recipientAlias: string) =>
      ({ class: 'sent', platformMessageId: randomUUID(), recipientAlias }) as const;

    it('lead to the conversation from then on', async () => {
      const { messageId, conversationId } = await accepted(db.stores, account.id, {
        recipientId: id('55119'),
      });
      await tryOnce(db.stores, messageId, sentTo(id('5511')));
      await receive(from(person('5511')));
      expect(await conversationOf('5511')).toBe(conversationId);
      expect(await conversations()).toBe(1);
    });

    it('are left to the conversation that they stand for', async () => {
      await receive(from(person('5511')));
      const theirs = await conversationOf('5511');
      const { messageId } = await accepted(db.stores, account.id, { recipientId: id('55119') });
      await tryOnce(db.stores, messageId, sentTo(id('5511')));
      expect(await conversationOf('5511')).toBe(theirs);
    });

    it('are not lost when somebody in a group had them first', async () => {
      await receive(from({ externalId: id('5511'), group: { externalId: id('group') } }));
      const { messageId, conversationId } = await accepted(db.stores, account.id, {
        recipientId: id('55119'),
      });
      await tryOnce(db.stores, messageId, sentTo(id('5511')));
      expect(await conversationOf('5511')).toBe(conversationId);
    });
  });

  it('that wrote are written to, and open the window', async () => {
    const at = Date.now() - 3_600_000;
    await receive(from(person('phone', 'user'), { at }));
    const conversationId = await conversationOf('phone');
    expect(await find(conversationId)).toMatchObject({
      recipientId: id('phone'),
      customerWroteAt: new Date(at),
    });
    // Older than what is known, and from the other id.
    await receive(from(person('user', 'phone'), { at: at - 60_000 }));
    expect(await find(conversationId)).toMatchObject({
      recipientId: id('user'),
      customerWroteAt: new Date(at),
    });
    // A clock that runs ahead must not keep the window open for ever.
    await receive(from(person('user'), { at: Date.now() + 30 * 86_400_000 }));
    const wrote = (await find(conversationId))?.customerWroteAt?.getTime() ?? 0;
    expect(wrote).toBeLessThanOrEqual(Date.now() + 1000);
  });

  it('that cannot be reached say so until the customer writes or lets us in', async () => {
    const reachability = (reachable: boolean): ChannelEvent => ({
      kind: 'reachability',
      accountExternalId: account.externalId,
      key: randomUUID(),
      at: null,
      customer: person('phone'),
      reachable,
    });
    const since = async () =>
      (await db.stores.outlooks.ofConversation((await conversationOf('phone')) ?? '', '*'))
        ?.unreachableSince;
    expect(await receive(reachability(false))).toMatchObject({ stored: 1 });
    expect(await conversations()).toBe(0);
    await receive(from(person('phone')));
    expect(await since()).toBeNull();
    await receive(reachability(false));
    const first = await since();
    expect(first).toBeInstanceOf(Date);
    await receive(reachability(false));
    expect(await since()).toEqual(first);
    await receive(reachability(true));
    expect(await since()).toBeNull();
    await receive(reachability(false));
    await receive(from(person('phone')));
    expect(await since()).toBeNull();
  });

  it('that the platform cannot have are refused, and leave nothing behind', async () => {
    const before = await conversations();
    const result = await withAliases().messages.accept(aMessage(account.id, { recipientId: ',' }));
    expect(result).toEqual({ kind: 'recipient_invalid', channel: 'instagram' });
    expect(await conversations()).toBe(before);
  });
});
