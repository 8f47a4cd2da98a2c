import {
  type DirectMessage,
  type Thread,
  DEMO_ACCOUNT,
  WINDOW,
  threadKey,
} from './instagram/state.ts';
import { describeJourney } from './journey.ts';
import type { Parts } from './parts.ts';

const MESSAGES = 150;
const CUSTOMERS = 60;

/** All that the page shows for one customer, or for the one who wrote last. No secrets. */
export function createView(parts: Parts, wanted: string | null): object {
  const account = DEMO_ACCOUNT.instagram_account_id;
  const threads = [...parts.instagram.threads.values()]
    .filter((thread) => thread.accountId === account)
    .toSorted((left, right) => lastAt(right) - lastAt(left))
    .slice(0, CUSTOMERS);
  const chosen =
    wanted === null ? undefined : parts.instagram.threads.get(threadKey(account, wanted));
  const thread = chosen ?? threads[0];
  const chat = thread && findChat(parts, thread.customerId);
  return {
    account: { id: account, username: parts.instagram.accounts.get(account)?.username },
    router: parts.wiring.describe(),
    missing: missingSetUp(parts, account),
    switches: parts.switches.all(),
    webhooks: parts.webhooks.status(),
    customers: threads.map(describeCustomer),
    customer: thread?.customerId ?? null,
    window: thread ? describeWindow(parts, thread) : null,
    thread: thread?.messages.slice(-MESSAGES) ?? [],
    chat: {
      missing: chat?.missing ?? [],
      last_sequence: chat?.lastSequence ?? 0,
      username: chat?.username ?? null,
      messages: chat?.messages.slice(-MESSAGES) ?? [],
    },
    journey: thread ? describeJourney(parts, thread, chat) : null,
    feed: parts.feed.latest(thread?.customerId ?? null),
  };
}

/** The chat the CRM has with a customer; with several accounts that of the wired one. */
function findChat({ crm, wiring }: Parts, customerId: string) {
  const wired = wiring.get().account_id;
  const chats = [...crm.chats.values()].filter((chat) => chat.customerId === customerId);
  return chats.find((chat) => chat.accountId === wired) ?? (wired ? undefined : chats[0]);
}

function missingSetUp({ wiring, instagram }: Parts, account: string): string[] {
  const router = wiring.get();
  return [
    ...(router.api_url && router.api_key && router.account_id
      ? []
      : ['The CRM does not know the router yet: PUT /control/router.']),
    ...(instagram.callbackUrl
      ? []
      : ['Instagram does not know where to send webhooks: PUT /control/instagram/webhook.']),
    ...(instagram.accounts.get(account)?.subscribedFields
      ? []
      : [
          'The router has not subscribed to the demo account: create it with POST /api/v1/accounts.',
        ]),
  ];
}

function describeCustomer({ customerId: id, username, name, messages }: Thread): object {
  const last = messages.at(-1);
  return {
    id,
    username,
    name,
    preview: last ? preview(last) : null,
    at: last?.at ?? null,
    unseen: messages.filter(({ from, seenAt }) => from === 'business' && seenAt === null).length,
  };
}

function preview({ text, media, deleted }: DirectMessage): string {
  if (deleted) return 'Message taken back';
  return text ?? (media.length > 0 ? `Sent: ${media[0]?.type}` : 'Unsupported message');
}

function describeWindow({ clock, switches }: Parts, thread: Thread): object {
  const closesAt = thread.lastInboundAt === null ? null : thread.lastInboundAt + WINDOW;
  const open = closesAt !== null && closesAt > clock.now() && !switches.isOn('window_closed');
  return { open, closes_at: closesAt };
}

function lastAt({ messages }: Thread): number {
  return messages.at(-1)?.at ?? 0;
}
