import { type Phone, type PhoneCustomer, type PhoneMessage, actOn, fileNameAt } from '../phone.ts';
import { windowOf } from '../meta/window.ts';
import { createCustomerActions } from './customer.ts';
import { createSamplesOnPhone } from './phone-samples.ts';
import {
  DEMO_ACCOUNT,
  type DirectMessage,
  type InstagramState,
  type MediaItem,
  type Thread,
  openThread,
  threadKey,
} from './state.ts';
import { type WebhookSender, messagingOf } from './webhooks.ts';

const ACCOUNT = DEMO_ACCOUNT.instagram_account_id;
const CDN = '/instagram/cdn/';
/** Pictures that this sandbox serves: its customers' and its sample files. */
const OURS = /^\/(instagram\/cdn|samples)\//;

type Deps = {
  state: InstagramState;
  webhooks: WebhookSender;
  now: () => number;
  windowsClosed: () => boolean;
};

/** The demo account's phone: what its people see and do in Instagram. */
export function createInstagramPhone(deps: Deps): Phone {
  const { state, webhooks, now } = deps;
  const actions = createCustomerActions(deps);
  const threadOf = (customerId: string) => state.threads.get(threadKey(ACCOUNT, customerId));
  const within = (
    customerId: string,
    messageId: string,
    act: (thread: Thread, message: DirectMessage) => void,
  ) => actOn(threadOf(customerId), ({ mid }) => mid === messageId, act);
  return {
    ...createSamplesOnPhone({ state, actions }),
    account: () => ({ id: ACCOUNT, name: state.accounts.get(ACCOUNT)?.username ?? '' }),
    missing: () => missingSetUp(state),
    customers: () =>
      [...state.threads.values()].filter(({ accountId }) => accountId === ACCOUNT).map(summary),
    open(customerId) {
      const thread = threadOf(customerId);
      if (!thread) return null;
      return {
        window: windowOf(thread, { now: now(), closed: deps.windowsClosed() }),
        messages: thread.messages.map(describe(thread)),
      };
    },
    telling(messageId) {
      const delivery = webhooks
        .deliveries()
        .findLast((candidate) => midOf(messagingOf(candidate)?.[0]) === messageId);
      if (!delivery) return null;
      const at = Date.parse(delivery.attempts.at(-1)?.at ?? '') || null;
      return { state: delivery.state, at };
    },
    add(name) {
      const id = `91${String(Date.now()).padStart(14, '0')}`;
      const username = name.toLowerCase().replace(/\s+/g, '.');
      return openThread(state, ACCOUNT, id, { name, username }).customerId;
    },
    write(customerId, { text, photoFrom, replyTo }) {
      const url = `${photoFrom}${CDN}photo-${now() % 1000}.png`;
      const attachments = photoFrom === undefined ? undefined : [{ type: 'image', url }];
      const thread = openThread(state, ACCOUNT, customerId);
      actions.write(thread, { text, attachments, reply_to: replyTo });
    },
    see(customerId) {
      const thread = threadOf(customerId);
      const newest = thread?.messages.findLast(({ from }) => from === 'business');
      if (thread && newest && newest.seenAt === null) actions.see(thread, newest);
    },
    react: (customerId, messageId, emoji) =>
      within(customerId, messageId, (thread, message) => actions.react(thread, message, emoji)),
    takeBack: (customerId, messageId) =>
      within(customerId, messageId, (thread, message) => actions.unsend(thread, message)),
    edit: (customerId, messageId, text) =>
      within(customerId, messageId, (thread, message) => actions.edit(thread, message, text)),
  };
}

function missingSetUp({ callbackUrl, accounts }: InstagramState): string[] {
  return [
    !callbackUrl &&
      'Instagram does not know where to send webhooks: PUT /control/instagram/webhook.',
    !accounts.get(ACCOUNT)?.subscribedFields &&
      'The router has not subscribed to the demo account: create it with POST /api/v1/accounts.',
  ].filter((sentence) => sentence !== false);
}

function summary({ customerId: id, username, name, messages }: Thread): PhoneCustomer {
  const last = messages.at(-1);
  return {
    ...{ id, username, name },
    preview: last ? words(last) : null,
    at: last?.at ?? null,
    unseen: messages.filter(({ from, seenAt }) => from === 'business' && seenAt === null).length,
  };
}

function words({ text, media, deleted, sample }: DirectMessage): string {
  if (deleted) return 'Message taken back';
  const kind = media.length > 0 ? `Sent: ${media[0]?.type}` : sample?.replaceAll('_', ' ');
  return text ?? kind ?? 'Unsupported message';
}

function describe({ messages }: Thread): (message: DirectMessage) => PhoneMessage {
  return (message) => {
    const quoted = messages.find(({ mid }) => mid === message.replyTo);
    return {
      id: message.mid,
      from: message.from,
      text: message.text,
      media: message.media.map(shown),
      at: message.at,
      status: message.from === 'customer' ? null : message.seenAt === null ? 'sent' : 'read',
      deleted: message.deleted,
      edited: message.edits > 0,
      reactions: Object.values(message.reactions),
      quote: quoted ? words(quoted) : null,
      buttons: [],
      note: noteOn(message),
    };
  };
}

function noteOn({ via, unsupported, sample }: DirectMessage): string | null {
  if (sample !== undefined) return sample.replaceAll('_', ' ');
  if (unsupported) return 'Something the API cannot show';
  return via === 'app' ? 'typed in the app' : null;
}

/** Only pictures of the sandbox itself are shown; the page's policy forbids the rest. */
function shown({ type, url, title }: MediaItem): PhoneMessage['media'][number] {
  const at = url !== undefined && URL.canParse(url) ? new URL(url) : null;
  const src = at && OURS.test(at.pathname) ? at.pathname + at.search : null;
  return { type, src, name: title ?? fileNameAt(url) };
}

function midOf(item: Record<string, unknown> | undefined): unknown {
  const said = item?.['message'] ?? item?.['postback'] ?? item?.['message_edit'];
  return (said as { mid?: unknown } | undefined)?.mid;
}
