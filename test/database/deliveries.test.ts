import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ReadyEvent } from '../../src/database/delivery-store.ts';
import { anAccount, anAnswer, aWebhook, customerMessage } from '../support/builders.ts';
import { openTestStores, type TestStores } from '../support/database.ts';

describe('the events of a conversation', () => {
  let db: TestStores;
  let account: { id: string; externalId: string };
  let lane: string;

  beforeAll(async () => void (db = await openTestStores()));
  beforeEach(async () => {
    account = await anAccount(db.stores);
    lane = await receive(3);
  });
  afterAll(() => db.close());

  /** The customer writes so often; answers the conversation. */
  async function receive(times: number, reorderWindowMs = 0): Promise<string> {
    const customer = randomUUID();
    const events = Array.from({ length: times }, (_, index) =>
      customerMessage({ accountExternalId: account.externalId, customer, text: `text ${index}` }),
    );
    const { messages } = await db.stores.inbound.receive(aWebhook(events, { reorderWindowMs }));
    return messages[0]?.conversationId ?? '';
  }

  async function next(): Promise<ReadyEvent> {
    const found = await db.stores.deliveries.next(lane, { skipProfile: true });
    if (found.do !== 'post') throw new Error(`nothing to post: ${JSON.stringify(found)}`);
    return found.event;
  }
  const answer = async (status: number | null, given = {}) =>
    db.stores.deliveries.record(await next(), anAnswer(status, given));
  const isDue = () =>
    db.rows(`update webhook_deliveries set next_attempt_at = now() where lane_id = $1`, lane);
  const textOf = (event: ReadyEvent) =>
    (JSON.parse(event.body) as { data: { text: string }; sequence: number }).data.text;
  const stateOf = (id: string) =>
    db.value<string>('select state from webhook_deliveries where id = $1', id);

  it('go out one by one, numbered without a gap, and then there are none', async () => {
    const seen = [];
    for (let count = 0; count < 3; count += 1) {
      const event = await next();
      seen.push([textOf(event), (JSON.parse(event.body) as { sequence: number }).sequence]);
      expect(await answer(200)).toEqual({ do: 'delivered' });
    }
    expect(seen).toEqual([
      ['text 0', 1],
      ['text 1', 2],
      ['text 2', 3],
    ]);
    expect(await db.stores.deliveries.next(lane)).toEqual({ do: 'end' });
  });

  it('carry the headers that the account has when they are posted', async () => {
    expect((await next()).headers).toEqual({});
    const webhookHeaders = { Authorization: 'Basic Y2FuYXJ5' };
    await db.stores.accounts.update(account.id, { webhookHeaders }, 'test');
    expect((await next()).headers).toEqual(webhookHeaders);
  });

  it('go on at once when the account gets new headers, as with a new address', async () => {
    await next();
    await answer(403);
    expect(await db.stores.deliveries.next(lane)).toMatchObject({ do: 'wait' });
    await db.stores.accounts.update(account.id, { webhookHeaders: { 'X-Own': 'a' } }, 'test');
    expect((await next()).headers).toEqual({ 'X-Own': 'a' });
  });

  it('have an envelope that says what, when and where', async () => {
    const event = await next();
    expect(event).toMatchObject({
      accountId: account.id,
      conversationId: lane,
      type: 'message.received',
      url: 'https://crm.example/hook',
      secrets: ['secret-1'],
      attempts: 0,
      traceId: 'trace-in',
    });
    expect(JSON.parse(event.body)).toEqual({
      id: event.id,
      type: 'message.received',
      version: '1',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      account_id: account.id,
      conversation_id: lane,
      sequence: 1,
      data: expect.objectContaining({ message_id: event.messageId, sender_username: null }),
    });
  });

  it('have the same bytes on every attempt, whoever asks, and whatever changed meanwhile', async () => {
    const first = await next();
    await db.rows(`update users set username = 'changed'`);
    const again = await Promise.all([next(), next()]);
    for (const event of again) expect([event.id, event.body]).toEqual([first.id, first.body]);
    await answer(500);
    await isDue();
    expect(await next()).toMatchObject({ id: first.id, body: first.body, attempts: 1 });
  });

  it('ask for the profile first, once, and show the name', async () => {
    expect(await db.stores.deliveries.next(lane)).toMatchObject({
      do: 'fetch_profile',
      channel: 'instagram',
    });
    const customer = await db.stores.profiles.findCustomer(lane);
    await db.stores.profiles.save(account.id, customer?.customerId ?? '', {
      username: 'ann\0',
      name: null,
    });
    const found = await db.stores.deliveries.next(lane);
    if (found.do !== 'post') throw new Error(found.do);
    expect(JSON.parse(found.event.body)).toMatchObject({ data: { sender_username: 'ann' } });
  });

  it('wait out the ladder after a failure, and hold back only their own conversation', async () => {
    const other = await receive(1);
    const verdict = await answer(503);
    if (verdict.do !== 'retry') throw new Error(verdict.do);
    expect(verdict.delayMs).toBeGreaterThanOrEqual(800);
    expect(verdict.delayMs).toBeLessThanOrEqual(1_200);
    expect(await db.stores.deliveries.next(lane, { skipProfile: true })).toMatchObject({
      do: 'wait',
      reason: 'next attempt',
    });
    const elsewhere = await db.stores.deliveries.next(other, { skipProfile: true });
    expect(elsewhere.do).toBe('post');
  });

  it('climb the ladder, then become a dead letter after a day and let the next one pass', async () => {
    const { id } = await next();
    for (const seconds of [1, 4, 16, 64, 600, 1800, 3600, 3600]) {
      const verdict = await answer(500);
      if (verdict.do !== 'retry') throw new Error(verdict.do);
      expect(verdict.delayMs / 1000).toBeGreaterThanOrEqual(seconds * 0.8);
      expect(verdict.delayMs / 1000).toBeLessThanOrEqual(seconds * 1.2);
      await isDue();
    }
    await db.rows(
      `update webhook_deliveries set first_attempt_at = now() - interval '24 hours' where id = $1`,
      id,
    );
    expect(await answer(500)).toEqual({ do: 'dead_letter', reason: 'expired' });
    expect(await stateOf(id)).toBe('dead');
    expect(
      await db.rows(
        'select kind, reason, attempts, last_status_code, state from dead_letters where subject_id = $1',
        id,
      ),
    ).toEqual([
      { kind: 'webhook', reason: 'expired', attempts: 9, last_status_code: 500, state: 'open' },
    ]);
    const alerts = 'select cause, count from alerts where account_id = $1';
    expect(await db.rows(alerts, account.id)).toEqual([{ cause: 'dead_letter', count: 1 }]);
    expect(JSON.parse((await next()).body)).toMatchObject({
      sequence: 2,
      data: { text: 'text 1' },
    });
  });

  it('become a dead letter at once after 401', async () => {
    const { id } = await next();
    expect(await answer(401)).toEqual({ do: 'dead_letter', reason: 'unauthorized' });
    expect(await stateOf(id)).toBe('dead');
    expect((await next()).id).not.toBe(id);
  });

  it('keep every attempt with what came back', async () => {
    const { id } = await next();
    await answer(null, { errorClass: 'dns', excerpt: '' });
    await isDue();
    await answer(500, { excerpt: 'Oops \0 \ud800' });
    const attempts = await db.rows<{ excerpt: Buffer }>(
      `select status_code, error_class, duration_ms, excerpt from webhook_attempts
        where delivery_id = $1 order by id`,
      id,
    );
    expect(attempts).toMatchObject([
      { status_code: null, error_class: 'dns' },
      { status_code: 500, error_class: null, duration_ms: 12 },
    ]);
    expect(attempts[1]?.excerpt.toString()).toContain('Oops');
  });

  it('stay when the endpoint is gone, and go on with a new URL', async () => {
    const other = await receive(1);
    const { id } = await next();
    expect(await answer(410)).toEqual({ do: 'disable_endpoint' });
    for (const each of [lane, other])
      expect(await db.stores.deliveries.next(each, { skipProfile: true })).toEqual({
        do: 'wait',
        delayMs: null,
        reason: 'endpoint disabled',
      });
    expect(await db.stores.accounts.find(account.id)).toMatchObject({
      endpointDisabledReason: 'gone',
    });
    const alert = 'select resolved_at is null as open from alerts where account_id = $1';
    expect(await db.rows(alert, account.id)).toEqual([{ open: true }]);

    const crmWebhookUrl = 'https://crm.example/new';
    await db.stores.accounts.update(account.id, { crmWebhookUrl }, 'test');
    expect(await next()).toMatchObject({ id, url: crmWebhookUrl });
    expect(await db.rows(alert, account.id)).toEqual([{ open: false }]);
    const woken = await db.rows<{ target: string }>(
      `select target from outbox where kind = 'wake_lane' and account_id = $1`,
      account.id,
    );
    expect(woken.map(({ target }) => target).sort()).toEqual([lane, other].sort());
  });

  it('are not stopped by a 410 of a URL that was replaced meanwhile', async () => {
    const event = await next();
    await db.stores.accounts.update(account.id, { crmWebhookUrl: 'https://crm.example/2' }, 'test');
    expect(await db.stores.deliveries.record(event, anAnswer(410))).toEqual({
      do: 'retry',
      delayMs: 0,
    });
    expect(await next()).toMatchObject({ id: event.id, url: 'https://crm.example/2' });
  });

  it('are delivered once when two workers post the same one', async () => {
    const event = await next();
    expect(await db.stores.deliveries.record(event, anAnswer(200))).toEqual({ do: 'delivered' });
    for (const late of [500, 401])
      expect(await db.stores.deliveries.record(event, anAnswer(late))).toEqual({ do: 'delivered' });
    expect(await stateOf(event.id)).toBe('delivered');
    const letters = 'select count(*)::int from dead_letters where subject_id = $1';
    expect(await db.value<number>(letters, event.id)).toBe(0);
    expect((await next()).id).not.toBe(event.id);
  });

  it('wait without an end where there is no URL, or the account is disabled', async () => {
    const reason = async () => {
      const found = await db.stores.deliveries.next(lane, { skipProfile: true });
      return found.do === 'wait' ? [found.delayMs, found.reason] : found.do;
    };
    await db.stores.accounts.update(account.id, { crmWebhookUrl: null }, 'test');
    expect(await reason()).toEqual([null, 'no webhook URL']);
    const crmWebhookUrl = 'https://crm.example/hook';
    await db.stores.accounts.update(account.id, { crmWebhookUrl, enabled: false }, 'test');
    expect(await reason()).toEqual([null, 'account disabled']);
    await db.stores.accounts.update(account.id, { enabled: true }, 'test');
    expect(await reason()).toBe('post');
  });
});
