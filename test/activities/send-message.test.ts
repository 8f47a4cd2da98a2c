import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { createOutcomeSealer } from '../../src/activities/outcome-sealer.ts';
import { createRecordOutcome } from '../../src/activities/record-outcome.ts';
import { createSendGate } from '../../src/activities/send-gate.ts';
import { createSendMessage } from '../../src/activities/send-message.ts';
import type { Channel, SendRequest } from '../../src/channels/channel.ts';
import { createKeyRing } from '../../src/database/key-ring.ts';
import { textOf } from '../../src/domain/outgoing-content.ts';
import type { SendStore } from '../../src/database/send-store.ts';
import type { SendOutcome } from '../../src/domain/outcome.ts';
import {
  accepted,
  aChannel,
  aLog,
  anAccount,
  aText,
  aWebhook,
  customerMessage,
  outcome,
  someChannels,
} from '../support/builders.ts';
import { endWait, ENCRYPTION_KEYS, openTestStores, type TestStores } from '../support/database.ts';
import { runActivity } from './run-activity.ts';

/** What may appear in no log line and in nothing that Temporal keeps. */
const SECRETS = {
  text: 'canary-text',
  recipientId: 'canary-recipient',
  token: 'canary-token',
  platformId: 'canary-platform-id',
};

describe('the activity that sends a message', () => {
  let db: TestStores;
  let account: { id: string };
  let log: ReturnType<typeof aLog>;
  let calls: SendRequest[];
  let kicks: number;
  const sealer = createOutcomeSealer(createKeyRing(ENCRYPTION_KEYS));

  beforeAll(async () => void (db = await openTestStores()));
  beforeEach(async () => {
    account = await anAccount(db.stores, { credentials: { access_token: SECRETS.token } });
    log = aLog();
    calls = [];
    kicks = 0;
  });
  afterAll(() => db.close());

  const kick = () => void (kicks += 1);
  const message = (given = {}) => accepted(db.stores, account.id, { text: SECRETS.text, ...given });
  const statusOf = (messageId: string) => db.stores.messages.findStatus(messageId, '*');

  /** Runs the activity; the platform answers in turn, the last answer for ever. */
  function run(
    messageId: string,
    answers: SendOutcome[],
    given: {
      sends?: Partial<SendStore>;
      leaseMs?: number;
      round?: number;
      fetchProfile?: Channel['fetchProfile'];
    } = {},
  ) {
    const send = (_account: unknown, request: SendRequest) => {
      calls.push(request);
      const answer = answers[Math.min(calls.length, answers.length) - 1];
      return answer ? Promise.resolve(answer) : Promise.reject(new Error('no call was expected'));
    };
    const sendMessage = createSendMessage({
      ...db.stores,
      sends: { ...db.stores.sends, ...given.sends },
      channels: someChannels(
        aChannel({
          name: 'instagram',
          send,
          ...(given.fetchProfile ? { fetchProfile: given.fetchProfile } : {}),
        }),
      ),
      gate: createSendGate(),
      sealer,
      kick,
      logger: log,
      ...(given.leaseMs === undefined ? {} : { leaseMs: given.leaseMs }),
    });
    const input = { messageId, round: given.round ?? 1, channel: 'instagram' };
    return runActivity(sendMessage, input);
  }

  describe('with more in the conversation', () => {
    const recipientId = SECRETS.recipientId;
    const waiting = async (texts: string[]) => {
      const found = [];
      for (const text of texts) found.push((await message({ recipientId, text })).messageId);
      return found;
    };
    const startsOf = (messageId: string | undefined) =>
      db.rows<{ due: boolean }>(
        `select not_before <= now() as due from outbox where kind = 'send_message' and target = $1`,
        messageId,
      );

    it('carries on with what waits, one after the other, and leaves each its workflow', async () => {
      const [first = '', ...others] = await waiting(['a', 'b', 'c']);
      expect(await run(first, [outcome.sent()])).toEqual({ do: 'done', status: 'sent' });
      expect(calls.map(({ content }) => textOf(content))).toEqual(['a', 'b', 'c']);
      for (const messageId of others) {
        expect((await statusOf(messageId))?.status).toBe('sent');
        expect(await startsOf(messageId)).toEqual([{ due: false }]);
      }
    });

    it.each(['transient', 'unknown', 'refused', 'unauthorized'] as const)(
      'ends at one that is %s, whose workflow starts at once where it has something to do',
      async (given) => {
        const [first = '', second, third] = await waiting(['a', 'b', 'c']);
        const step = await run(first, [outcome.sent(), outcome.failed(given)]);
        expect(step).toEqual({ do: 'done', status: 'sent' });
        expect(calls).toHaveLength(2);
        expect(await startsOf(second)).toEqual([{ due: given !== 'refused' }]);
        expect(await startsOf(third)).toEqual(given === 'refused' ? [{ due: true }] : []);
      },
    );

    it('hands what PostgreSQL did not take of it to the workflow that it has', async () => {
      const [first = '', second = ''] = await waiting(['a', 'b']);
      let records = 0;
      const step = await run(first, [outcome.sent()], {
        leaseMs: 1_500,
        sends: {
          record(input) {
            records += 1;
            return records === 1
              ? db.stores.sends.record(input)
              : Promise.reject(new Error('away'));
          },
        },
      });
      if (step.do !== 'record') throw new Error(`unexpected: ${step.do}`);
      await createRecordOutcome({ ...db.stores, sealer, kick })(step);
      expect((await statusOf(second))?.status).toBe('sent');
      expect(await startsOf(second)).toEqual([{ due: true }]);
    });

    it('sends nothing twice where the workflow of the next one is quicker', async () => {
      const [first = '', second = ''] = await waiting(['a', 'b']);
      const begin = db.stores.sends.begin;
      await run(first, [outcome.sent()], {
        sends: {
          async begin(input) {
            if (input.messageId === second && calls.length === 1)
              await run(second, [outcome.sent()]);
            return begin(input);
          },
        },
      });
      expect(calls.map(({ content }) => textOf(content))).toEqual(['a', 'b']);
    });
  });

  it('looks, calls and records', async () => {
    const { messageId } = await message({ recipientId: SECRETS.recipientId });
    const before = performance.now();
    const step = await run(messageId, [outcome.sent(SECRETS.platformId)]);
    expect(step).toEqual({ do: 'done', status: 'sent' });
    expect(calls).toMatchObject([
      {
        recipientId: SECRETS.recipientId,
        content: { type: 'text', text: SECRETS.text },
        callbackData: messageId,
        answerTimeoutMs: 10_000,
      },
    ]);
    // A second before the lease of 12 s ends.
    expect((calls[0]?.deadline ?? 0) - before).toBeGreaterThan(10_900);
    expect((calls[0]?.deadline ?? 0) - before).toBeLessThan(11_500);
    expect((await statusOf(messageId))?.status).toBe('sent');
    expect(kicks).toBe(1);
  });

  it('calls nobody for a reaction to a message that never went out, and says so', async () => {
    const recipientId = randomUUID();
    const target = await message({ recipientId });
    await run(target.messageId, [outcome.failed('refused')]);
    const content = { type: 'reaction', emoji: '👍' } as const;
    const { messageId } = await message({ recipientId, content, refersToId: target.messageId });
    expect(await run(messageId, [])).toEqual({ do: 'done', status: 'failed' });
    expect(calls).toHaveLength(1);
    const status = await statusOf(messageId);
    expect(status).toMatchObject({ status: 'failed', error: { code: 'target_not_sent' } });
  });

  it('tells the channel what it answers, and when the customer last wrote', async () => {
    const recipientId = randomUUID();
    const target = await message({ recipientId });
    await run(target.messageId, [outcome.sent('mid-target')]);
    await db.rows(
      `update conversations set customer_wrote_at = to_timestamp(1000) where id = $1`,
      target.conversationId,
    );
    const { messageId } = await message({ recipientId, refersToId: target.messageId });
    await run(messageId, [outcome.sent(), outcome.sent()]);
    expect(calls[0]).toMatchObject({ refersTo: null, customerWroteAt: null });
    expect(calls[1]).toMatchObject({ refersTo: 'mid-target', customerWroteAt: 1_000_000 });
  });

  it('calls nobody for a message that is sent already', async () => {
    const { messageId } = await message();
    await run(messageId, [outcome.sent()]);
    expect(await run(messageId, [])).toEqual({ do: 'done', status: 'ended' });
    expect(await run(randomUUID(), [])).toEqual({ do: 'done', status: 'ended' });
    expect(calls).toHaveLength(1);
  });

  it('calls once when two workers run it at the same time', async () => {
    const { messageId } = await message();
    const steps = await Promise.all([1, 2].map(() => run(messageId, [outcome.sent()])));
    expect(calls).toHaveLength(1);
    expect(steps).toContainEqual({ do: 'done', status: 'sent' });
  });

  it('lets Temporal try again after the delay that the policy names', async () => {
    const { messageId } = await message();
    const failure = await run(messageId, [outcome.failed('transient')]).catch(
      (error: unknown) => error,
    );
    if (!(failure instanceof ApplicationFailure)) throw new Error('no failure of Temporal');
    expect(failure.nonRetryable).toBe(false);
    expect(failure.type).toBe('transient');
    expect(Number(failure.nextRetryDelay)).toBeGreaterThanOrEqual(1_600);
    expect(Number(failure.nextRetryDelay)).toBeLessThanOrEqual(2_400);
  });

  it('says what to wait for, and for how long', async () => {
    const { messageId } = await message();
    const throttled = outcome.throttled({ retryAfterMs: 30_000 });
    expect(await run(messageId, [throttled])).toEqual({
      do: 'wait',
      delayMs: 30_000,
      reason: 'throttled',
    });
    expect(await run(messageId, [])).toMatchObject({ do: 'wait', reason: 'throttled' });
  });

  it('waits out by itself what is too short for a timer', async () => {
    const { messageId } = await message();
    await db.rows(
      `update messages set next_attempt_at = now() + interval '300 milliseconds' where id = $1`,
      messageId,
    );
    const step = await run(messageId, [outcome.sent()]);
    expect(step).toEqual({ do: 'done', status: 'sent' });
  });

  it('sends one part of a long text and asks to be run again', async () => {
    const { messageId } = await message({ text: 'a|b' });
    expect(await run(messageId, [outcome.sent()])).toEqual({ do: 'next' });
    expect(await run(messageId, [outcome.sent()])).toEqual({ do: 'done', status: 'sent' });
    expect(calls.map(({ content }) => textOf(content))).toEqual(['a|', 'b']);
  });

  it('settles what a lost worker left, without a call', async () => {
    const { messageId } = await message();
    const attempt = { messageId, round: 1, attemptId: randomUUID(), leaseMs: 12_000 };
    await db.stores.sends.begin(attempt);
    await endWait(db, messageId, 'lease_until');
    expect(await run(messageId, [])).toMatchObject({ do: 'wait', reason: 'awaiting_evidence' });
    expect(calls).toEqual([]);
  });

  it('writes the outcome again when the database was away for a moment', async () => {
    const { messageId } = await message();
    let failures = 2;
    const record: SendStore['record'] = (input) =>
      failures-- > 0 ? Promise.reject(new Error('away')) : db.stores.sends.record(input);
    expect(await run(messageId, [outcome.sent()], { sends: { record } })).toEqual({
      do: 'done',
      status: 'sent',
    });
    expect(calls).toHaveLength(1);
  });

  it.each([
    ['refuses', () => Promise.reject(new Error('away'))],
    ['says nothing', () => new Promise<never>(() => undefined)],
  ])(
    'hands the outcome on, sealed, when the database %s until the lease ends',
    async (_how, record) => {
      const { messageId } = await message();
      const sent = outcome.sent(SECRETS.platformId);
      const step = await run(messageId, [sent], { sends: { record }, leaseMs: 700 });
      if (step.do !== 'record') throw new Error(step.do);
      expect(JSON.stringify(step)).not.toContain(SECRETS.platformId);
      expect((await statusOf(messageId))?.status).toBe('pending');

      const recordOutcome = createRecordOutcome({ sends: db.stores.sends, sealer, kick });
      for (let times = 0; times < 2; times += 1) await runActivity(recordOutcome, step);
      expect(await statusOf(messageId)).toMatchObject({
        status: 'sent',
        platformMessageId: SECRETS.platformId,
      });
      expect(calls).toHaveLength(1);
    },
  );

  it('seals an outcome for its own attempt only', async () => {
    const sealed = sealer.seal(randomUUID(), outcome.sent(), 1);
    const recordOutcome = createRecordOutcome({ sends: db.stores.sends, sealer, kick });
    const input = { attemptId: randomUUID(), sealed };
    await expect(runActivity(recordOutcome, input)).rejects.toThrow();
  });

  it('puts nothing private into its results, its failures and the log', async () => {
    const named = { code: 'code', message: `about ${Object.values(SECRETS).join(' ')}` };
    const outcomes: SendOutcome[] = [
      outcome.sent(SECRETS.platformId),
      { class: 'transient', ...named },
      { class: 'unavailable', ...named },
      { class: 'unknown', ...named },
      { class: 'throttled', scope: 'recipient', retryAfterMs: 5_000, ...named },
      { class: 'refused', ...named },
      { class: 'unauthorized', ...named },
    ];
    const kept: unknown[] = [];
    for (const [index, each] of outcomes.entries()) {
      calls = [];
      const { messageId } = await message({ recipientId: `${SECRETS.recipientId}-${index}` });
      const result = await run(messageId, [each]).catch((error: unknown) => error);
      kept.push(result instanceof Error ? [result.message, { ...result }] : result);
    }
    const said = JSON.stringify([kept, log.lines]);
    for (const secret of Object.values(SECRETS)) expect(said).not.toContain(secret);
    expect(log.lines.length).toBeGreaterThanOrEqual(outcomes.length);
  });

  describe('with an automatic answer that wants a name', () => {
    async function anAnswer(customer: string): Promise<string> {
      const { channel, externalId } = (await db.stores.accounts.find(account.id))!;
      await db.stores.autoReplies.create(
        account.id,
        {
          enabled: true,
          priority: 1,
          match: 'exact',
          pattern: 'order66',
          caseSensitive: false,
          activeHours: null,
          cooldownSeconds: 0,
          text: 'It is on its way, {name}.',
        },
        'test',
      );
      const event = customerMessage({
        accountExternalId: externalId,
        customer,
        text: 'order66',
      });
      await db.stores.inbound.receive(aWebhook([event], { channel }));
      return db.value<string>(
        `select id from messages where account_id = $1 and source = 'auto_reply'`,
        account.id,
      );
    }

    it('asks the platform for it first, once', async () => {
      const asked: string[] = [];
      const fetchProfile: Channel['fetchProfile'] = async (_account, customerId) => {
        asked.push(customerId);
        return { name: 'Ana Lima', username: null };
      };
      const id = await anAnswer('ana');
      const transient = outcome.failed('transient');
      await expect(run(id, [transient], { fetchProfile })).rejects.toThrow();
      await endWait(db, id, 'next_attempt_at');
      await run(id, [outcome.sent()], { fetchProfile });
      expect(asked).toEqual(['ana']);
      expect(calls.map(({ content }) => content)).toEqual([
        aText('It is on its way, Ana Lima.'),
        aText('It is on its way, Ana Lima.'),
      ]);
    });

    it.each([
      ['does not tell', async () => null],
      ['fails', () => Promise.reject(new Error('no answer'))],
      ['says nothing at all', () => new Promise<null>(() => undefined)],
    ])('sends the platform’s id in its place when the platform %s', async (_, fetchProfile) => {
      const id = await anAnswer('bea-7');
      expect(await run(id, [outcome.sent()], { fetchProfile })).toMatchObject({ do: 'done' });
      expect(calls.map(({ content }) => content)).toEqual([aText('It is on its way, bea-7.')]);
    });
  });
});
