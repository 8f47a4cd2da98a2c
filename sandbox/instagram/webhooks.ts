import type { AttemptSettings, Delivery } from '../meta/webhook-attempts.ts';
import { flagsAsText } from '../meta/flags.ts';
import { type MetaWebhooks, createMetaWebhooks } from '../meta/webhooks.ts';
import { type InstagramState, threadKey } from './state.ts';

export type InstagramSettings = AttemptSettings & {
  /** Whether a sent message comes back as an echo. */
  echo: boolean;
  /** Flags are `"true"`, as some versions write them. */
  flags_as_text: boolean;
  /** What times are counted in. */
  times: 'milliseconds' | 'seconds';
};

/** The member of an entry that the items are in; `standby` while another app holds the thread. */
type List = 'messaging' | 'standby';

export type WebhookSender = MetaWebhooks<InstagramSettings> & {
  /** Posts one body with these messaging items, unless the account or the app has no subscription. */
  emit(accountId: string, customerId: string | null, items: object[], list?: List): void;
};

/** The platform's schedule: soon again, then ever more slowly, for 36 hours. */
function defaults(): InstagramSettings {
  return {
    retry_delays_ms: [1000, 5000, 15_000, 60_000, 300_000, 900_000, 3_600_000],
    retry_scale: 1,
    stop_after_ms: 36 * 3_600_000,
    timeout_ms: 5000,
    echo: true,
    flags_as_text: false,
    times: 'milliseconds',
  };
}

/** Sends the app's webhooks in Instagram's envelope, in order per thread. */
export function createWebhookSender(deps: {
  state: InstagramState;
  appSecret: string;
  now: () => number;
  /** Told after each attempt. */
  attempted: (delivery: Delivery) => void;
}): WebhookSender {
  const { state, now } = deps;
  const sender = createMetaWebhooks({
    ...deps,
    store: state,
    callbackUrl: () => state.callbackUrl,
    defaults,
  });
  return {
    ...sender,
    emit(account, customer, items, list = 'messaging') {
      if (!state.callbackUrl || !state.accounts.get(account)?.subscribedFields) return;
      const { flags_as_text: asText, times } = sender.settings;
      const time = (ms: number) => (times === 'seconds' ? Math.floor(ms / 1000) : ms);
      const timed = items.map((item) => withTime(item, time));
      const told = asText ? flagsAsText(timed) : timed;
      const body = {
        object: 'instagram',
        entry: [{ id: account, time: time(now()), [list]: told }],
      };
      void sender.post({ account, customer, lane: threadKey(account, customer ?? ''), body });
    },
  };
}

function withTime(item: { timestamp?: unknown }, time: (ms: number) => number): object {
  return typeof item.timestamp === 'number' ? { ...item, timestamp: time(item.timestamp) } : item;
}

/** The messaging items of a delivery's first entry; null where it has none. */
export function messagingOf({ body }: Delivery): Record<string, unknown>[] | null {
  type Body = { entry?: { [list in List]?: Record<string, unknown>[] }[] } | null;
  const entry = (body as Body)?.entry?.[0];
  return entry?.messaging ?? entry?.standby ?? null;
}
