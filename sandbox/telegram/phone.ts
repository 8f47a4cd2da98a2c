import type { Phone } from '../phone.ts';
import { findMessage, openChat, openPerson } from './chats.ts';
import { splitName } from './control-lookups.ts';
import type { DeliveryLog } from './delivery-log.ts';
import type { Files } from './files.ts';
import { type Json, isObject } from './json.ts';
import { MESSAGE_SAMPLES } from './message-samples.ts';
import type { PeopleActions } from './people.ts';
import { buttonsOf, describe, fileTypeOf, idIn, summary } from './phone-messages.ts';
import { type Chat, type ChatMessage, DEMO_BOT_ID, chatKey } from './state.ts';
import type { TelegramState } from './state.ts';

type Deps = { state: TelegramState; people: PeopleActions; files: Files; log: DeliveryLog };

/** The phones of the demo bot's people and groups. Telegram tells nobody what was looked at. */
export function createTelegramPhone({ state, people, files, log }: Deps): Phone {
  const chatOf = (customerId: string) => state.chats.get(chatKey(DEMO_BOT_ID, customerId));
  const actor = (chat: Chat) => openPerson(state, actorId(chat));
  const within = (
    customerId: string,
    messageId: string,
    act: (chat: Chat, message: ChatMessage) => void,
  ) => {
    const chat = chatOf(customerId);
    const message = chat && findMessage(chat, idIn(messageId));
    if (chat && message) act(chat, message);
  };
  return {
    account: () => ({ id: DEMO_BOT_ID, name: state.bots.get(DEMO_BOT_ID)?.username ?? '' }),
    missing: () =>
      state.bots.get(DEMO_BOT_ID)?.webhook
        ? []
        : ['The router has no webhook for the demo bot: create it with POST /api/v1/accounts.'],
    customers: () =>
      [...state.chats.values()]
        .filter(({ botId }) => botId === DEMO_BOT_ID)
        .map((chat) => summary(state, chat)),
    open(customerId) {
      const chat = chatOf(customerId);
      return chat ? { window: null, messages: chat.messages.map(describe(chat)) } : null;
    },
    telling(messageId) {
      const [chatId, id] = messageId.split(':');
      const delivery = log
        .list()
        .findLast(
          ({ account, customer, kind, payload }) =>
            account === DEMO_BOT_ID &&
            customer === chatId &&
            kind === 'message' &&
            String(payload['message_id']) === id,
        );
      if (!delivery) return null;
      return { state: delivery.state, at: Date.parse(delivery.attempts.at(-1)?.at ?? '') || null };
    },
    add(name) {
      const id = String(Date.now());
      openPerson(state, id, splitName({ name }));
      return openChat(state, DEMO_BOT_ID, id, { type: 'private' }).id;
    },
    write(customerId, { text, photoFrom, replyTo }) {
      const chat = chatOf(customerId);
      if (!chat) return;
      if (chat.type === 'private' && chat.botStatus === 'kicked') people.unblock(chat);
      const attachments = photoFrom === undefined ? undefined : [{ kind: 'photo' as const }];
      const reply = replyTo === undefined ? undefined : idIn(replyTo);
      people.write(chat, actor(chat), { text, attachments, reply_to: reply });
    },
    samples: () => Object.keys(MESSAGE_SAMPLES).map((name) => ({ by: 'customer', name })),
    playSample(customerId, { name }) {
      const chat = chatOf(customerId);
      if (chat && Object.hasOwn(MESSAGE_SAMPLES, name))
        people.write(chat, actor(chat), { sample: name });
    },
    react: (customerId, messageId, emoji) =>
      within(customerId, messageId, (chat, message) =>
        people.react(chat, message, actor(chat), emoji === null ? [] : [emoji]),
      ),
    edit: (customerId, messageId, text) =>
      within(customerId, messageId, (chat, message) => {
        if (message.from === 'customer') people.edit(chat, message, { text });
      }),
    press: (customerId, messageId, button) =>
      within(customerId, messageId, (chat, message) => {
        const data = dataOf(buttonsOf(message)[button]);
        if (data !== null) people.press(chat, message, actor(chat), data);
      }),
    file(id) {
      const file = files.find(DEMO_BOT_ID, id);
      return file ? { type: fileTypeOf(file), bytes: files.bytesOf(file) } : null;
    },
  };
}

function actorId(chat: Chat): string {
  return chat.type === 'private' ? chat.id : (chat.members[0] ?? '5199999999');
}

/** A button with a link tells the bot nothing. */
function dataOf(button: Json | undefined): string | null {
  return isObject(button) && typeof button['callback_data'] === 'string'
    ? button['callback_data']
    : null;
}
