import type { SendOutcome } from '../../src/domain/outcome.ts';
import type { Bell, Work } from './clock.ts';
import type { CrmEvent, PlatformEvent } from './rows.ts';
import type { Call } from './sends.ts';
import type { World } from './world.ts';

/** A part that the platform has taken. */
export type Arrival = {
  messageId: string;
  conversationId: string;
  part: number;
  laneSeq: number;
  atMs: number;
  /** Whether it was known, when the call began, that it may be a second one. */
  marked: boolean;
  /** The platform said later that the customer will not get it. */
  failed: boolean;
};

export type Platform = {
  arrivals: Arrival[];
  /** Tokens up to this version are refused. */
  revokedVersion: number;
  call(call: Call, deadlineMs: number): Work<SendOutcome>;
};

type Exchange = { answer: SendOutcome | null; bell: Bell };
type Fate = { arrives: boolean; takesMs: number; answer: SendOutcome | 'id' | null };

const failure = (of: Exclude<SendOutcome['class'], 'sent' | 'throttled' | 'migrated'>) =>
  ({ class: of, code: of, message: '' }) satisfies SendOutcome;

/** The platform: takes calls, or loses them, and tells later by webhook what it has taken. */
export function createPlatform(world: World): Platform {
  const { clock, rows } = world;

  function* call(given: Call, deadlineMs: number): Work<SendOutcome> {
    yield clock.between(5, 60);
    // In one step with the first byte: a process that stands still here does not begin any more.
    if (clock.nowMs() >= deadlineMs || clock.chance(0.05)) return failure('unavailable');
    const exchange: Exchange = { answer: null, bell: clock.bell() };
    take(given, exchange);
    const endMs = Math.min(clock.nowMs() + 10_000, deadlineMs);
    while (!exchange.answer && clock.nowMs() < endMs)
      yield { ms: endMs - clock.nowMs(), bell: exchange.bell };
    return exchange.answer ?? failure('unknown');
  }

  function take(given: Call, exchange: Exchange): void {
    const fate = chooseFate(given);
    clock.after(fate.takesMs, () => {
      const platformId = fate.arrives ? arrive(given) : '';
      const { answer } = fate;
      if (answer === null) return;
      clock.after(clock.between(5, 60), () => {
        exchange.answer =
          answer === 'id' ? { class: 'sent', platformMessageId: platformId } : answer;
        exchange.bell.ring();
      });
    });
  }

  function chooseFate(given: Call): Fate {
    const takesMs = clock.between(10, 200);
    if (given.credentialVersion <= platform.revokedVersion)
      return { arrives: false, takesMs, answer: failure('unauthorized') };
    if (!clock.chance(0.35)) return { arrives: true, takesMs, answer: 'id' };
    const arrives = clock.chance(0.5);
    // Where no evidence is awaited, nobody could keep the order of what the platform takes after
    // its answer was given up.
    const slowMs = rows.evidence === 'none' ? takesMs : clock.between(500, 20_000);
    return clock.pick<Fate>([
      { arrives: false, takesMs, answer: failure('transient') },
      { arrives: false, takesMs, answer: failure('refused') },
      { arrives: false, takesMs, answer: throttled() },
      { arrives, takesMs, answer: failure('unknown') },
      { arrives, takesMs, answer: null },
      { arrives: true, takesMs: slowMs, answer: 'id' },
    ]);
  }

  function throttled(): SendOutcome {
    return {
      class: 'throttled',
      scope: clock.pick(['recipient', 'account']),
      retryAfterMs: clock.pick([undefined, 0, clock.between(500, 20_000)]),
      code: '4',
      message: '',
    };
  }

  function arrive({ message, part, text, marked, laneSeq }: Call): string {
    const platformId = world.newId('mid');
    const arrival: Arrival = {
      messageId: message.id,
      conversationId: message.conversationId,
      part,
      laneSeq,
      atMs: clock.nowMs(),
      marked,
      failed: false,
    };
    platform.arrivals.push(arrival);
    const base = { conversationId: message.conversationId, platformId, atMs: clock.nowMs() };
    const status = (of: 'sent' | 'delivered' | 'read' | 'failed'): PlatformEvent => ({
      ...base,
      kind: 'status',
      key: `${of}:${platformId}`,
      status: of,
      callback: rows.evidence === 'callback' ? { messageId: message.id, part } : null,
    });
    if (rows.evidence === 'none') return platformId;
    if (rows.evidence === 'echo') tell({ ...base, kind: 'echo', key: `echo:${platformId}`, text });
    else if (clock.chance(0.06)) {
      arrival.failed = true;
      tell(status('failed'));
      return platformId;
    } else tell(status('sent'));
    tell(status('delivered'));
    tell(status('read'));
    return platformId;
  }

  /** At once, late, after the time for evidence, twice, or never; until it is answered. */
  function tell(event: PlatformEvent): void {
    if (clock.chance(0.08)) return;
    const delayMs = clock.chance(0.05) ? clock.between(60_000, 120_000) : clock.between(20, 5_000);
    world.tellApi(event, delayMs);
    if (clock.chance(0.1)) world.tellApi(event, delayMs + clock.between(0, 10_000));
  }

  const platform: Platform = { arrivals: [], revokedVersion: 0, call };
  return platform;
}

/** What the CRM got, in the order in which it got it. */
export type Receipt = { event: CrmEvent; sequence: number; atMs: number };

export type Crm = {
  receipts: Receipt[];
  downUntilMs: number;
  post(event: CrmEvent): Work<{ statusCode: number | null; retryAfterMs: number | null }>;
};

/** The CRM: answers, or not, whether it has taken the event or not. */
export function createCrm({ clock }: World): Crm {
  function* post(event: CrmEvent): ReturnType<Crm['post']> {
    yield clock.between(5, 60);
    const none = { statusCode: null, retryAfterMs: null };
    if (crm.downUntilMs > clock.nowMs()) {
      yield clock.between(1, 10_000);
      return none;
    }
    const bad = clock.chance(0.15);
    if (!bad || clock.chance(0.3))
      crm.receipts.push({ event, sequence: event.sequence ?? 0, atMs: clock.nowMs() });
    if (bad && clock.chance(0.3)) {
      yield 10_000;
      return none;
    }
    yield clock.between(1, 40);
    if (!bad) return { statusCode: 200, retryAfterMs: null };
    const statusCode = clock.pick([400, 401, 404, 410, 429, 500, 500, 500]);
    return { statusCode, retryAfterMs: clock.pick([null, 0, 5_000, 1e12]) };
  }
  const crm: Crm = { receipts: [], downUntilMs: 0, post };
  return crm;
}
