import { answerCallbackQuery } from './callbacks.ts';
import { deleteMessage, editMessageCaption, editMessageText } from './edit.ts';
import { refusals } from './errors.ts';
import { getUpdates } from './long-polls.ts';
import { getChat, getFile, getMe, getUserProfilePhotos } from './lookups.ts';
import type { Method } from './method.ts';
import { setMessageReaction } from './reactions.ts';
import { sendMedia, sendMediaGroup } from './send-media.ts';
import { sendChatAction, sendMessage } from './send.ts';
import { deleteWebhook, getWebhookInfo, setWebhook } from './webhook-setup.ts';

const METHODS: Record<string, Method> = {
  ...{ getMe, getChat, getUserProfilePhotos, getFile },
  ...{ sendMessage, sendChatAction, sendMediaGroup },
  sendPhoto: sendMedia('photo'),
  sendVideo: sendMedia('video'),
  sendAudio: sendMedia('audio'),
  sendVoice: sendMedia('voice'),
  sendAnimation: sendMedia('animation'),
  sendDocument: sendMedia('document'),
  ...{ editMessageText, editMessageCaption, deleteMessage },
  ...{ setMessageReaction, answerCallbackQuery },
  ...{ setWebhook, deleteWebhook, getWebhookInfo, getUpdates },
};

const BY_NAME = new Map(
  Object.entries(METHODS).map(([name, method]) => [name.toLowerCase(), { name, method }]),
);

/** A method by its name, in any case. Throws {@link TelegramError} 404. */
export function findMethod(name: string): { name: string; method: Method } {
  const found = BY_NAME.get(name.toLowerCase());
  if (!found) throw refusals.methodNotFound();
  return found;
}
