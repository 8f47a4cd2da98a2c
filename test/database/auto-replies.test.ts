import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ChannelEvent } from '../../src/channels/channel.ts';
import type { AutoReplySettings } from '../../src/database/auto-reply-store.ts';
import { MOST_RULES } from '../../src/database/auto-reply-store.ts';
import { MOST_AUTO_REPLIES_PER_HOUR } from '../../src/domain/auto-reply.ts';
import {
  anAccount,
  anEcho,
  aWebhook,
  beginAttempt,
  customerMessage,
  outcome,
  tryOnce,
} from '../support/builders.ts';
import { eventsOf, openTestStores, type TestStores } from '../support/database.ts';

describe('automatic answers', () => {
  let db: TestStores;
  let account: { id: string; externalId: string };

  beforeAll(async () => void (db = await openTestStores()));
  beforeEach(async () => void (account = await anAccount(db.stores)));
  afterAll(() => db.close());

  async function rule(change: Partial<AutoReplySettings> = {}) {
    const settings: AutoReplySettings = {
      enabled: true,
      priority: 100,
      match: 'exact',
      pattern: 'order66',
      caseSensitive: false,
      activeHours: null,
      cooldownSeconds: 60,
      text: 'It is on its way.',
      ...change,
    };
    const result = await db.stores.autoReplies.create(account.id, settings, 'test');
    if (result.kind !== 'done') throw new Error(`no rule: ${result.kind}`);
    return result.rule;
  }

  const says = (customer: string, text: string, more: object = {}) => ({
    ...customerMessage({ accountExternalId: account.externalId, customer, text }),
    ...more,
  });
  const receive = (...events: ChannelEvent[]) => db.stores.inbound.receive(aWebhook(events));

  type Answer = { id: string; conversation_id: string; text: string; status: string };
  const answers = () =>
    db.rows<Answer>(
      `select id, conversation_id, text, status from messages
        where account_id = $1 and source = 'auto_reply' order by created_at, lane_seq`,
      account.id,
    );
  const texts = async () => (await answers()).map(({ text }) => text);

  it('wait to be sent as soon as the customer’s message is kept', async () => {
    await rule();
    await receive(says('ana', 'Order66 '));
    const [answer, ...others] = await answers();
    expect(others).toEqual([]);
    expect(answer).toMatchObject({ text: 'It is on its way.', status: 'pending' });
    const { rows } = {
      rows: await db.rows(
        'select source, trace_id, lane_seq from messages where id = $1',
        answer?.id,
      ),
    };
    expect(rows).toEqual([{ source: 'auto_reply', trace_id: 'trace-in', lane_seq: '1' }]);
    expect(
      await db.value(
        `select count(*)::int from outbox where kind = 'send_message' and target = $1`,
        answer?.id,
      ),
    ).toBe(1);
    const status = await db.stores.messages.findStatus(answer?.id ?? '', '*');
    expect(status?.transitions).toMatchObject([{ status: 'pending', source: 'router' }]);
  });

  it('are given once, however often and however fast the platform says it', async () => {
    await rule({ cooldownSeconds: 0 });
    const event = says('bea', 'order66');
    await Promise.all(Array.from({ length: 8 }, () => receive(event)));
    await receive(event, event);
    expect(await texts()).toEqual(['It is on its way.']);
  });

  it('go out behind what was accepted before them, and the CRM reads what was said', async () => {
    await rule();
    await receive(says('cleo', 'order66'));
    const [answer] = await answers();
    await tryOnce(db.stores, answer?.id ?? '', outcome.sent());
    const events = await eventsOf(db, answer?.conversation_id ?? '');
    expect(events.map(({ type }) => type)).toEqual(['message.received', 'message.sent']);
    expect(events[1]?.data).toMatchObject({ source: 'auto_reply', text: 'It is on its way.' });
  });

  it('are not given to echoes, other texts, none, what a machine wrote or another app has', async () => {
    const details = { standby: true } as const;
    const inStandby = { type: 'text', text: 'order66', attachments: [], details };
    await rule();
    await receive(
      anEcho({ accountExternalId: account.externalId, customer: 'dora', text: 'order66' }),
      says('dora', 'order67'),
      says('dora', 'order66', { content: { type: 'image', text: null, attachments: [] } }),
      says('dora', 'order66', { automatic: true }),
      says('dora', 'order66', { content: inStandby }),
    );
    expect(await texts()).toEqual([]);
  });

  it('are not given by a rule or an account that is switched off, nor out of hours', async () => {
    const day = (offset: number) =>
      new Date(Date.now() + offset * 86_400_000).toLocaleDateString('en-US', {
        weekday: 'short',
        timeZone: 'UTC',
      });
    const other = (['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const).filter(
      (name) => ![day(0), day(1)].some((each) => each.toLowerCase() === name),
    );
    await rule({ enabled: false });
    await rule({ activeHours: { timezone: 'UTC', days: other, from: '00:00', to: '24:00' } });
    await receive(says('eva', 'order66'));
    expect(await texts()).toEqual([]);
    await rule();
    await db.stores.accounts.update(account.id, { enabled: false }, 'test');
    await receive(says('eva', 'order66'));
    expect(await texts()).toEqual([]);
    await db.stores.accounts.update(account.id, { enabled: true }, 'test');
    await receive(says('eva', 'order66'));
    expect(await texts()).toEqual(['It is on its way.']);
  });

  it('come from the first rule that fits, and a change of it holds at once', async () => {
    await rule({ priority: 20, match: 'contains', pattern: 'order', text: 'late' });
    const first = await rule({
      priority: 10,
      match: 'regex',
      pattern: '^order\\s?\\d+$',
      text: 'early',
    });
    await receive(says('fay', 'ORDER 66'));
    await receive(says('gwen', 'my order'));
    expect(await texts()).toEqual(['early', 'late']);
    await db.stores.autoReplies.update(account.id, first.id, { pattern: '^never$' }, 'test');
    await receive(says('hana', 'order 66'));
    expect(await texts()).toEqual(['early', 'late', 'late']);
  });

  it('are not repeated to a customer within the cool-down of the rule', async () => {
    await rule();
    await receive(says('ida', 'order66'), says('ida', 'order66'), says('jane', 'order66'));
    expect(await texts()).toHaveLength(2);
    await db.rows(`update auto_replies set created_at = now() - interval '61 seconds'`);
    await receive(says('ida', 'order66'));
    expect(await texts()).toHaveLength(3);
  });

  it('come to an end where a machine answers every one of them', async () => {
    await rule({ cooldownSeconds: 0, match: 'contains', pattern: 'on its way' });
    for (let at = 0; at < 25; at += 1) await receive(says('robot', 'Yours is on its way, too.'));
    expect(await texts()).toHaveLength(MOST_AUTO_REPLIES_PER_HOUR);
    await receive(says('kim', 'is it on its way?'));
    expect(await texts()).toHaveLength(MOST_AUTO_REPLIES_PER_HOUR + 1);
  });

  it('in a group go to the group, with a cool-down for each member', async () => {
    await rule({ text: 'Hello {name}.' });
    const group = { externalId: 'group-1', title: 'Friends' };
    const from = (externalId: string, name: string) =>
      says(externalId, 'order66', { customer: { externalId, name, group } });
    await receive(from('lea', 'Lea'), from('mia', 'Mia'), from('lea', 'Lea'));
    expect(await texts()).toEqual(['Hello Lea.', 'Hello Mia.']);
    expect(new Set((await answers()).map((each) => each.conversation_id)).size).toBe(1);
  });

  describe('with names in them', () => {
    const begin = async (messageId: string) =>
      db.stores.sends.begin({
        messageId,
        round: 1,
        attemptId: '00000000-0000-4000-8000-000000000000',
        leaseMs: 12_000,
      });

    it('stand as they are where the names are known', async () => {
      await rule({ text: 'Hi {name} ({username})' });
      const customer = { externalId: 'nora', name: 'Nora', username: 'nora.n' };
      await receive(says('nora', 'order66', { customer }));
      const [answer] = await answers();
      expect(answer?.text).toBe('Hi Nora (nora.n)');
      expect((await beginAttempt(db.stores, answer?.id ?? '')).content).toEqual({
        type: 'text',
        text: 'Hi Nora (nora.n)',
      });
    });

    it('have the platform asked before the first try, and are cut into parts anew', async () => {
      const { id: ruleId } = await rule({ text: 'Hi {name}!|Bye.' });
      await receive(says('olga', 'order66'));
      // What changes the rule now comes too late for this answer.
      await db.stores.autoReplies.remove(account.id, ruleId, 'test');
      const [answer] = await answers();
      const id = answer?.id ?? '';
      expect(answer?.text).toBe('Hi olga!|Bye.');
      expect(await begin(id)).toEqual({ do: 'find_names' });
      expect(await db.stores.autoReplies.findUnnamed(id)).toEqual({
        accountId: account.id,
        channel: 'instagram',
        customerId: 'olga',
        isFresh: false,
      });
      await db.stores.profiles.save(account.id, 'olga', { name: 'Olga|K', username: null });
      await db.stores.autoReplies.fillIn(id);
      await db.stores.autoReplies.fillIn(id);
      expect(await db.stores.autoReplies.findUnnamed(id)).toBeNull();
      expect((await answers())[0]?.text).toBe('Hi Olga|K!|Bye.');
      const parts = await db.rows(
        'select text from message_parts where message_id = $1 order by part',
        id,
      );
      expect(parts).toEqual([{ text: 'Hi Olga|' }, { text: 'K!|' }, { text: 'Bye.' }]);
      expect((await beginAttempt(db.stores, id)).content).toEqual({
        type: 'text',
        text: 'Hi Olga|',
      });
    });

    it('do not ask again within a day of a platform that did not tell', async () => {
      await rule({ text: 'Hi {name}', cooldownSeconds: 0 });
      await receive(says('pia', 'order66'));
      await db.stores.profiles.save(account.id, 'pia', null);
      await receive(says('pia', 'order66'));
      const [first, second] = await answers();
      expect(await db.stores.autoReplies.findUnnamed(first?.id ?? '')).toMatchObject({
        isFresh: true,
      });
      expect(await db.stores.autoReplies.findUnnamed(second?.id ?? '')).toBeNull();
    });

    it('stay as the platform was told once a try has begun', async () => {
      await rule({ text: 'Hi {name}' });
      await receive(says('quinn', 'order66'));
      const [answer] = await answers();
      const id = answer?.id ?? '';
      await db.rows('update auto_replies set template = null where message_id = $1', id);
      await beginAttempt(db.stores, id);
      await db.rows(`update auto_replies set template = 'Hi {name}' where message_id = $1`, id);
      await db.stores.profiles.save(account.id, 'quinn', { name: 'Quinn', username: null });
      await db.stores.autoReplies.fillIn(id);
      expect(await texts()).toEqual(['Hi quinn']);
    });
  });

  describe('their rules', () => {
    it('are listed page by page in the order in which they are tried', async () => {
      for (const priority of [30, 10, 20, 10]) await rule({ priority });
      const { autoReplies } = db.stores;
      const seen: number[] = [];
      let cursor: string | undefined;
      do {
        const page = await autoReplies.list(account.id, { limit: 3, cursor });
        seen.push(...page.items.map(({ priority }) => priority));
        cursor = page.nextCursor ?? undefined;
      } while (cursor);
      expect(seen).toEqual([10, 10, 20, 30]);
      const other = await anAccount(db.stores);
      expect((await autoReplies.list(other.id, { limit: 3 })).items).toEqual([]);
      const wrong = { limit: 3, cursor: `rule_${'0'.repeat(32)}` };
      await expect(autoReplies.list(account.id, wrong)).rejects.toThrow();
    });

    it('are at most so many, also when two are added at the same time', async () => {
      for (let at = 1; at < MOST_RULES; at += 1) await rule();
      const results = await Promise.allSettled([rule(), rule(), rule()]);
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    });

    it('belong to one account, and none is added to a deleted one', async () => {
      const { id } = await rule();
      const other = await anAccount(db.stores);
      const { autoReplies } = db.stores;
      expect(await autoReplies.find(other.id, id)).toBeNull();
      expect(await autoReplies.update(other.id, id, { text: 'mine' }, 'test')).toEqual({
        kind: 'missing',
      });
      expect(await autoReplies.remove(other.id, id, 'test')).toBe(false);
      await db.stores.accounts.remove(account.id, 'test');
      await expect(rule()).rejects.toThrow('missing');
    });

    it('are not stored with a pattern that cannot be read', async () => {
      const { id } = await rule();
      const { autoReplies } = db.stores;
      const changed = await autoReplies.update(
        account.id,
        id,
        { match: 'regex', pattern: '(' },
        'test',
      );
      expect(changed).toMatchObject({ kind: 'pattern_refused' });
      expect(await autoReplies.find(account.id, id)).toMatchObject({ match: 'exact', version: 1 });
    });
  });
});
