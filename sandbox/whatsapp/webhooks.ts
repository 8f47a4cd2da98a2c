import type { AttemptSettings, Delivery } from '../meta/webhook-attempts.ts';
import { type MetaWebhooks, createMetaWebhooks } from '../meta/webhooks.ts';
import { flagsAsText } from '../meta/flags.ts';
import { type Batch, type Item, createBatches } from './batches.ts';
import type { Account, WhatsAppState } from './state.ts';

export type WhatsAppSettings = AttemptSettings & {
  /** Up to this many messages and statuses share one POST; 1: each has its own. */
  batch_size: number;
  /** Milliseconds a batch waits for more. */
  batch_wait_ms: number;
  /** What a batch repeats: members of one value, changes, or whole entries. */
  batch_as: 'messages' | 'changes' | 'entries';
  /** First attempts of one person's webhooks one after the other; otherwise all at once, as Meta does. */
  ordered: boolean;
  /** Statuses that are told; the others are lost. */
  statuses: ('sent' | 'delivered' | 'read' | 'failed')[];
  /** Milliseconds after the call was answered. */
  sent_after_ms: number;
  delivered_after_ms: number;
  failed_after_ms: number;
  /** `reversed`: `delivered` is told before `sent`. */
  status_order: 'normal' | 'reversed';
  /** The first status reaches the callback URL before the call is answered. */
  status_before_response: boolean;
  /** Whether a closed window is refused by the call, or told later as a failed status. */
  window_error: 'async' | 'sync';
  /** `always`: the business's country code is put before a number without a plus. */
  country_code: 'always' | 'never';
  /** Whether media in webhooks have a `url` beside the id. */
  media_url: boolean;
  /** Flags are `"true"`, as some versions write them. */
  flags_as_text: boolean;
  /** Whose links are fetched before they are shown: other ones are taken as they are. */
  fetch_links: 'local' | 'all' | 'none';
};

/** Meta tries for seven days, with growing gaps. */
function defaults(): WhatsAppSettings {
  return {
    retry_delays_ms: [1000, 5000, 15_000, 60_000, 300_000, 900_000, 3_600_000],
    retry_scale: 1,
    stop_after_ms: 7 * 24 * 3_600_000,
    timeout_ms: 10_000,
    batch_size: 1,
    batch_wait_ms: 50,
    batch_as: 'messages',
    ordered: true,
    statuses: ['sent', 'delivered', 'read', 'failed'],
    sent_after_ms: 20,
    delivered_after_ms: 150,
    failed_after_ms: 150,
    status_order: 'normal',
    status_before_response: false,
    window_error: 'async',
    country_code: 'always',
    media_url: true,
    flags_as_text: false,
    fetch_links: 'local',
  };
}

export type WhatsAppWebhooks = MetaWebhooks<WhatsAppSettings> & {
  /** Tells of messages or statuses. Resolves when the first attempt is over, or nobody is told. */
  emit(account: Account, item: Item): Promise<void>;
};

/** Sends the app's webhooks in WhatsApp's envelope, for the business accounts it subscribed to. */
export function createWhatsAppWebhooks(deps: {
  state: WhatsAppState;
  appSecret: string;
  now: () => number;
  /** Told after each attempt. */
  attempted: (delivery: Delivery) => void;
}): WhatsAppWebhooks {
  const { state } = deps;
  const callbackUrl = (accountId: string) => {
    const wabaId = state.accounts.get(accountId)?.wabaId ?? '';
    return state.wabas.get(wabaId)?.subscription?.callbackUrl ?? state.callbackUrl;
  };
  const sender = createMetaWebhooks({ ...deps, store: state, callbackUrl, defaults });
  const { settings } = sender;
  const batches = createBatches(settings, ({ account, customer, entry }: Batch) => {
    const lane = settings.ordered ? `${account.id}/${customer ?? ''}` : undefined;
    const told = settings.flags_as_text ? flagsAsText(entry) : entry;
    const body = { object: 'whatsapp_business_account', entry: told };
    return sender.post({ account: account.id, customer, lane, body });
  });
  return {
    ...sender,
    async emit(account, item) {
      const subscribed = state.wabas.get(account.wabaId)?.subscription;
      if (subscribed && callbackUrl(account.id)) await batches.add(account, item);
    },
    reset() {
      batches.reset();
      sender.reset();
    },
    close() {
      batches.reset();
      sender.close();
    },
  };
}

export type Value = {
  messages?: Record<string, unknown>[];
  statuses?: Record<string, unknown>[];
  message_echoes?: Record<string, unknown>[];
};

/** All values of a delivery, of every entry and change; a raw body may have anything in their place. */
export function valuesOf({ body }: Delivery): Value[] {
  type Body = { entry?: ({ changes?: ({ value?: Value } | null)[] } | null)[] } | null;
  const entries = list((body as Body)?.entry);
  const changes = entries.flatMap((entry) => list(entry?.changes));
  return changes.map((change) => (typeof change?.value === 'object' ? change.value : {}));
}

function list<T>(value: T[] | undefined): T[] {
  return Array.isArray(value) ? value : [];
}
