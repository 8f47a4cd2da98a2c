import { deleteMyCommands, getMyCommands, setMyCommands } from './bot-commands.ts';
import * as profile from './bot-profile.ts';
import { answerCallbackQuery } from './callbacks.ts';
import { deleteMessage, deleteMessages } from './delete.ts';
import * as edits from './edit.ts';
import { refusals } from './errors.ts';
import { copyMessage, copyMessages, forwardMessage, forwardMessages } from './forward.ts';
import { isKnownMethod } from './known-methods.ts';
import { getUpdates } from './long-polls.ts';
import { getChat, getFile, getMe, getUserProfilePhotos } from './lookups.ts';
import { getChatAdministrators, getChatMember, getChatMemberCount, leaveChat } from './members.ts';
import type { Method } from './method.ts';
import { createInvoiceLink, sendInvoice, sendPaidMedia } from './payments.ts';
import { pinChatMessage, unpinAllChatMessages, unpinChatMessage } from './pins.ts';
import { sendPoll, stopPoll } from './polls.ts';
import { answerInlineQuery, answerPreCheckoutQuery, answerShippingQuery } from './queries.ts';
import { setMessageReaction } from './reactions.ts';
import { sendContact, sendDice, sendLocation, sendVenue } from './send-content.ts';
import { sendMedia, sendMediaGroup } from './send-media.ts';
import { sendChatAction, sendMessage } from './send.ts';
import { close, logOut } from './session.ts';
import { deleteWebhook, getWebhookInfo, setWebhook } from './webhook-setup.ts';

const METHODS: Record<string, Method> = {
  ...{ getMe, getChat, getUserProfilePhotos, getFile, logOut, close },
  ...{ getChatMember, getChatAdministrators, getChatMemberCount, leaveChat },
  ...{ setMyCommands, getMyCommands, deleteMyCommands },
  setMyName: profile.setMyName,
  getMyName: profile.getMyName,
  setMyDescription: profile.setMyDescription,
  getMyDescription: profile.getMyDescription,
  setMyShortDescription: profile.setMyShortDescription,
  getMyShortDescription: profile.getMyShortDescription,
  setChatMenuButton: profile.setChatMenuButton,
  getChatMenuButton: profile.getChatMenuButton,
  setMyDefaultAdministratorRights: profile.setMyDefaultAdministratorRights,
  getMyDefaultAdministratorRights: profile.getMyDefaultAdministratorRights,
  ...{ sendMessage, sendChatAction, sendMediaGroup },
  sendPhoto: sendMedia('photo'),
  sendVideo: sendMedia('video'),
  sendAudio: sendMedia('audio'),
  sendVoice: sendMedia('voice'),
  sendAnimation: sendMedia('animation'),
  sendDocument: sendMedia('document'),
  sendSticker: sendMedia('sticker'),
  sendVideoNote: sendMedia('video_note'),
  ...{ sendLocation, sendVenue, sendContact, sendDice, sendPoll, stopPoll },
  ...{ sendInvoice, createInvoiceLink, sendPaidMedia },
  ...{ forwardMessage, forwardMessages, copyMessage, copyMessages },
  editMessageText: edits.editMessageText,
  editMessageCaption: edits.editMessageCaption,
  editMessageMedia: edits.editMessageMedia,
  editMessageReplyMarkup: edits.editMessageReplyMarkup,
  editMessageLiveLocation: edits.editMessageLiveLocation,
  stopMessageLiveLocation: edits.stopMessageLiveLocation,
  ...{ deleteMessage, deleteMessages, setMessageReaction },
  ...{ pinChatMessage, unpinChatMessage, unpinAllChatMessages },
  ...{ answerCallbackQuery, answerInlineQuery, answerShippingQuery, answerPreCheckoutQuery },
  ...{ setWebhook, deleteWebhook, getWebhookInfo, getUpdates },
};

const BY_NAME = new Map(
  Object.entries(METHODS).map(([name, method]) => [name.toLowerCase(), { name, method }]),
);

/**
 * A method by its name, in any case. Throws {@link TelegramError}: 404 for a name that the Bot API
 * does not know, and 400 that says so for one that only the sandbox does not have; libraries take a
 * 404 for a wrong token.
 */
export function findMethod(name: string): { name: string; method: Method } {
  const found = BY_NAME.get(name.toLowerCase());
  if (found) return found;
  if (isKnownMethod(name)) throw refusals.notInSandbox(name);
  throw refusals.methodNotFound();
}
