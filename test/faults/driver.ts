import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { DriverEntry, Journal } from './journal.ts';
import type { Platform, PlatformRequest } from './platforms/platform.ts';

/** An account that both the router and the sandbox know. */
export type Account = {
  id: string;
  externalId: string;
  /** By which the platform's credentials were made. */
  number: number;
};

/**
 * A careful CRM and a careful platform: both repeat what was not taken until it is, and write down
 * what was.
 */
export type Driver = {
  /** Sends to a customer until the router says 202; the message's id. */
  send(customer: string, text: string, more?: SendOptions): Promise<string>;
  /** The customer writes; resolves once the router has said 200. */
  hear(customer: string, text: string, more?: HearOptions): Promise<void>;
  /** Posts a platform webhook as it is, once; the status, or null when none came. */
  post(body: unknown, account?: Account): Promise<number | null>;
  /**
   * Asks for something to be done with a message until the router says yes or no. `unknown`: it says
   * no to what it may have done already, when its answer was lost.
   */
  act(
    messageId: string,
    action: Action,
    more?: ActOptions,
  ): Promise<'done' | 'refused' | 'unknown'>;
  /** Ids and texts of what was accepted and taken so far. */
  readonly accepted: string[];
  readonly taken: string[];
  /** Gives up what is being repeated. */
  stop(): void;
};

export type Action = 'resend' | 'confirm' | 'cancel';
/** `once`: a resend that nothing else disturbs goes out exactly once more. */
export type ActOptions = { once?: boolean };
export type SendOptions = {
  account?: Account | undefined;
  may?: string[];
  refusedLater?: boolean;
};
export type HearOptions = {
  account?: Account | undefined;
  /** The platform's id of the message. */
  id?: string;
  at?: number;
  shuffled?: boolean;
  /** Was written down before: the platform says it once more. */
  again?: boolean;
};

export type DriverDeps = {
  api: string;
  apiKey: string;
  appSecret: string;
  platform: Platform;
  account: () => Account;
  journal: Journal<DriverEntry>;
  /** Lets the account write to the customer. */
  openWindow: (customer: string, account: Account) => Promise<void>;
};

const ANSWER_LIMIT_MS = 10_000;
const AGAIN_MS = 100;

export function createDriver(deps: DriverDeps): Driver {
  const { api, journal, platform } = deps;
  const open = new Set<string>();
  const accepted: string[] = [];
  const taken: string[] = [];
  let stopped = false;

  /** Until the router says one of these; `again`: an earlier try may have had its effect. */
  async function repeat(once: () => Promise<Response>, ...wanted: number[]) {
    for (let again = false; !stopped; again = true) {
      const answer = await once().catch(() => null);
      if (answer && wanted.includes(answer.status)) return { answer, again };
      // What will never be accepted is a mistake of the suite, not a fault.
      if (answer && answer.status < 500 && answer.status !== 429)
        throw new Error(`The router answered ${answer.status}: ${await answer.text()}`);
      await answer?.arrayBuffer().catch(() => undefined);
      await pause(AGAIN_MS);
    }
    return null;
  }

  function postApi(path: string, body?: object): Promise<Response> {
    return fetch(`${api}${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${deps.apiKey}`,
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
    });
  }

  function postWebhook({ path, headers, bytes }: PlatformRequest): Promise<Response> {
    return fetch(`${api}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: new Uint8Array(bytes),
      signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
    });
  }

  return {
    accepted,
    taken,
    stop: () => void (stopped = true),
    async send(name, text, { account = deps.account(), ...more } = {}) {
      const customer = platform.customerId(name);
      if (!open.has(customer)) await deps.openWindow(customer, account);
      open.add(customer);
      const messageId = randomUUID();
      const body = {
        account_id: account.id,
        recipient_id: customer,
        message: text,
        message_id: messageId,
      };
      const said = await repeat(() => postApi('/api/v1/messages/send', body), 202);
      if (!said) return messageId;
      const entry = { kind: 'accepted', at: Date.now(), messageId, account: account.id } as const;
      journal.write({ ...entry, customer, text, ...more });
      accepted.push(messageId);
      await said.answer.arrayBuffer().catch(() => undefined);
      return messageId;
    },
    async hear(name, text, more = {}) {
      const { account = deps.account(), id = platform.newMessageId(), at = Date.now() } = more;
      const customer = platform.customerId(name);
      const body = platform.wordOf({ account, customer, text, id, at });
      const request = platform.signed(body, account, deps.appSecret);
      const said = await repeat(() => postWebhook(request), 200);
      await said?.answer.arrayBuffer().catch(() => undefined);
      if (!said || more.again) return;
      const entry = { kind: 'taken', at: Date.now(), account: account.id, customer, text } as const;
      journal.write({ ...entry, ...(more.shuffled && { shuffled: true }) });
      taken.push(text);
    },
    async post(body, account = deps.account()) {
      const request = platform.signed(body, account, deps.appSecret);
      const answer = await postWebhook(request).catch(() => null);
      await answer?.arrayBuffer().catch(() => undefined);
      return answer?.status ?? null;
    },
    async act(messageId, action, { once = false } = {}) {
      const at = Date.now();
      const path = `/api/v1/messages/${messageId}/${action}`;
      const said = await repeat(() => postApi(path), 200, 202, 409);
      await said?.answer.arrayBuffer().catch(() => undefined);
      if (!said) return 'unknown';
      const done = said.answer.status !== 409;
      if (action === 'resend' && (done || said.again))
        journal.write({ kind: 'requeued', at, messageId, once });
      return done ? 'done' : said.again ? 'unknown' : 'refused';
    },
  };
}
