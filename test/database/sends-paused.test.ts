import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { accepted, anAccount, beginAttempt, outcome, tryOnce } from '../support/builders.ts';
import { eventsOf, openTestStores, type TestStores } from '../support/database.ts';

describe('a platform that refuses the credentials of an account', () => {
  let db: TestStores;
  let account: { id: string };

  beforeAll(async () => void (db = await openTestStores()));
  beforeEach(async () => void (account = await anAccount(db.stores)));
  afterAll(() => db.close());

  const begin = (messageId: string) =>
    db.stores.sends.begin({ messageId, round: 1, attemptId: randomUUID(), leaseMs: 12_000 });
  const alerts = () =>
    db.rows<{ cause: string; open: boolean }>(
      'select cause, resolved_at is null as open from alerts where account_id = $1',
      account.id,
    );
  const accountEvents = async () => (await eventsOf(db, account.id)).map(({ type }) => type);
  const renewToken = () =>
    db.stores.accounts.update(account.id, { credentials: { access_token: 'token-2' } }, 'test');
  const pauseBy = (messageId: string) =>
    tryOnce(db.stores, messageId, outcome.failed('unauthorized'));

  it('pauses it once, with one alert and one event, however many calls were on their way', async () => {
    const messages = await Promise.all([1, 2, 3].map(() => accepted(db.stores, account.id)));
    const attempts = await Promise.all(
      messages.map(({ messageId }) => beginAttempt(db.stores, messageId)),
    );
    const results = await Promise.all(
      attempts.map(({ attemptId }) =>
        db.stores.sends.record({
          attemptId,
          outcome: outcome.failed('unauthorized'),
          durationMs: 1,
        }),
      ),
    );
    for (const result of results)
      expect(result).toEqual({ do: 'wait', delayMs: null, reason: 'account_paused' });
    expect(await db.stores.accounts.find(account.id)).toMatchObject({
      pausedAt: expect.any(Date),
      pauseReason: 'code-unauthorized',
    });
    expect(await alerts()).toEqual([{ cause: 'account_paused', open: true }]);
    expect(await eventsOf(db, account.id)).toMatchObject([
      { type: 'account.paused', data: { account_id: account.id, reason: 'code-unauthorized' } },
    ]);
  });

  it('lets its messages wait, and tells the CRM of each that it does', async () => {
    const one = await accepted(db.stores, account.id);
    const other = await accepted(db.stores, account.id);
    await pauseBy(one.messageId);
    expect(await begin(one.messageId)).toMatchObject({ do: 'wait', reason: 'account_paused' });
    expect(await begin(other.messageId)).toMatchObject({ do: 'wait', reason: 'account_paused' });
    for (const { messageId, conversationId } of [one, other])
      expect(await eventsOf(db, conversationId)).toMatchObject([
        {
          type: 'message.delayed',
          data: { message_id: messageId, delay: { reason: 'account_paused' } },
        },
      ]);
  });

  it('goes on by itself with a new token, and says so', async () => {
    const one = await accepted(db.stores, account.id);
    const other = await accepted(db.stores, account.id);
    await pauseBy(one.messageId);
    await renewToken();
    expect(await db.stores.accounts.find(account.id)).toMatchObject({
      pausedAt: null,
      pauseReason: null,
    });
    expect(await alerts()).toEqual([{ cause: 'account_paused', open: false }]);
    expect(await accountEvents()).toEqual(['account.paused', 'account.resumed']);
    const woken = await db.rows<{ target: string }>(
      `select target from outbox where kind = 'wake_message' and account_id = $1 order by id`,
      account.id,
    );
    expect(woken.map(({ target }) => target).sort()).toEqual(
      [one.messageId, other.messageId].sort(),
    );
    const attempt = await beginAttempt(db.stores, one.messageId);
    expect(attempt.account.credentials).toEqual({ access_token: 'token-2' });
  });

  it('goes on when an administrator enables it', async () => {
    const { messageId } = await accepted(db.stores, account.id);
    await pauseBy(messageId);
    await db.stores.accounts.update(account.id, { enabled: true }, 'test');
    expect((await begin(messageId)).do).toBe('send');
  });

  it('does not pause again for the old token once there is a new one', async () => {
    const { messageId } = await accepted(db.stores, account.id);
    const { attemptId } = await beginAttempt(db.stores, messageId);
    await renewToken();
    const result = await db.stores.sends.record({
      attemptId,
      outcome: outcome.failed('unauthorized'),
      durationMs: 1,
    });
    expect(result).toEqual({ do: 'retry', delayMs: 0 });
    expect((await db.stores.accounts.find(account.id))?.pausedAt).toBeNull();
    expect(await alerts()).toEqual([]);
    expect((await begin(messageId)).do).toBe('send');
  });

  it('does not take the time of the pause from its messages', async () => {
    const { messageId } = await accepted(db.stores, account.id);
    await pauseBy(messageId);
    await db.rows(
      `update messages set became_head_at = now() - interval '30 hours' where id = $1`,
      messageId,
    );
    await db.rows(
      `update accounts set paused_at = now() - interval '29 hours' where id = $1`,
      account.id,
    );
    await renewToken();
    const result = await tryOnce(db.stores, messageId, outcome.failed('unavailable'));
    expect(result.do).toBe('wait');
  });

  it('keeps the order of the messages that waited', async () => {
    const recipientId = randomUUID();
    const messages = [];
    for (let index = 0; index < 3; index += 1)
      messages.push(await accepted(db.stores, account.id, { recipientId }));
    await pauseBy(messages[0]?.messageId ?? '');
    await renewToken();
    const sent = [];
    for (const { messageId } of messages) {
      await tryOnce(db.stores, messageId, outcome.sent());
      sent.push(messageId);
    }
    expect(sent).toEqual(messages.map(({ messageId }) => messageId));
  });
});
