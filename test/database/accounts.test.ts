import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  accepted,
  aMessage,
  anAccount,
  anAnswer,
  aWebhook,
  beginAttempt,
  customerMessage,
  outcome,
  tryOnce,
} from '../support/builders.ts';
import { eventsOf, openTestStores, until, type TestStores } from '../support/database.ts';

describe('an account', () => {
  let db: TestStores;
  let account: { id: string; externalId: string };

  beforeAll(async () => void (db = await openTestStores()));
  beforeEach(async () => void (account = await anAccount(db.stores)));
  afterAll(() => db.close());

  const update = (changes: Parameters<TestStores['stores']['accounts']['update']>[1]) =>
    db.stores.accounts.update(account.id, changes, 'key_1');
  const secretsOf = async () => (await db.stores.accounts.open(account.id))?.webhookSecrets;
  const statusOf = async (messageId: string) =>
    (await db.stores.messages.findStatus(messageId, '*'))?.status;

  it('is there once per channel and platform id, also when two ask at the same time', async () => {
    const externalId = randomUUID();
    const results = await Promise.allSettled(
      Array.from({ length: 5 }, () => anAccount(db.stores, { externalId })),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await anAccount(db.stores, { externalId, channel: 'telegram' });
    expect(await db.stores.accounts.findByExternalId('telegram', externalId)).toMatchObject({
      channel: 'telegram',
      externalId,
    });
  });

  it('shows neither credentials nor secrets, and keeps them sealed', async () => {
    const view = JSON.stringify(await db.stores.accounts.find(account.id));
    const rows = JSON.stringify(await db.rows('select * from accounts where id = $1', account.id));
    for (const secret of ['token-1', 'secret-1']) {
      expect(view).not.toContain(secret);
      expect(rows).not.toContain(secret);
    }
    expect(await db.stores.accounts.open(account.id)).toMatchObject({
      credentials: { access_token: 'token-1' },
      webhookSecrets: ['secret-1'],
    });
  });

  it('keeps what is decided for unknown outcomes, and goes by it', async () => {
    expect((await db.stores.accounts.find(account.id))?.settings).toEqual({});
    await update({ settings: { on_unknown_outcome: 'resend' } });
    await update({ username: 'ann' });
    const view = await db.stores.accounts.find(account.id);
    expect(view?.settings).toEqual({ on_unknown_outcome: 'resend' });
    const made = await anAccount(db.stores, { settings: { on_unknown_outcome: 'hold' } });
    expect((await db.stores.accounts.find(made.id))?.settings).toEqual({
      on_unknown_outcome: 'hold',
    });
  });

  it('changes what is given and nothing else', async () => {
    await update({ username: 'ann' });
    expect(await update({ crmWebhookUrl: 'https://crm.example/2' })).toMatchObject({
      username: 'ann',
      crmWebhookUrl: 'https://crm.example/2',
      enabled: true,
    });
    expect(await update({ username: null })).toMatchObject({ username: null });
    expect(await db.stores.accounts.update('acc_unknown', { enabled: true }, 'key_1')).toBeNull();
  });

  it('signs with the old secret beside the new one until the overlap ends', async () => {
    await update({ webhookSecret: { secret: 'secret-2', overlapMs: 3_600_000 } });
    expect(await secretsOf()).toEqual(['secret-2', 'secret-1']);
    await update({ webhookSecret: { secret: 'secret-3', overlapMs: 50 } });
    // The first one ends when it was said to end, not later because there is yet another one.
    await until(async () => (await secretsOf())?.length === 2);
    expect(await secretsOf()).toEqual(['secret-3', 'secret-1']);
  });

  it('signs with an old secret to the end of its overlap, however often the new one is set again', async () => {
    for (let time = 0; time < 6; time += 1)
      await update({ webhookSecret: { secret: 'secret-2', overlapMs: 3_600_000 } });
    expect(await secretsOf()).toEqual(['secret-2', 'secret-1']);
  });

  it('signs with at most five, of which none is a secret whose overlap has ended', async () => {
    await update({ webhookSecret: { secret: 'secret-2', overlapMs: 3_600_000 } });
    for (const secret of ['a', 'b', 'c', 'd', 'e', 'f']) {
      await update({ webhookSecret: { secret, overlapMs: 1 } });
      await until(async () => (await secretsOf())?.length === 2);
    }
    expect(await secretsOf()).toEqual(['f', 'secret-1']);
    for (const secret of ['g', 'h', 'i', 'j', 'k'])
      await update({ webhookSecret: { secret, overlapMs: 3_600_000 } });
    expect(await secretsOf()).toEqual(['k', 'j', 'i', 'h', 'g']);
  });

  it('signs with the newest secret alone once there is no overlap, whatever the older ones had', async () => {
    await update({ webhookSecret: { secret: 'secret-2', overlapMs: 3_600_000 } });
    await update({ webhookSecret: { secret: 'secret-3', overlapMs: 0 } });
    expect(await secretsOf()).toEqual(['secret-3']);
  });

  it('keeps headers for the receiver encrypted, each for its own name and account', async () => {
    const made = await anAccount(db.stores, { webhookHeaders: { Authorization: 'Basic canary' } });
    const view = await db.stores.accounts.find(made.id);
    expect(view?.webhookHeaderNames).toEqual(['Authorization']);
    const open = async () => (await db.stores.accounts.open(made.id))?.webhookHeaders;
    expect(await open()).toEqual({ Authorization: 'Basic canary' });
    const stored = await db.value<object[]>(
      'select webhook_headers from accounts where id = $1',
      made.id,
    );
    expect(JSON.stringify(stored)).not.toContain('canary');
    await db.stores.accounts.update(made.id, { username: 'ann' }, 'test');
    expect(await open()).toEqual({ Authorization: 'Basic canary' });
    await db.stores.accounts.update(made.id, { webhookHeaders: { 'X-Own': 'a' } }, 'test');
    expect(await open()).toEqual({ 'X-Own': 'a' });
    await db.rows(
      'update accounts set webhook_headers = $2 where id = $1',
      made.id,
      JSON.stringify(stored.map((each) => ({ ...each, name: 'X-Other' }))),
    );
    await expect(open()).rejects.toThrow('webhook_headers.x-other');
    await db.stores.accounts.update(made.id, { webhookHeaders: {} }, 'test');
    expect(await open()).toEqual({});
    await db.stores.accounts.update(made.id, { webhookHeaders: { 'X-Own': 'a' } }, 'test');
    await db.stores.accounts.remove(made.id, 'test');
    expect(await db.value('select webhook_headers from accounts where id = $1', made.id)).toEqual(
      [],
    );
  });

  it('shares its connection with another one in the same place, until that one is gone', async () => {
    const details = { waba_id: 'waba-shared' };
    const one = await anAccount(db.stores, { channel: 'whatsapp', details });
    const two = await anAccount(db.stores, { channel: 'whatsapp', details });
    const alone = await anAccount(db.stores);
    expect(await db.stores.accounts.sharesConnection(one.id)).toBe(true);
    expect(await db.stores.accounts.sharesConnection(alone.id)).toBe(false);
    await db.stores.accounts.remove(two.id, 'test');
    expect(await db.stores.accounts.sharesConnection(one.id)).toBe(false);
  });

  it('writes down who changed it', async () => {
    await update({ enabled: false });
    await db.stores.accounts.remove(account.id, 'key_2');
    expect(
      await db.rows(
        'select actor, action from audit_log where subject = $1 order by id',
        account.id,
      ),
    ).toEqual([
      { actor: 'test', action: 'account.create' },
      { actor: 'key_1', action: 'account.update' },
      { actor: 'key_2', action: 'account.delete' },
    ]);
  });

  describe('that is deleted', () => {
    it('has no credentials any more, and its platform id is free again', async () => {
      expect(await db.stores.accounts.remove(account.id, 'test')).toBe(true);
      expect(await db.stores.accounts.find(account.id)).toBeNull();
      expect(await db.stores.accounts.open(account.id)).toBeNull();
      expect(
        await db.rows(
          'select credentials, webhook_secrets from accounts where id = $1',
          account.id,
        ),
      ).toEqual([{ credentials: null, webhook_secrets: [] }]);
      expect(await db.stores.accounts.remove(account.id, 'test')).toBe(false);
      await anAccount(db.stores, { externalId: account.externalId });
    });

    it('fails its waiting messages, the possibly sent ones as unconfirmed', async () => {
      const recipientId = randomUUID();
      const waiting = [
        await accepted(db.stores, account.id, { recipientId }),
        await accepted(db.stores, account.id, { recipientId }),
      ];
      const unknown = await accepted(db.stores, account.id);
      await tryOnce(db.stores, unknown.messageId, outcome.failed('unknown'));
      const inFlight = await accepted(db.stores, account.id);
      const { attemptId } = await beginAttempt(db.stores, inFlight.messageId);
      await db.stores.accounts.remove(account.id, 'test');
      for (const { messageId } of waiting) {
        const status = await db.stores.messages.findStatus(messageId, '*');
        expect(status).toMatchObject({ status: 'failed', error: { code: 'account_deleted' } });
      }
      expect(await statusOf(unknown.messageId)).toBe('unconfirmed');
      expect(await statusOf(inFlight.messageId)).toBe('unconfirmed');
      const letters = 'select count(*)::int from dead_letters where account_id = $1';
      expect(await db.value<number>(letters, account.id)).toBe(0);
      // The answer that was on its way is still worth something.
      await db.stores.sends.record({ attemptId, outcome: outcome.sent(), durationMs: 1 });
      expect(await statusOf(inFlight.messageId)).toBe('sent');
      for (const { messageId } of waiting)
        expect(
          await db.stores.sends.begin({ messageId, round: 1, attemptId: randomUUID(), leaseMs: 1 }),
        ).toEqual({ do: 'end' });
    });

    it('discards what the CRM was not told, and keeps the history', async () => {
      const customer = randomUUID();
      const { messages } = await db.stores.inbound.receive(
        aWebhook([customerMessage({ accountExternalId: account.externalId, customer })]),
      );
      const lane = messages[0]?.conversationId ?? '';
      const begun = await db.stores.deliveries.next(lane, { skipProfile: true });
      await db.stores.accounts.remove(account.id, 'test');
      expect((await eventsOf(db, lane)).map(({ state }) => state)).toEqual(['discarded']);
      expect(await db.stores.deliveries.next(lane)).toEqual({ do: 'end' });
      if (begun.do !== 'post') throw new Error(begun.do);
      await db.stores.deliveries.record(begun.event, anAnswer(500));
      expect((await eventsOf(db, lane)).map(({ state }) => state)).toEqual(['discarded']);
      const page = await db.stores.conversations.listMessages(lane, '*', { limit: 5 });
      expect(page?.items).toHaveLength(1);
    });

    it('leaves nothing waiting of what is accepted at the same moment', async () => {
      for (let round = 0; round < 5; round += 1) {
        const doomed = await anAccount(db.stores);
        const accept = () => db.stores.messages.accept(aMessage(doomed.id));
        await Promise.all([
          ...Array.from({ length: 6 }, accept),
          db.stores.accounts.remove(doomed.id, 'test'),
          ...Array.from({ length: 6 }, accept),
        ]);
        const open =
          'select count(*)::int from messages where account_id = $1 and resolved_at is null';
        expect(await db.value<number>(open, doomed.id)).toBe(0);
      }
    });

    it('does not fail a message that is proved to be sent at the same moment', async () => {
      for (let round = 0; round < 10; round += 1) {
        const doomed = await anAccount(db.stores);
        const { messageId } = await accepted(db.stores, doomed.id);
        const { attemptId } = await beginAttempt(db.stores, messageId);
        await Promise.all([
          db.stores.accounts.remove(doomed.id, 'test'),
          db.stores.sends.record({ attemptId, outcome: outcome.sent(), durationMs: 1 }),
        ]);
        expect(await statusOf(messageId)).toBe('sent');
      }
    });
  });
});
