import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createDeliverEvents } from '../../src/activities/deliver-events.ts';
import { createSlots } from '../../src/activities/slots.ts';
import type { WebhookAnswer, WebhookPost } from '../../src/crm/webhook.ts';
import { aLog, anAccount, anAnswer, aWebhook, customerMessage } from '../support/builders.ts';
import { eventsOf, openTestStores, until, type TestStores } from '../support/database.ts';
import { runActivity } from './run-activity.ts';

describe('the activity that delivers the events of a conversation', () => {
  let db: TestStores;
  let account: { id: string; externalId: string };
  let log: ReturnType<typeof aLog>;
  let posts: WebhookPost[];
  let lingerMs: number;
  let slots: ReturnType<typeof createSlots>;

  beforeAll(async () => void (db = await openTestStores()));
  beforeEach(async () => {
    account = await anAccount(db.stores, { webhookSecret: 'canary-secret' });
    log = aLog();
    posts = [];
    lingerMs = 0;
    slots = createSlots(10);
  });
  afterAll(() => db.close());

  /** The customer writes so often; answers the conversation. */
  async function receive(times: number, reorderWindowMs = 0): Promise<string> {
    const customer = `canary-customer-${randomUUID()}`;
    const events = Array.from({ length: times }, (_, index) =>
      customerMessage({
        accountExternalId: account.externalId,
        customer,
        text: `canary-text ${index}`,
      }),
    );
    const { messages } = await db.stores.inbound.receive(aWebhook(events, { reorderWindowMs }));
    return messages[0]?.conversationId ?? '';
  }

  type Answer = (post: WebhookPost) => WebhookAnswer | Promise<WebhookAnswer>;

  function activity(answer: Answer = () => anAnswer(200)) {
    return createDeliverEvents({
      deliveries: db.stores.deliveries,
      sender: {
        async post(request) {
          posts.push(request);
          return answer(request);
        },
      },
      slots,
      lingerMs,
      logger: log,
    });
  }
  const run = (laneId: string, answer?: Answer, environment?: MockActivityEnvironment) =>
    runActivity(activity(answer), { laneId, profileAsked: true }, environment);

  it('posts one after another until none is left', async () => {
    const lane = await receive(3);
    let inFlight = 0;
    const step = await run(lane, async () => {
      inFlight += 1;
      expect(inFlight).toBe(1);
      await new Promise((resolve) => setImmediate(resolve));
      inFlight -= 1;
      return anAnswer(204);
    });
    expect(step).toEqual({ do: 'end', lingerMs: 0 });
    expect(posts.map(({ body }) => (JSON.parse(body) as { sequence: number }).sequence)).toEqual([
      1, 2, 3,
    ]);
    expect(posts[0]).toMatchObject({
      url: 'https://crm.example/hook',
      webhookId: expect.stringMatching(/^whd_/),
      secrets: ['canary-secret'],
      traceId: 'trace-in',
    });
    expect((await eventsOf(db, lane)).map(({ state }) => state)).toEqual([
      'delivered',
      'delivered',
      'delivered',
    ]);
  });

  it('says how long a drained conversation should stay', async () => {
    lingerMs = 45_000;
    expect(await run(await receive(1))).toEqual({ do: 'end', lingerMs: 45_000 });
  });

  it('stops at the first that fails, and waits for its ladder', async () => {
    const lane = await receive(2);
    const step = await run(lane, () => anAnswer(503));
    if (step.do !== 'wait') throw new Error(step.do);
    expect(step.delayMs).toBeGreaterThanOrEqual(800);
    expect(step.reason).toBe('next attempt');
    expect(posts).toHaveLength(1);
  });

  it('passes a dead letter and goes on with the next', async () => {
    const lane = await receive(2);
    const step = await run(lane, ({ webhookId }) =>
      anAnswer(webhookId === posts[0]?.webhookId ? 401 : 200),
    );
    expect(step).toEqual({ do: 'end', lingerMs: 0 });
    expect((await eventsOf(db, lane)).map(({ state }) => state)).toEqual(['dead', 'delivered']);
  });

  it('waits until it is woken when the endpoint is gone', async () => {
    const lane = await receive(1);
    expect(await run(lane, () => anAnswer(410))).toEqual({
      do: 'wait',
      delayMs: null,
      reason: 'endpoint disabled',
    });
    expect(await run(lane)).toMatchObject({ do: 'wait', delayMs: null });
    expect(posts).toHaveLength(1);
  });

  it('waits out the reorder window by itself', async () => {
    const lane = await receive(1, 250);
    const startedAt = performance.now();
    expect(await run(lane)).toEqual({ do: 'end', lingerMs: 0 });
    expect(performance.now() - startedAt).toBeGreaterThan(100);
    expect(posts).toHaveLength(1);
  });

  it('gives the workflow a look at its signals after 50 events', async () => {
    const lane = await receive(52);
    expect(await run(lane)).toEqual({ do: 'more' });
    expect(posts).toHaveLength(50);
    expect(await run(lane)).toEqual({ do: 'end', lingerMs: 0 });
  });

  it('asks for the profile of the customer first', async () => {
    const laneId = await receive(1);
    const input = { laneId, profileAsked: false };
    expect(await runActivity(activity(), input)).toEqual({
      do: 'fetch_profile',
      channel: 'instagram',
    });
    expect(posts).toEqual([]);
  });

  it('is busy while ten requests are on their way to the endpoint, and no longer', async () => {
    const lanes = await Promise.all(Array.from({ length: 11 }, () => receive(1)));
    let answerAll: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (answerAll = resolve));
    const running = lanes.slice(0, 10).map((lane) =>
      run(lane, async () => {
        await held;
        return anAnswer(200);
      }),
    );
    await until(() => Promise.resolve(posts.length === 10));
    const [last = ''] = lanes.slice(-1);
    expect(await run(last)).toEqual({ do: 'busy' });
    const other = await anAccount(db.stores);
    const event = customerMessage({ accountExternalId: other.externalId, customer: 'c' });
    const { messages } = await db.stores.inbound.receive(aWebhook([event]));
    expect(await run(messages[0]?.conversationId ?? '')).toMatchObject({ do: 'end' });
    answerAll();
    await Promise.all(running);
    expect(await run(last)).toMatchObject({ do: 'end' });
  });

  it('gives its place back when a post throws', async () => {
    const lane = await receive(1);
    for (let times = 0; times < 11; times += 1)
      await expect(run(lane, () => Promise.reject(new Error('a bug')))).rejects.toThrow('a bug');
    expect(await run(lane)).toMatchObject({ do: 'end' });
  });

  it('records nothing of a post that it ended itself', async () => {
    const lane = await receive(1);
    const closing = run(lane, () => anAnswer(null, { errorClass: 'aborted' }));
    await expect(closing).rejects.toBeInstanceOf(CancelledFailure);
    const attempts = 'select attempts from webhook_deliveries where lane_id = $1';
    expect(await db.value<number>(attempts, lane)).toBe(0);
  });

  it('does not post beside its successor once it was given up', async () => {
    const lane = await receive(2);
    const environment = new MockActivityEnvironment();
    const given = run(
      lane,
      () => {
        environment.cancel();
        return anAnswer(200);
      },
      environment,
    );
    await expect(given).rejects.toThrow();
    expect(posts).toHaveLength(1);
  });

  it('posts the same bytes again when nobody recorded the first answer', async () => {
    const lane = await receive(1);
    await run(lane, () => anAnswer(null, { errorClass: 'aborted' })).catch(() => undefined);
    await run(lane);
    expect(posts).toHaveLength(2);
    expect(posts[1]?.body).toBe(posts[0]?.body);
    expect(posts[1]?.webhookId).toBe(posts[0]?.webhookId);
  });

  it('puts nothing private into its results and the log, and warns of a slow CRM', async () => {
    const steps = [
      await run(await receive(1), () => anAnswer(500, { excerpt: 'canary-answer' })),
      await run(await receive(1), () => anAnswer(200, { durationMs: 5_001 })),
    ];
    const said = JSON.stringify([steps, log.lines]);
    expect(said).not.toContain('canary');
    expect(said).not.toContain('crm.example');
    expect(log.lines.map(({ message }) => message)).toEqual([
      'webhook attempted',
      'webhook attempted',
      'the CRM took over 5 s to answer',
    ]);
    expect(log.lines[0]?.fields).toMatchObject({
      account_id: account.id,
      status_code: 500,
      outcome: 'retry',
      attempt: 1,
    });
  });
});
