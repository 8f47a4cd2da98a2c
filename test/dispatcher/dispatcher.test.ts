import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { OutboxCall, OutboxResult, OutboxStore } from '../../src/database/outbox-store.ts';
import { createDispatcher, type DispatcherDeps } from '../../src/dispatcher/dispatcher.ts';
import { TemporalUnreachable } from '../../src/dispatcher/temporal-gateway.ts';
import { aLog } from '../support/builders.ts';
import { until } from '../support/database.ts';

/** An hour: the sweep does nothing in a test that is about something else. */
const NEVER_MS = 3_600_000;

describe('the dispatcher', () => {
  let rows: OutboxCall[];
  let claims: number;
  let delivered: string[];
  let log: ReturnType<typeof aLog>;
  let running: ReturnType<typeof createDispatcher>[];

  beforeEach(() => {
    rows = [];
    claims = 0;
    delivered = [];
    log = aLog();
    running = [];
  });
  afterEach(async () => {
    for (const dispatcher of running) await dispatcher.stop();
  });

  /** An outbox in memory that keeps the contract of the real one. */
  const outbox: OutboxStore = {
    async claim(limit, dispatch) {
      claims += 1;
      const batch = rows.slice(0, limit);
      if (batch.length === 0) return 0;
      const results = await dispatch(batch);
      rows = rows.filter((row) => results.get(row) !== 'done');
      for (const [row, result] of results) if (result === 'refused') row.attempts += 1;
      return batch.length;
    },
    oldestDueMs: () => Promise.resolve(null),
  };
  const add = (target: string, attempts = 0) =>
    rows.push({
      ids: [target],
      kind: 'events_ready',
      target,
      accountId: 'acc_1',
      channel: null,
      round: null,
      traceId: null,
      details: {},
      attempts,
    });

  function start(
    deliver: (call: OutboxCall) => Promise<OutboxResult>,
    given: Partial<DispatcherDeps> = {},
  ) {
    const dispatcher = createDispatcher({
      outbox,
      temporal: {
        async deliver(call) {
          const result = await deliver(call);
          if (result === 'done') delivered.push(call.target);
          return result;
        },
        check: () => check(),
      },
      logger: log,
      sweepMs: NEVER_MS,
      ...given,
    });
    running.push(dispatcher);
    dispatcher.start();
    return dispatcher;
  }
  const done = () => Promise.resolve<OutboxResult>('done');
  const unreachable = () => Promise.reject(new TemporalUnreachable());
  let check: () => Promise<void> = unreachable;
  const isDelivered = (...targets: string[]) =>
    until(() => Promise.resolve(targets.every((target) => delivered.includes(target))));
  const isIdle = async () => {
    await until(() => Promise.resolve(claims > 0 && rows.length === 0));
  };

  it('looks at once when it starts, and again when it is kicked', async () => {
    add('left over');
    const dispatcher = start(done);
    await isDelivered('left over');
    await isIdle();
    add('new');
    dispatcher.kick();
    await isDelivered('new');
  });

  it('sweeps for what nobody kicked it for', async () => {
    start(done, { sweepMs: 20 });
    await until(() => Promise.resolve(claims >= 2));
    add('from another process');
    await isDelivered('from another process');
  });

  it('goes on without a pause while there is more than a batch', async () => {
    const targets = Array.from({ length: 170 }, (_, index) => `t${index}`);
    for (const target of targets) add(target);
    start(done);
    await isDelivered(...targets);
    expect(claims).toBeGreaterThanOrEqual(4);
  });

  it('sees a kick that comes while it is looking', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let looking = false;
    const slow: OutboxStore = {
      ...outbox,
      async claim(limit, dispatch) {
        const found = await outbox.claim(limit, dispatch);
        if (!looking) {
          looking = true;
          await held;
        }
        return found;
      },
    };
    const dispatcher = start(done, { outbox: slow });
    await until(() => Promise.resolve(looking));
    add('meanwhile');
    dispatcher.kick();
    release();
    await isDelivered('meanwhile');
  });

  it('brings back only the call that is refused, and says so when it lasts', async () => {
    add('good');
    add('bad', 5);
    add('good too');
    const refuseBad = ({ target }: OutboxCall) =>
      Promise.resolve<OutboxResult>(target === 'bad' && rows.length > 0 ? 'refused' : 'done');
    const dispatcher = start(refuseBad, {
      outbox: { ...outbox, claim: async (...args) => (claims > 0 ? 0 : outbox.claim(...args)) },
    });
    await isDelivered('good', 'good too');
    await dispatcher.stop();
    expect(rows.map(({ target, attempts }) => [target, attempts])).toEqual([['bad', 6]]);
    expect(log.lines).toContainEqual({
      message: 'Temporal keeps refusing a call',
      fields: { workflow_id: 'bad' },
    });
  });

  it('keeps what was delivered when Temporal goes away in the middle of a batch', async () => {
    add('first');
    add('second');
    let away = true;
    start(({ target }) => (target === 'second' && away ? unreachable() : done()));
    await isDelivered('first');
    expect(rows.map(({ target }) => target)).toEqual(['second']);
    away = false;
    await isDelivered('second');
    expect(delivered).toEqual(['first', 'second']);
  });

  it('puts behind the others what Temporal says nothing to while it answers', async () => {
    for (let count = 0; count < 50; count += 1) add(`mute ${count}`);
    add('behind them');
    check = () => Promise.resolve();
    const later: OutboxCall[] = [];
    const dispatcher = start(({ target }) => (target.startsWith('mute') ? unreachable() : done()), {
      outbox: {
        ...outbox,
        async claim(...args) {
          const claimed = await outbox.claim(...args);
          // As the store does: what was refused is not due for a while.
          later.push(...rows.filter(({ attempts }) => attempts > 0));
          rows = rows.filter(({ attempts }) => attempts === 0);
          return claimed;
        },
      },
    });
    await isDelivered('behind them');
    await dispatcher.stop();
    check = unreachable;
    expect(later).toHaveLength(50);
  });

  it('pauses while Temporal does not answer, however often it is kicked, and recovers', async () => {
    add('waiting');
    let away = true;
    let reachable = 0;
    const dispatcher = start(() => (away ? unreachable() : done()), {
      onReachable: () => (reachable += 1),
    });
    const kicking = setInterval(() => dispatcher.kick(), 1);
    await until(() => Promise.resolve(claims >= 2));
    const endsAt = performance.now() + 400;
    const before = claims;
    await until(() => Promise.resolve(performance.now() > endsAt));
    expect(claims - before).toBeLessThanOrEqual(2);
    expect(rows).toHaveLength(1);
    expect(reachable).toBe(0);
    away = false;
    await isDelivered('waiting');
    clearInterval(kicking);
    await until(() => Promise.resolve(reachable === 1));
    expect(log.lines.filter(({ message }) => message === 'the outbox is waiting')).toHaveLength(1);
  });

  it('does not turn kicks during a failing look into a busy loop', async () => {
    let kick: () => void = () => undefined;
    const dispatcher = start(async () => {
      kick();
      // So that a loop without a pause can be counted instead of stopping everything.
      await new Promise((resolve) => setImmediate(resolve));
      return unreachable();
    });
    kick = () => dispatcher.kick();
    await until(() => Promise.resolve(claims >= 1));
    claims = 0;
    add('waiting');
    kick();
    await until(() => Promise.resolve(claims >= 1));
    const endsAt = performance.now() + 300;
    await until(() => Promise.resolve(performance.now() > endsAt));
    expect(claims).toBeLessThanOrEqual(2);
  });

  it('pauses while PostgreSQL does not answer, and recovers', async () => {
    add('waiting');
    let away = true;
    let looks = 0;
    start(done, {
      outbox: {
        ...outbox,
        claim: (...args) => {
          looks += 1;
          return away ? Promise.reject(new Error('away')) : outbox.claim(...args);
        },
      },
    });
    await until(() => Promise.resolve(looks >= 2));
    expect(looks).toBeLessThanOrEqual(3);
    away = false;
    await isDelivered('waiting');
  });

  it('ends after the batch that is under way, and takes no other', async () => {
    for (let index = 0; index < 60; index += 1) add(`t${index}`);
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const dispatcher = start(async () => {
      await held;
      return 'done';
    });
    await until(() => Promise.resolve(claims === 1));
    let stopped = false;
    const stopping = dispatcher.stop().then(() => (stopped = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(stopped).toBe(false);
    release();
    await stopping;
    expect(delivered).toHaveLength(50);
    expect(claims).toBe(1);
  });

  it('ends at once while it is pausing', async () => {
    add('waiting');
    const dispatcher = start(unreachable);
    await until(() => Promise.resolve(claims >= 1));
    const startedAt = performance.now();
    await dispatcher.stop();
    expect(performance.now() - startedAt).toBeLessThan(400);
  });
});
