import type { MessageContent } from '../../domain/message.ts';
import type {
  Answer,
  Forwarded,
  Link,
  Location,
  MessageDetails,
  Payment,
  Poll,
  Referral,
  Story,
} from '../../domain/message-details.ts';
import { toPlatformData } from '../../domain/platform-data.ts';
import type { Bodies, StoryIn } from './bodies.ts';
import { cardsIn } from './cards.ts';
import { nameOf } from './customer.ts';
import { linksIn } from './links.ts';
import { paymentOf } from './payment.ts';
import { readRichText } from './rich-text.ts';
import type { Chat, MessageIn, User } from './schema.ts';
import { leftOf } from './told.ts';

type Raw = Record<string, unknown>;

/** What a message carries beside its text and its files. Members without anything are absent. */
export function detailsOf(
  message: MessageIn,
  raw: Raw,
  { bodies, ...content }: MessageContent & { bodies: Bodies },
): MessageDetails {
  const { web_app_data: mini_app } = bodies;
  const [named] = content.attachments;
  const details: MessageDetails = {
    referral: referralOf(message.text),
    payment: paymentIn(bodies),
    contacts: filled(cardsIn(message.contact, bodies)),
    poll: pollOf(bodies),
    location: locationOf(message),
    answer: answerOf(bodies),
    mini_app: mini_app ?? undefined,
    links: filled(linksOf(message, bodies, raw)),
    forwarded: forwardedOf(bodies),
    story: storyOf(bodies.reply_to_story, 'reply') ?? storyOf(bodies.story, 'share'),
    unsupported:
      content.type === 'unsupported' && named?.title
        ? { code: named.title, reason: null }
        : undefined,
  };
  const left = leftOf(raw, { ...content, details });
  return present({ ...details, platform_data: toPlatformData(left) });
}

/** Without the members that have nothing. */
export function present(details: MessageDetails): MessageDetails {
  return Object.fromEntries(Object.entries(details).filter(([, value]) => value !== undefined));
}

function filled<Item>(list: Item[]): Item[] | undefined {
  return list.length > 0 ? list : undefined;
}

/** What a link to the bot hands over: https://core.telegram.org/bots/features#deep-linking */
function referralOf(text: string | null): Referral | undefined {
  const ref = /^\/start(?:@\w{1,64})? ([\w-]{1,512})$/.exec(text?.trim() ?? '')?.[1];
  if (ref === undefined) return undefined;
  const nothing = { source_id: null, click_id: null, headline: null, body: null };
  return { source: 'link', ref, ...nothing, url: null, media_url: null, product: null };
}

function paymentIn(bodies: Bodies): Payment | undefined {
  const { successful_payment: paid, refunded_payment: refunded, invoice } = bodies;
  if (paid) return paymentOf(paid, 'paid');
  if (refunded) return paymentOf(refunded, 'refunded');
  return invoice ? paymentOf(invoice, 'invoice') : undefined;
}

function pollOf({ poll }: Bodies): Poll | undefined {
  if (!poll) return undefined;
  return {
    id: poll.id,
    question: poll.question,
    options: (poll.options ?? []).map(({ text, voter_count }) => ({
      text: text ?? '',
      votes: voter_count,
    })),
    closed: poll.is_closed,
    multiple_answers: poll.allows_multiple_answers,
  };
}

function locationOf({ venue, location }: MessageIn): Location | undefined {
  const { latitude, longitude } = venue?.location ?? location ?? {};
  if (typeof latitude !== 'number' || typeof longitude !== 'number') return undefined;
  const { title: name = null, address = null } = venue ?? {};
  return { latitude, longitude, name, address, url: null };
}

/** Whom or what the customer chose with a button of the bot's keyboard. */
function answerOf({ users_shared, user_shared, chat_shared: chat }: Bodies): Answer | undefined {
  const users = users_shared ?? user_shared;
  if (users)
    return { kind: 'users_shared', title: null, description: null, payload: users.request_id };
  if (!chat) return undefined;
  const { title, request_id: payload, chat_id: description } = chat;
  return { kind: 'chat_shared', title, description, payload };
}

function linksOf({ text, caption }: MessageIn, bodies: Bodies, raw: Raw): Link[] {
  const rich = text === null ? readRichText(raw['rich_message']) : undefined;
  return [
    ...linksIn(text, bodies.entities ?? []),
    ...linksIn(caption, bodies.caption_entities ?? []),
    ...(rich?.links ?? []),
  ];
}

/** `forward_origin`, or what stood in its place before Bot API 7.0. */
function forwardedOf(bodies: Bodies): Forwarded | undefined {
  const { forward_origin: origin, forward_from, forward_from_chat, forward_sender_name } = bodies;
  const from =
    personName(origin?.sender_user ?? forward_from) ??
    origin?.sender_user_name ??
    chatName(origin?.sender_chat ?? origin?.chat ?? forward_from_chat) ??
    forward_sender_name;
  const at = origin?.date ?? bodies.forward_date;
  if (!origin && from === null && at === null) return undefined;
  return { from, at: at === null ? null : new Date(at).toISOString(), frequently: false };
}

function personName(user: User | null | undefined): string | null {
  return nameOf(user) ?? user?.username ?? user?.id ?? null;
}

function chatName(chat: Chat | null | undefined): string | null {
  return chat?.title ?? chat?.username ?? chat?.id ?? null;
}

/** Of channels and people with a username, stories have an address. */
function storyOf(story: StoryIn | null, kind: string): Story | undefined {
  if (!story) return undefined;
  const { id, chat } = story;
  const url = id !== null && chat?.username ? `https://t.me/${chat.username}/s/${id}` : null;
  return { kind, id, url };
}
