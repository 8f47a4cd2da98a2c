import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { accepted, anAccount, anEcho, aWebhook, outcome, tryOnce } from '../support/builders.ts';
import { endWait, eventsOf, openTestStores, type TestStores } from '../support/database.ts';
import { letterOf } from './events.ts';

describe('a message that holds its conversation for a person', () => {
  let db: TestStores;
  let account: { id: string; externalId: string };
  let customer: string;
  let held: { messageId: string; conversationId: string };
  let next: { messageId: string };

  beforeAll(async () => void (db = await openTestStores()));
  afterAll(() => db.close());
  beforeEach(async () => {
    account = await anAccount(db.stores);
    await db.rows(
      `update accounts set settings = '{"on_unknown_outcome": "hold"}' where id = $1`,
      account.id,
    );
    customer = randomUUID();
    held = await accepted(db.stores, account.id, { recipientId: customer, text: 'held' });
    next = await accepted(db.stores, account.id, { recipientId: customer });
    await hold();
  });

  const begin = (messageId: string) =>
    db.stores.sends.begin({ messageId, round: 1, attemptId: randomUUID(), leaseMs: 12_000 });
  const statusOf = (messageId: string) => db.stores.messages.findStatus(messageId, '*');
  const actions = () => db.stores.messageActions;
  const letter = () => letterOf(db, held.messageId);
  const stateOfLetter = async () => (await db.stores.deadLetters.look(await letter()))?.state;
  const goesOn = async () => (await begin(next.messageId)).do === 'send';
  const lastEvent = async () => (await eventsOf(db, held.conversationId)).at(-1);

  async function hold() {
    await tryOnce(db.stores, held.messageId, outcome.failed('unknown'));
    await endWait(db, held.messageId, 'evidence_until');
    await begin(held.messageId);
  }

  it('lets nothing pass until then', async () => {
    expect(await goesOn()).toBe(false);
    expect(await stateOfLetter()).toBe('open');
  });

  it('goes on when it is confirmed', async () => {
    expect(await actions().confirm(held.messageId, '*')).toEqual({ kind: 'done' });
    expect(await statusOf(held.messageId)).toMatchObject({ status: 'sent', waitReason: null });
    expect(await stateOfLetter()).toBe('resolved');
    expect(await goesOn()).toBe(true);
  });

  it('goes on without it when it is cancelled, and never calls it failed', async () => {
    expect(await actions().cancel(held.messageId, '*')).toEqual({ kind: 'done' });
    expect(await statusOf(held.messageId)).toMatchObject({
      status: 'unconfirmed',
      error: { code: 'cancelled' },
    });
    expect(await lastEvent()).toMatchObject({
      type: 'message.unconfirmed',
      data: { holds: false, error: { code: 'cancelled' } },
    });
    expect(await stateOfLetter()).toBe('discarded');
    expect(await goesOn()).toBe(true);
  });

  it.each(['discard', 'expire'] as const)(
    'goes on without it when its dead letter is to %s',
    async (what) => {
      expect(await db.stores.deadLetters[what](await letter())).toBe(true);
      expect(await stateOfLetter()).toBe(what === 'discard' ? 'discarded' : 'expired');
      expect(await statusOf(held.messageId)).toMatchObject({ status: 'unconfirmed' });
      expect(await goesOn()).toBe(true);
    },
  );

  it.each(['resend', 'replay'] as const)(
    'sends it once more, marked, at a %s; and holds again if that is lost too',
    async (what) => {
      const again = async () =>
        what === 'resend'
          ? actions().resend(held.messageId, '*')
          : db.stores.deadLetters.replay(await letter());
      await again();
      expect(await stateOfLetter()).toBe('replaying');
      await hold();
      expect(await begin(held.messageId)).toMatchObject({ reason: 'held' });
      expect(await stateOfLetter()).toBe('open');
      await again();
      await tryOnce(db.stores, held.messageId, outcome.sent());
      expect(await statusOf(held.messageId)).toMatchObject({
        status: 'sent',
        possibleDuplicate: true,
      });
      expect(await stateOfLetter()).toBe('resolved');
      expect(await goesOn()).toBe(true);
    },
  );

  it('has all its time again, however long a person took to decide', async () => {
    await db.rows(
      `update messages set became_head_at = now() - interval '3 days' where id = $1`,
      held.messageId,
    );
    await actions().resend(held.messageId, '*');
    expect(await tryOnce(db.stores, held.messageId, outcome.failed('unavailable'))).toMatchObject({
      do: 'wait',
      reason: 'unavailable',
    });
  });

  it('goes on by itself when proof comes after all', async () => {
    const event = anEcho({
      accountExternalId: account.externalId,
      customer,
      text: 'held',
      at: Date.now() + 1,
    });
    await db.stores.inbound.receive(aWebhook([event]));
    expect(await statusOf(held.messageId)).toMatchObject({ status: 'sent' });
    expect(await stateOfLetter()).toBe('resolved');
    expect(await goesOn()).toBe(true);
  });

  it('is no hindrance to deleting the account', async () => {
    expect(await db.stores.accounts.remove(account.id, 'test')).toBe(true);
    expect(await statusOf(held.messageId)).toMatchObject({
      status: 'unconfirmed',
      waitReason: null,
    });
  });
});
