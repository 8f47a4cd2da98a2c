import { type Phone, type PhoneCustomer, type PhoneMessage, actOn, fileNameAt } from '../phone.ts';
import { windowOf } from '../meta/window.ts';
import type { CustomerActions } from './customer.ts';
import type { MediaStore } from './media.ts';
import type { OwnerActions } from './owner.ts';
import { createSamplesOnPhone } from './phone-samples.ts';
import {
  DEMO_WHATSAPP_ACCOUNT,
  type Message,
  type Thread,
  type WhatsAppState,
  openThread,
  threadKey,
} from './state.ts';
import { type WhatsAppWebhooks, valuesOf } from './webhooks.ts';

const ACCOUNT = DEMO_WHATSAPP_ACCOUNT.phone_number_id;

type Deps = {
  state: WhatsAppState;
  webhooks: WhatsAppWebhooks;
  media: MediaStore;
  actions: CustomerActions;
  owner: OwnerActions;
  now: () => number;
  windowsClosed: () => boolean;
};

/** The demo business's phone: what its people see and do in WhatsApp. */
export function createWhatsAppPhone(deps: Deps): Phone {
  const { state, webhooks, actions, media, now } = deps;
  const threadOf = (customerId: string) => state.threads.get(threadKey(ACCOUNT, customerId));
  const within = (
    customerId: string,
    messageId: string,
    act: (thread: Thread, message: Message) => void,
  ) => actOn(threadOf(customerId), ({ id }) => id === messageId, act);
  const telling: Phone['telling'] = (messageId) => {
    const delivery = webhooks
      .deliveries()
      .findLast((candidate) =>
        valuesOf(candidate).some(({ messages = [] }) =>
          messages.some(({ id }) => id === messageId),
        ),
      );
    if (!delivery) return null;
    return {
      state: delivery.state,
      at: Date.parse(delivery.attempts.at(-1)?.at ?? '') || null,
    };
  };
  return {
    telling,
    ...createSamplesOnPhone(deps),
    account: () => ({ id: ACCOUNT, name: state.accounts.get(ACCOUNT)?.verifiedName ?? '' }),
    missing: () => missingSetUp(state),
    customers: () =>
      [...state.threads.values()].filter(({ accountId }) => accountId === ACCOUNT).map(summary),
    open(customerId) {
      const thread = threadOf(customerId);
      if (!thread) return null;
      return {
        window: windowOf(thread, { now: now(), closed: deps.windowsClosed() }),
        messages: arrived(thread).map((message) => describe(deps, thread, message, telling)),
        typing: thread.typingUntil > now(),
      };
    },
    add(name) {
      const id = `1555${String(Date.now()).slice(-7)}`;
      return openThread(state, ACCOUNT, id, { name }).id;
    },
    write(customerId, { text, photoFrom, replyTo }) {
      const thread = openThread(state, ACCOUNT, customerId);
      const words = { text, ...(replyTo !== undefined && { replyTo }) };
      const caption = text === undefined ? {} : { caption: text };
      const photo = { type: 'image', file: { mimeType: 'image/png' }, content: caption };
      const plain = { type: 'text', content: { body: text } };
      actions.write(thread, { ...words, ...(photoFrom === undefined ? plain : photo) });
    },
    see(customerId) {
      const thread = threadOf(customerId);
      const newest = thread && arrived(thread).findLast(({ from }) => from === 'business');
      if (thread && newest) actions.read(thread, newest);
    },
    react: (customerId, messageId, emoji) =>
      within(customerId, messageId, (thread, message) => actions.react(thread, message, emoji)),
    takeBack: (customerId, messageId) => within(customerId, messageId, actions.revoke),
    edit: (customerId, messageId, text) =>
      within(customerId, messageId, (thread, message) => actions.edit(thread, message, text)),
    press: (customerId, messageId, position) =>
      within(customerId, messageId, (thread, message) => {
        const button = message.buttons[position];
        if (button) actions.press(thread, message, button);
      }),
    file(id) {
      const item = media.find(id);
      const bytes = item && media.bytesOf(item);
      return item && bytes ? { type: item.mimeType, bytes } : null;
    },
  };
}

/** What failed never reached the phone; nor does what a business writes to who blocked it. */
function arrived({ messages, blocked }: Thread): Message[] {
  return messages.filter(
    ({ from, failure, status }) =>
      from === 'customer' || (failure === null && !(blocked && status !== 'read')),
  );
}

function missingSetUp({ callbackUrl, wabas }: WhatsAppState): string[] {
  const subscription = wabas.get(DEMO_WHATSAPP_ACCOUNT.waba_id)?.subscription;
  return [
    !callbackUrl &&
      !subscription?.callbackUrl &&
      'WhatsApp does not know where to send webhooks: PUT /control/whatsapp/webhook.',
    !subscription &&
      'The router has not subscribed to the demo business: create it with POST /api/v1/accounts.',
  ].filter((sentence) => typeof sentence === 'string');
}

function summary(thread: Thread): PhoneCustomer {
  const { id, username, name, number } = thread;
  const shown = arrived(thread);
  const last = shown.at(-1);
  return {
    ...{ id, name },
    username: username ?? (number === null ? id : `+${number}`),
    preview: last ? words(last) : null,
    at: last?.at ?? null,
    unseen: shown.filter(({ from, status }) => from === 'business' && status !== 'read').length,
  };
}

function words({ text, media, deleted, type, sample }: Message): string {
  if (deleted) return 'Message taken back';
  return text ?? (media ? `Sent: ${media.type}` : (sample?.replaceAll('_', ' ') ?? type));
}

function describe(
  { media }: Deps,
  thread: Thread,
  message: Message,
  telling: Phone['telling'],
): PhoneMessage {
  const quoted = thread.messages.find(({ id }) => id === message.replyTo);
  const file = message.media?.id ? media.find(message.media.id) : undefined;
  const src = file ? `/phone/whatsapp/files/${file.id}` : null;
  return {
    id: message.id,
    from: message.from,
    text: message.text,
    media: message.media
      ? [
          {
            type: message.media.type,
            src,
            name: message.media.name ?? fileNameAt(message.media.link),
          },
        ]
      : [],
    at: message.at,
    writtenAt: message.writtenAt,
    status: statusOf(message, telling),
    deleted: message.deleted,
    edited: message.edited,
    reactions: Object.values(message.reactions),
    quote: quoted ? words(quoted) : null,
    buttons: message.buttons.map(({ title }) => title),
    note: noteOn(message),
  };
}

/** The person's own message is delivered once the business was told, and read when it says so. */
function statusOf(
  { id, from, status }: Message,
  telling: Phone['telling'],
): PhoneMessage['status'] {
  if (status === 'accepted' || status === 'failed') return 'sent';
  if (from === 'business' || status === 'read') return status;
  return telling(id)?.state === 'delivered' ? 'delivered' : 'sent';
}

function noteOn({ type, via, sample }: Message): string | null {
  if (sample !== undefined) return sample.replaceAll('_', ' ');
  if (type === 'unsupported') return 'Something the API cannot show';
  if (type === 'template') return 'template';
  return via === 'app' ? 'typed in the app' : null;
}
