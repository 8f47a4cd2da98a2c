import { until } from '../sandbox/http.ts';
import type { Canaries } from '../support/canaries.ts';
import { readLedger } from '../support/observe.ts';
import type { RouterUnderTest } from '../support/router.ts';

/** What is private on one channel, and how it gets there. */
export type SecrecyScript = {
  channel: string;
  /** Whom the CRM answers; their id on the platform. */
  customer: string;
  canaries: Canaries;
  /** Makes the account known to the platform; gives its members of a create-account request. */
  introduce(): Promise<Record<string, string>>;
  /** Customers do everything they can; ends when the CRM has heard of it. */
  happen(): Promise<void>;
  /** The customer presses a button below what the account sent; ends as `happen` does. */
  press?(): Promise<void>;
  /** One more text of the customer. */
  write(text: string): Promise<unknown>;
  /** Contents that the platform takes; `asked` is a message of the customer. */
  contents(asked: string): object[];
  /** Further ones, which only a platform that refuses them gets to see. */
  refusedContents(asked: string): object[];
  /** The platform's refusal of a call, in its own form, with these words. */
  refusal(status: number, words: string): { status: number; body: object };
  /** The calls that send, tell of a file and fetch it, as faults match them. */
  calls: { send: object; fileInfo: object; file: object };
};

/** What the scripts need of the set-up. */
export type Stage = {
  router: RouterUnderTest;
  /** The control API of the script's own platform. */
  control<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<T>;
};

type Attachment = { media_id?: string };
export type CrmEvent = {
  type: string;
  data: { message_id?: string; text?: string | null; attachments?: Attachment[] };
};

/** The first event with these words, once the CRM has it. */
export async function eventWith({ router }: Stage, words: string): Promise<CrmEvent> {
  let found: CrmEvent | undefined;
  await until(
    'the CRM gets the event',
    async () => {
      const calls = await readLedger(router.sandbox.url, 'crm');
      const taken = calls.find(({ raw, status }) => status === 200 && raw.includes(words));
      found = taken?.body as CrmEvent | undefined;
      return found !== undefined;
    },
    20_000,
  );
  if (!found) throw new Error('Not found.');
  return found;
}
