import type { AlertStore, AlertView } from '../../../src/database/alert-store.ts';
import type { BulkReplayStore, BulkReplayView } from '../../../src/database/bulk-replay-store.ts';
import type {
  DeadLetterDetail,
  DeadLetterFilter,
  DeadLetterQueryStore,
} from '../../../src/database/dead-letter-query-store.ts';
import type {
  DeliveryDetail,
  DeliveryFilter,
  DeliveryQueryStore,
} from '../../../src/database/delivery-query-store.ts';
import type {
  ActionResult,
  MessageActionStore,
} from '../../../src/database/message-action-store.ts';
import type { AccountScope } from '../../../src/database/message-store.ts';
import type { PageRequest } from '../../../src/database/page.ts';
import { InvalidCursor } from './fake-paging.ts';

const AT = new Date('2026-11-21T09:30:00.000Z');

const covers = (scope: AccountScope, accountId: string) =>
  scope === '*' || scope.includes(accountId);

/** Answers every action with `result`, and keeps what was asked. */
export function createFakeMessageActions() {
  const state = { result: { kind: 'done' } as ActionResult, asked: [] as unknown[] };
  const act = (name: string) => async (messageId: string, scope: AccountScope) => {
    state.asked.push({ name, messageId, scope });
    return state.result;
  };
  const store: MessageActionStore = {
    resend: act('resend'),
    confirm: act('confirm'),
    cancel: act('cancel'),
  };
  return { store, state };
}

function letter(change: Partial<DeadLetterDetail>): DeadLetterDetail {
  return {
    id: 'dl_mine',
    kind: 'webhook',
    accountId: 'acc_mine',
    channel: 'instagram',
    conversationId: 'conv_mine',
    subjectId: 'whd_1',
    reason: 'unauthorized',
    lastStatusCode: 401,
    attempts: 1,
    state: 'open',
    firstAttemptAt: AT,
    lastAttemptAt: AT,
    createdAt: AT,
    closedAt: null,
    holds: false,
    attemptList: [
      {
        at: AT,
        statusCode: 401,
        errorClass: null,
        errorCode: null,
        detail: 'who are you?',
        durationMs: 12,
      },
    ],
    sameCause: 3,
    ...change,
  };
}

type Listed = { kind: string; scope: AccountScope; filter: DeadLetterFilter; page: PageRequest };

/** `dl_mine` (a webhook) and `dl_message` of `acc_mine`, `dl_theirs` (a webhook) of `acc_theirs`. */
export function createFakeDeadLetters() {
  const letters = [
    letter({}),
    letter({ id: 'dl_theirs', accountId: 'acc_theirs' }),
    letter({ id: 'dl_message', kind: 'message', reason: 'transient', lastStatusCode: null }),
  ];
  const listed: Listed[] = [];
  const asked: unknown[] = [];
  const store: DeadLetterQueryStore = {
    async list(kind, scope, filter, page) {
      if (page.cursor !== undefined && page.cursor !== 'page2') throw new InvalidCursor();
      listed.push({ kind, scope, filter, page });
      const items = letters.filter((each) => each.kind === kind && covers(scope, each.accountId));
      return { items, nextCursor: page.cursor === undefined ? 'page2' : null };
    },
    find: async (kind, id, scope) =>
      letters.find(
        (each) => each.kind === kind && each.id === id && covers(scope, each.accountId),
      ) ?? null,
    async ask(given, what, actor) {
      asked.push({ id: given.id, what, actor });
    },
  };
  return { store, letters, listed, asked };
}

/** Bulk replays in memory; every preview counts 7. */
export function createFakeBulkReplays() {
  const views = new Map<string, BulkReplayView>();
  const previews: unknown[] = [];
  const store: Pick<BulkReplayStore, 'preview' | 'create' | 'find' | 'list' | 'setState'> = {
    async preview(replay) {
      previews.push(replay);
      return 7;
    },
    async create({ accountId, kind, filter, ratePerSecond }) {
      const view: BulkReplayView = {
        id: `replay_${views.size + 1}`,
        accountId,
        kind,
        filter,
        ratePerSecond,
        state: 'running',
        total: 7,
        replayed: 0,
        skipped: 0,
        createdAt: AT,
        finishedAt: null,
      };
      views.set(view.id, view);
      return view;
    },
    find: async (id) => views.get(id) ?? null,
    async list(scope, page) {
      if (page.cursor !== undefined) throw new InvalidCursor();
      const items = [...views.values()].filter(
        ({ accountId }) =>
          covers(scope, accountId) &&
          (page.accountId === undefined || page.accountId === accountId),
      );
      return { items, nextCursor: null };
    },
    async setState(id, state) {
      const view = views.get(id);
      if (!view || (view.state !== 'running' && view.state !== 'paused')) return null;
      const finishedAt = state === 'cancelled' ? AT : null;
      const changed = { ...view, state, finishedAt };
      views.set(id, changed);
      return changed;
    },
  };
  return { store, views, previews };
}

/** One open alert of `acc_mine`, and a resolved one of a channel. */
export function createFakeAlerts() {
  const listed: (PageRequest & { open?: boolean | undefined })[] = [];
  const alert: AlertView = {
    id: 'alert_1',
    cause: 'crm_unauthorized',
    accountId: 'acc_mine',
    channel: null,
    codes: {},
    firstAt: AT,
    lastAt: AT,
    count: 2,
    resolvedAt: null,
    workflowIds: [],
  };
  const alerts = [
    alert,
    {
      ...alert,
      id: 'alert_2',
      cause: 'channel_silent' as const,
      accountId: null,
      channel: 'telegram',
      resolvedAt: AT,
    },
  ];
  const store: Pick<AlertStore, 'list'> = {
    async list(scope, page) {
      if (page.cursor !== undefined) throw new InvalidCursor();
      listed.push(page);
      const items = alerts.filter(
        (each) =>
          (scope === '*' || (each.accountId !== null && scope.includes(each.accountId))) &&
          (page.open === undefined || (each.resolvedAt === null) === page.open),
      );
      return { items, nextCursor: null };
    },
  };
  return { store, listed };
}

/** `whd_mine` of `acc_mine`, `whd_theirs` of `acc_theirs`. */
export function createFakeDeliveries() {
  const one = (id: string, accountId: string): DeliveryDetail => ({
    id,
    accountId,
    conversationId: 'conv_mine',
    messageId: null,
    type: 'message.received',
    sequence: 3,
    state: 'pending',
    attempts: 1,
    lastStatusCode: 503,
    lastErrorClass: null,
    storedAt: AT,
    firstAttemptAt: AT,
    nextAttemptAt: AT,
    deliveredAt: null,
    attemptList: [
      { at: AT, statusCode: 503, errorClass: null, durationMs: 12, excerpt: 'restarting' },
    ],
  });
  const all = [one('whd_mine', 'acc_mine'), one('whd_theirs', 'acc_theirs')];
  const listed: { scope: AccountScope; filter: DeliveryFilter; page: PageRequest }[] = [];
  const store: DeliveryQueryStore = {
    async list(scope, filter, page) {
      if (page.cursor !== undefined) throw new InvalidCursor();
      listed.push({ scope, filter, page });
      return { items: all.filter((each) => covers(scope, each.accountId)), nextCursor: null };
    },
    find: async (id, scope) =>
      all.find((each) => each.id === id && covers(scope, each.accountId)) ?? null,
  };
  return { store, listed };
}
