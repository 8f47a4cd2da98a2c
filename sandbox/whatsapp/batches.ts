import type { Account } from './state.ts';

/** Something to tell: members of a webhook's `value`, about one person. */
export type Item = {
  /** Id of the thread; null for what is about nobody. */
  customer: string | null;
  field?: string;
  contacts?: object[];
  messages?: object[];
  statuses?: object[];
  message_echoes?: object[];
  errors?: object[];
};

/** One POST. */
export type Batch = { account: Account; customer: string | null; entry: object[] };

export type Batches = {
  /** Resolves when the batch it went into was posted. */
  add(account: Account, item: Item): Promise<void>;
  /** Forgets what waits. */
  reset(): void;
};

type Settings = {
  batch_size: number;
  batch_wait_ms: number;
  batch_as: 'messages' | 'changes' | 'entries';
};

type Waiting = { account: Account; items: Item[]; timer: NodeJS.Timeout; posted: Promise<void> };

/** Gathers what happens to one number into few webhooks, if the settings ask for it. */
export function createBatches(settings: Settings, post: (batch: Batch) => Promise<void>): Batches {
  const waiting = new Map<string, Waiting & { send: () => void }>();

  function begin(account: Account): Waiting & { send: () => void } {
    let send = () => undefined as void;
    const items: Item[] = [];
    const posted = new Promise<void>((resolve, reject) => {
      send = () => {
        waiting.delete(account.id);
        clearTimeout(timer);
        post(asBatch(account, items, settings.batch_as)).then(resolve, reject);
      };
    });
    const timer = setTimeout(() => send(), settings.batch_wait_ms).unref();
    const batch = { account, items, timer, posted, send };
    waiting.set(account.id, batch);
    return batch;
  }

  return {
    async add(account, item) {
      if (settings.batch_size <= 1) return post(asBatch(account, [item], 'messages'));
      const batch = waiting.get(account.id) ?? begin(account);
      batch.items.push(item);
      if (batch.items.length >= settings.batch_size) batch.send();
      return batch.posted;
    },
    reset() {
      for (const { timer } of waiting.values()) clearTimeout(timer);
      waiting.clear();
    },
  };
}

function asBatch(account: Account, items: Item[], as: Settings['batch_as']): Batch {
  const people = new Set(items.map(({ customer }) => customer));
  const customer = people.size === 1 ? ([...people][0] ?? null) : null;
  const entryOf = (changes: object[]) => ({ id: account.wabaId, changes });
  const fields = [...new Set(items.map(({ field = 'messages' }) => field))];
  const merged = fields.map((field) => {
    const same = items.filter((item) => (item.field ?? 'messages') === field);
    return { field, value: valueOf(account, same) };
  });
  const single = items.map((item) => ({
    field: item.field ?? 'messages',
    value: valueOf(account, [item]),
  }));
  if (as === 'messages') return { account, customer, entry: [entryOf(merged)] };
  if (as === 'changes') return { account, customer, entry: [entryOf(single)] };
  return { account, customer, entry: single.map((change) => entryOf([change])) };
}

/** Contacts are listed once, in no relation to the messages' positions. */
function valueOf(account: Account, items: Item[]): object {
  const all = (part: 'contacts' | 'messages' | 'statuses' | 'message_echoes' | 'errors') => {
    const list = items.flatMap((item) => item[part] ?? []);
    const distinct = [...new Map(list.map((each) => [JSON.stringify(each), each])).values()];
    return list.length > 0 && { [part]: part === 'contacts' ? distinct : list };
  };
  return {
    messaging_product: 'whatsapp',
    metadata: { display_phone_number: account.number, phone_number_id: account.id },
    ...all('contacts'),
    ...all('messages'),
    ...all('statuses'),
    ...all('message_echoes'),
    ...all('errors'),
  };
}
