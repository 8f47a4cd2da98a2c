import { contactOf, errorOf, seconds } from './envelope.ts';
import type { WhatsAppWebhooks } from './webhooks.ts';
import type { Account, Failure, Group, Message, Thread } from './state.ts';

type Told = 'sent' | 'delivered' | 'read' | 'failed' | 'played';

export type Statuses = {
  /**
   * Sets a message of the business on its way. Resolves at once, unless the settings let the first
   * status come before the call's answer.
   */
  follow(account: Account, message: Message, to: Thread | Group, people: Thread[]): Promise<void>;
  /** The person looked at a message. */
  read(account: Account, message: Message, to: Thread): void;
  /** Tells any status at all, whatever became of the message. */
  tell(account: Account, message: Message, to: Thread, status: Told, failure?: Failure): void;
  /** Forgets what was still to be told. */
  reset(): void;
};

const RANK: Record<string, number> = { accepted: 0, sent: 1, delivered: 2, read: 3, failed: 4 };

/** The ladder of statuses: sent, delivered, read; with steps left out where the platform does. */
export function createStatuses(deps: { webhooks: WhatsAppWebhooks; now: () => number }): Statuses {
  const { webhooks, now } = deps;
  const { settings } = webhooks;
  const timers = new Set<NodeJS.Timeout>();

  function advance(message: Message, status: Told): void {
    if (status === 'played') return;
    if ((RANK[status] ?? 0) > (RANK[message.status] ?? 0)) message.status = status;
  }

  function emit(
    account: Account,
    message: Message,
    to: Thread | Group,
    people: Thread[],
    status: Told,
    failure: Failure | null,
  ): Promise<void> {
    advance(message, status);
    if (status !== 'played' && !settings.statuses.includes(status)) return Promise.resolve();
    const statuses = people.map((person) => statusOf(message, to, person, status, failure, now()));
    const contacts = status === 'failed' ? [] : people.map(contactOf);
    const customer = 'participants' in to ? null : to.id;
    return webhooks.emit(account, { customer, contacts, statuses });
  }

  function later(ms: number, act: () => Promise<void>): void {
    const timer = setTimeout(() => {
      timers.delete(timer);
      void act();
    }, ms).unref();
    timers.add(timer);
  }

  return {
    async follow(account, message, to, people) {
      const tell = (status: Told) => emit(account, message, to, people, status, message.failure);
      const steps = stepsOf(message, people);
      const told = settings.status_order === 'reversed' ? steps.toReversed() : steps;
      const delays = steps.map((step) => delayOf(step, settings)).toSorted((a, b) => a - b);
      const plan = () => told.forEach((step, index) => later(delays[index] ?? 0, () => tell(step)));
      if (!settings.status_before_response) return plan();
      const first = told.shift();
      delays.shift();
      if (first) await tell(first);
      plan();
    },
    read(account, message, to) {
      const known = message.status === 'read';
      message.status = 'read';
      if (!known && to.readReceipts) void emit(account, message, to, [to], 'read', null);
    },
    tell: (account, message, to, status, failure) =>
      void emit(account, message, to, [to], status, failure ?? null),
    reset() {
      timers.forEach((timer) => clearTimeout(timer));
      timers.clear();
    },
  };
}

/** A reaction is only ever `sent`; an open chat skips `delivered`; who blocked us gets nothing. */
function stepsOf(message: Message, people: Thread[]): Told[] {
  if (message.failure) return ['failed'];
  const first = people[0];
  if (message.type === 'reaction' || !first || first.blocked) return ['sent'];
  if (people.length === 1 && first.chatOpen && first.readReceipts) return ['sent', 'read'];
  return ['sent', 'delivered'];
}

function delayOf(step: Told, settings: WhatsAppWebhooks['settings']): number {
  if (step === 'sent') return settings.sent_after_ms;
  return step === 'failed' ? settings.failed_after_ms : settings.delivered_after_ms;
}

function statusOf(
  message: Message,
  to: Thread | Group,
  person: Thread,
  status: Told,
  failure: Failure | null,
  now: number,
): object {
  const numberKnown = person.number !== null && !person.numberHidden;
  const person_ = {
    ...(numberKnown && { id: person.number }),
    // A failure to a number does not tell whose it is.
    ...((status !== 'failed' || !numberKnown) && { user: person.userId }),
  };
  const isGroup = 'participants' in to;
  return {
    id: message.id,
    status,
    timestamp: seconds(now),
    ...(isGroup
      ? { recipient_id: to.id, recipient_type: 'group', ...named(person_, 'recipient_participant') }
      : named(person_, 'recipient')),
    ...(message.opaque !== null && { biz_opaque_callback_data: message.opaque }),
    ...(status === 'failed' && failure && { errors: [errorOf(failure)] }),
    ...((status === 'sent' || status === 'delivered') && { pricing: PRICING }),
  };
}

const PRICING = {
  billable: false,
  pricing_model: 'PMP',
  category: 'service',
  type: 'free_customer_service',
};

function named({ id, user }: { id?: string | null; user?: string }, prefix: string): object {
  return { ...(id && { [`${prefix}_id`]: id }), ...(user && { [`${prefix}_user_id`]: user }) };
}
