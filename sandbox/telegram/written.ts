import { findEntities } from './entities.ts';
import type { Files } from './files.ts';
import { type Json, idNumber } from './json.ts';
import { MEDIA_KINDS, type Media, newMedia } from './media.ts';
import { directTopicJson } from './message-json.ts';
import { MESSAGE_SAMPLES } from './message-samples.ts';
import { newGroupId } from './send-media.ts';
import type { Chat, Person, TelegramState } from './state.ts';

/** What a person writes; several attachments are an album of several messages. */
export type Written = {
  text?: string | undefined;
  attachments?: Media[] | undefined;
  contact?:
    ({ phone_number: string; first_name: string; user_id?: string | undefined } & Json) | undefined;
  location?: { latitude: number; longitude: number } | undefined;
  /** A kind of message that no client knows yet. */
  unsupported?: boolean | undefined;
  /** The name of one of {@link MESSAGE_SAMPLES}. */
  sample?: string | undefined;
  /** Members of the `Message`, exactly as given. */
  members?: Json | undefined;
  reply_to?: number | undefined;
  thread_id?: number | undefined;
  /** In a channel's direct messages: whose part of them the channel writes in. */
  direct_to?: string | undefined;
  /** The platform's time, milliseconds since 1970; now if left out. */
  timestamp?: number | undefined;
};

type Deps = { files: Files; state: TelegramState };
type Writing = { chat: Chat; author: Person | null; given: Written };

/** Which of the chat's places it stands in: a topic, or one person's part of direct messages. */
function placeJson(state: TelegramState, { chat, author, given }: Writing): Json {
  const { thread_id: thread, direct_to: asker = author?.id } = given;
  if (chat.directMessages && asker !== undefined)
    return { direct_messages_topic: directTopicJson(state, asker) };
  return thread === undefined ? {} : { message_thread_id: thread, is_topic_message: true };
}

/** The content of each message: one, or as many as the album has files. */
export function contentsOf({ files, state }: Deps, { chat, author, given }: Writing): Json[] {
  const { text, attachments = [], contact, location } = given;
  const common: Json = {
    ...placeJson(state, { chat, author, given }),
    ...(given.sample === undefined ? {} : structuredClone(MESSAGE_SAMPLES[given.sample])),
    ...given.members,
  };
  if (attachments.length > 0) {
    const album = attachments.length > 1 && { media_group_id: newGroupId() };
    return attachments.map((media, index) => ({
      ...common,
      ...album,
      ...newMedia(files, chat.botId, media),
      ...(index === 0 && written('caption', text)),
    }));
  }
  const { user_id: user, ...shared } = contact ?? {};
  return [
    {
      ...common,
      ...written('text', text),
      ...(contact && { contact: { ...shared, ...(user && { user_id: idNumber(user) }) } }),
      ...(location && { location }),
      ...(given.unsupported && { kind_of_tomorrow: { version: 1 } }),
    },
  ];
}

function written(name: 'text' | 'caption', text: string | undefined): Json {
  if (text === undefined) return {};
  const entities = findEntities(text);
  const entitiesName = name === 'text' ? 'entities' : 'caption_entities';
  return { [name]: text, ...(entities.length > 0 && { [entitiesName]: entities }) };
}

/** What a person changes in a message of theirs. */
export type Change = {
  text?: string | undefined;
  /** In place of the file that is there. */
  attachment?: Media | undefined;
  members?: Json | undefined;
};

/** The content after an edit: words alone leave the file, and a file leaves the words. */
export function editedContent(
  { files }: Deps,
  chat: Chat,
  { content, change }: { content: Json; change: Change },
): Json {
  const { text, attachment, members } = change;
  const isText = !attachment && !('caption' in content) && 'text' in content;
  const [name, entities] = isText
    ? (['text', 'entities'] as const)
    : (['caption', 'caption_entities'] as const);
  const gone = [
    ...(attachment ? MEDIA_KINDS : []),
    ...(text === undefined ? [] : [name, entities]),
  ] as string[];
  return {
    ...Object.fromEntries(Object.entries(content).filter(([member]) => !gone.includes(member))),
    ...(attachment && newMedia(files, chat.botId, attachment)),
    ...written(name, text),
    ...members,
  };
}
