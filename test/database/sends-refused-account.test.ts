import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { accepted, anAccount, aStatus, aWebhook, outcome, tryOnce } from '../support/builders.ts';
import { endWait, eventsOf, openTestStores, type TestStores } from '../support/database.ts';

describe('an account that one conversation speaks against', () => {
  let db: TestStores;
  let account: { id: string };

  beforeAll(async () => void (db = await openTestStores()));
  beforeEach(async () => void (account = await anAccount(db.stores)));
  afterAll(() => db.close());

  const to = (recipientId: string) => accepted(db.stores, account.id, { recipientId });
  const answer = (messageId: string, what: 'unauthorized' | 'sent' | 'unavailable') =>
    tryOnce(db.stores, messageId, what === 'sent' ? outcome.sent() : outcome.failed(what));
  const resume = () => db.stores.accounts.update(account.id, { enabled: true }, 'test');
  const isPaused = async () => (await db.stores.accounts.find(account.id))?.pausedAt !== null;
  const statusOf = (messageId: string) => db.stores.messages.findStatus(messageId, '*');
  const pauses = async () =>
    (await eventsOf(db, account.id)).filter(({ type }) => type === 'account.paused').length;
  const soon = (messageId: string) => endWait(db, messageId, 'next_attempt_at');

  it('is stopped once; then that message fails as soon as one to somebody else got through', async () => {
    const refused = await to('one');
    const next = await to('one');
    const others = [await to('other'), await to('other'), await to('other')];
    await answer(refused.messageId, 'unauthorized');
    expect(await isPaused()).toBe(true);
    await resume();
    expect(await answer(refused.messageId, 'unauthorized')).toMatchObject({
      do: 'wait',
      reason: 'account_refusal',
    });
    expect(await isPaused()).toBe(false);
    expect(await statusOf(refused.messageId)).toMatchObject({ waitReason: 'account_refusal' });
    for (const { messageId } of others)
      expect(await answer(messageId, 'sent')).toMatchObject({ do: 'done', status: 'sent' });
    await soon(refused.messageId);
    expect(await answer(refused.messageId, 'unauthorized')).toEqual({
      do: 'done',
      status: 'failed',
    });
    expect(await statusOf(refused.messageId)).toMatchObject({
      status: 'failed',
      error: { code: 'code-unauthorized' },
    });
    expect(await answer(next.messageId, 'sent')).toMatchObject({ do: 'done', status: 'sent' });
    expect(await pauses()).toBe(1);
  });

  it('is not stopped again by it, however often it is resumed, and others go out each time', async () => {
    const refused = await to('one');
    await answer(refused.messageId, 'unauthorized');
    for (let times = 0; times < 3; times += 1) {
      await resume();
      await soon(refused.messageId);
      const result = await answer(refused.messageId, 'unauthorized');
      expect(result).toMatchObject({ do: 'wait', reason: 'account_refusal' });
      expect(await isPaused()).toBe(false);
    }
    expect(await answer((await to('other')).messageId, 'sent')).toMatchObject({ status: 'sent' });
    expect(await pauses()).toBe(1);
  });

  it('is stopped again where another conversation meets such an answer too', async () => {
    const one = await to('one');
    const other = await to('other');
    await answer(one.messageId, 'unauthorized');
    await resume();
    await answer(one.messageId, 'unauthorized');
    await answer(other.messageId, 'unauthorized');
    expect(await isPaused()).toBe(true);
    await resume();
    await answer(one.messageId, 'unauthorized');
    expect(await isPaused()).toBe(false);
    await answer(other.messageId, 'unauthorized');
    expect(await isPaused()).toBe(true);
    expect(await pauses()).toBe(3);
    for (const { messageId } of [one, other])
      expect(await statusOf(messageId)).toMatchObject({ status: 'pending' });
  });

  it('learns nothing of a platform that could not be reached', async () => {
    const refused = await to('one');
    const other = await to('other');
    await answer(refused.messageId, 'unauthorized');
    await resume();
    await answer(other.messageId, 'unavailable');
    expect(await answer(refused.messageId, 'unauthorized')).toMatchObject({ do: 'wait' });
  });

  it('with a single conversation lets it wait, tells the CRM, and gives up in the end', async () => {
    const { messageId, conversationId } = await to('one');
    await answer(messageId, 'unauthorized');
    await resume();
    await answer(messageId, 'unauthorized');
    await db.rows(
      `update messages set became_head_at = now() - interval '25 hours', next_attempt_at = now()
        where id = $1`,
      messageId,
    );
    expect(await answer(messageId, 'unauthorized')).toEqual({ do: 'done', status: 'failed' });
    expect((await eventsOf(db, conversationId)).map(({ type }) => type)).toEqual([
      'message.delayed',
      'message.failed',
    ]);
    expect(
      await db.value<string>('select state from dead_letters where subject_id = $1', messageId),
    ).toBe('open');
  });

  it('is stopped at once by a conversation that was answered well since', async () => {
    const one = await to('one');
    await answer(one.messageId, 'unauthorized');
    await resume();
    await answer(one.messageId, 'sent');
    await answer((await to('one')).messageId, 'unauthorized');
    expect(await isPaused()).toBe(true);
  });

  it('wakes the others first', async () => {
    const one = await to('one');
    const other = await to('other');
    await answer(one.messageId, 'unauthorized');
    await resume();
    const woken = await db.rows<{ target: string }>(
      `select target from outbox where kind = 'wake_message' and account_id = $1 order by not_before`,
      account.id,
    );
    expect(woken.map(({ target }) => target)).toEqual([other.messageId, one.messageId]);
  });
});

describe('a code that nobody knows', () => {
  let db: TestStores;
  beforeAll(async () => void (db = await openTestStores()));
  afterAll(() => db.close());

  it('is told of also where it comes in a status', async () => {
    const account = await anAccount(db.stores);
    const { messageId } = await accepted(db.stores, account.id);
    await tryOnce(db.stores, messageId, outcome.sent('mid-later-refused'));
    const event = aStatus({
      accountExternalId: account.externalId,
      customer: randomUUID(),
      id: 'mid-later-refused',
      status: 'failed',
    });
    const error = { code: '139999', message: 'No.', unknownCode: '139999' };
    await db.stores.inbound.receive(aWebhook([{ ...event, error }]));
    const { items } = await db.stores.alerts.list([account.id], { limit: 10 });
    expect(items).toMatchObject([{ cause: 'unknown_platform_code', codes: { 139999: 1 } }]);
  });

  it('fails its message and raises one alert for the account, which counts each code', async () => {
    const account = await anAccount(db.stores);
    const refuse = async (unknownCode: string) => {
      const { messageId } = await accepted(db.stores, account.id, { recipientId: randomUUID() });
      const failed = { ...outcome.failed('refused'), unknownCode, statusCode: 400 };
      expect(await tryOnce(db.stores, messageId, failed)).toEqual({ do: 'done', status: 'failed' });
    };
    const alert = async () => {
      const found = await db.stores.alerts.list('*', { limit: 50, cursor: undefined });
      return found.items.find(({ accountId }) => accountId === account.id);
    };
    for (const code of ['10/7', '10/7', '10/7']) await refuse(code);
    expect(await alert()).toMatchObject({ cause: 'unknown_platform_code', codes: { '10/7': 3 } });
    await db.stores.alerts.notify(() => Promise.resolve(true));
    await refuse('10/8');
    const told: unknown[] = [];
    await db.stores.alerts.notify((notice) => Promise.resolve(told.push(notice.codes) > 0));
    expect(told).toEqual([{ '10/7': 3, '10/8': 1 }]);
    await refuse('10/8');
    await db.stores.alerts.notify(() => Promise.reject(new Error('told again')));
    expect((await db.stores.accounts.find(account.id))?.pausedAt).toBeNull();
    await db.rows(`update alerts set last_at = now() - interval '25 hours'`);
    await db.stores.alerts.evaluate({
      outboxMs: Infinity,
      workerMs: Infinity,
      backlogMs: Infinity,
      endpointDownMs: 1e12,
      delayedMs: 1e12,
      messageP95Ms: Infinity,
      mirrorMs: Infinity,
    });
    expect((await alert())?.resolvedAt).not.toBeNull();
  });
});
