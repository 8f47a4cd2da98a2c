import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { hubSignature, metaBytes } from '../../sandbox/meta-signature.ts';
import type { DriverEntry, Journal } from './journal.ts';

/** An account that both the router and the sandbox know. */
export type Account = { id: string; externalId: string };

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
  post(body: unknown): Promise<number | null>;
  /** Ids and texts of what was accepted and taken so far. */
  readonly accepted: string[];
  readonly taken: string[];
  /** Gives up what is being repeated. */
  stop(): void;
};

export type SendOptions = { account?: Account | undefined; may?: string[] };
export type HearOptions = {
  account?: Account | undefined;
  mid?: string;
  at?: number;
  shuffled?: boolean;
  /** Was written down before: the platform says it once more. */
  again?: boolean;
};

export type DriverDeps = {
  api: string;
  apiKey: string;
  appSecret: string;
  account: () => Account;
  journal: Journal<DriverEntry>;
  /** Lets the account write to the customer. */
  openWindow: (customer: string, account: Account) => Promise<void>;
};

const ANSWER_LIMIT_MS = 10_000;
const AGAIN_MS = 100;

export function createDriver(deps: DriverDeps): Driver {
  const { api, journal } = deps;
  const open = new Set<string>();
  const accepted: string[] = [];
  const taken: string[] = [];
  let stopped = false;

  async function repeat(once: () => Promise<Response>, success: number): Promise<Response | null> {
    while (!stopped) {
      const answer = await once().catch(() => null);
      if (answer?.status === success) return answer;
      // What will never be accepted is a mistake of the suite, not a fault.
      if (answer && answer.status < 500 && answer.status !== 429)
        throw new Error(`The router answered ${answer.status}: ${await answer.text()}`);
      await answer?.arrayBuffer().catch(() => undefined);
      await pause(AGAIN_MS);
    }
    return null;
  }

  function postWebhook(bytes: Buffer): Promise<Response> {
    return fetch(`${api}/webhooks/instagram`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-hub-signature-256': hubSignature(deps.appSecret, bytes),
      },
      body: new Uint8Array(bytes),
      signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
    });
  }

  return {
    accepted,
    taken,
    stop: () => void (stopped = true),
    async send(customer, text, { account = deps.account(), may } = {}) {
      if (!open.has(customer)) await deps.openWindow(customer, account);
      open.add(customer);
      const messageId = randomUUID();
      const body = JSON.stringify({
        account_id: account.id,
        recipient_id: customer,
        message: text,
        message_id: messageId,
      });
      const answer = await repeat(
        () =>
          fetch(`${api}/api/v1/messages/send`, {
            method: 'POST',
            headers: {
              authorization: `Bearer ${deps.apiKey}`,
              'content-type': 'application/json',
            },
            body,
            signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
          }),
        202,
      );
      if (!answer) return messageId;
      const entry = { kind: 'accepted', at: Date.now(), messageId, account: account.id } as const;
      journal.write({ ...entry, customer, text, ...(may && { may }) });
      accepted.push(messageId);
      await answer.arrayBuffer().catch(() => undefined);
      return messageId;
    },
    async hear(customer, text, { account = deps.account(), mid, at, shuffled, again } = {}) {
      const item = messageItem({ account, customer, text, mid: mid ?? newMid(), at });
      const answer = await repeat(() => postWebhook(metaBytes(webhook(account, [item]))), 200);
      await answer?.arrayBuffer().catch(() => undefined);
      if (!answer || again) return;
      const entry = { kind: 'taken', at: Date.now(), account: account.id, customer, text } as const;
      journal.write({ ...entry, ...(shuffled && { shuffled }) });
      taken.push(text);
    },
    async post(body) {
      const bytes = Buffer.isBuffer(body) ? body : metaBytes(body);
      const answer = await postWebhook(bytes).catch(() => null);
      await answer?.arrayBuffer().catch(() => undefined);
      return answer?.status ?? null;
    },
  };
}

export function newMid(): string {
  return `aWdfZAG1${randomUUID().replaceAll('-', '')}ZD`;
}

/** A webhook of the platform with these messaging items. */
export function webhook(account: Account, messaging: unknown[]): object {
  return { object: 'instagram', entry: [{ id: account.externalId, time: Date.now(), messaging }] };
}

/** What a customer wrote, as the platform says it. */
export function messageItem(given: {
  account: Account;
  customer: string;
  text: string;
  mid: string;
  at?: number | undefined;
}): object {
  return {
    sender: { id: given.customer },
    recipient: { id: given.account.externalId },
    timestamp: given.at ?? Date.now(),
    message: { mid: given.mid, text: given.text },
  };
}
